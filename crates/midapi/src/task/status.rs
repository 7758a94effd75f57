//! Task status.

use std::fmt;
use std::str::FromStr;

use midapi_client::SuccessFlag;

use crate::error::kind::UnknownName;

/// The status of a task, from its `successFlag`.
///
/// Statuses may be added, so a `match` needs a `_` arm.
///
/// # Examples
/// ```
/// use midapi::Status;
///
/// assert_eq!(Status::from_flag(Some(3)), Status::GenerationFailed);
/// assert!(!Status::from_flag(Some(9)).is_final());
/// assert_eq!(Status::from_flag(None).to_string(), "unknown");
/// assert_eq!("success".parse(), Ok(Status::Success));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Flag 0: the task is in progress.
    Generating,
    /// Flag 1: the task succeeded.
    Success,
    /// Flag 2: the task failed.
    Failed,
    /// Flag 3: the task was created, but its generation failed.
    GenerationFailed,
    /// An unknown flag, or no flag. Not final: waits continue.
    Unknown(Option<i64>),
}

impl Status {
    /// The status for a `successFlag`.
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

    /// Whether the status is final: the task has succeeded or failed, and no longer changes.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Success) || self.is_failure()
    }

    /// Whether the task failed.
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

/// Parses a name. `unknown` parses to `Unknown(None)`.
impl FromStr for Status {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = [Self::Generating, Self::Success, Self::Failed, Self::GenerationFailed, Self::Unknown(None)];
        known.into_iter().find(|status| status.as_str() == text).ok_or_else(|| UnknownName(text.to_owned()))
    }
}

/// Serializes the name. The number of an unknown flag is in the task's `success_flag`.
impl serde::Serialize for Status {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Status {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
