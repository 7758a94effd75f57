//! How far a task is.

use std::fmt;

use midapi_client::SuccessFlag;

/// How far a task is, from its `successFlag`.
///
/// An open list: match it with a `_` arm.
///
/// # Examples
/// ```
/// use midapi::Status;
///
/// assert_eq!(Status::from_flag(Some(3)), Status::GenerationFailed);
/// assert!(!Status::from_flag(Some(9)).is_final());
/// assert_eq!(Status::from_flag(None).to_string(), "unknown");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Flag 0: the task is being worked on.
    Generating,
    /// Flag 1: the task is done.
    Success,
    /// Flag 2: the task failed.
    Failed,
    /// Flag 3: the task was created, and its generation failed.
    GenerationFailed,
    /// A flag that nobody has documented, or none at all. Not final: waits go on.
    Unknown(Option<i64>),
}

impl Status {
    /// The status that a `successFlag` stands for.
    pub const fn from_flag(flag: Option<i64>) -> Self {
        let Some(flag) = flag else { return Self::Unknown(None) };
        match SuccessFlag(flag) {
            SuccessFlag::GENERATING => Self::Generating,
            SuccessFlag::SUCCESS => Self::Success,
            SuccessFlag::FAILED => Self::Failed,
            SuccessFlag::GENERATION_FAILED => Self::GenerationFailed,
            SuccessFlag(other) => Self::Unknown(Some(other)),
        }
    }

    /// Whether the task will not change any more: done or failed.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Success) || self.is_failure()
    }

    /// Whether the task ended without results.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::GenerationFailed)
    }

    /// The name in JSON, on the command line and in Lua.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Generating => "generating",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::GenerationFailed => "generation_failed",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// As its name. The number of an unknown flag is in the task's `success_flag`.
impl serde::Serialize for Status {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
