//! The kinds of errors: their names, whether a look-up is worth retrying, and the exit status of the command.

use std::fmt;

/// What went wrong, in the one list that Rust, the command line and Lua share.
///
/// An open list: match it with a `_` arm.
///
/// # Examples
/// ```
/// use midapi::ErrorKind;
///
/// let kind = ErrorKind::RateLimited;
/// assert_eq!((kind.as_str(), kind.is_retryable(), kind.exit_code()), ("rate_limited", true, 7));
/// assert!(ErrorKind::Deadline.is_task_open(), "a wait that ran out of time has lost nothing");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No connection, a reset, a time-out, or a body that was cut short.
    Transport,
    /// HTTP or body code 429.
    RateLimited,
    /// HTTP 503, or HTTP or body code 455: maintenance.
    Unavailable,
    /// The server or the gateway in front of it failed.
    Server,
    /// The key was refused: HTTP 401 or 403, or body code 401.
    Auth,
    /// HTTP or body code 402: too few credits.
    Credits,
    /// There is no such task, or no such endpoint.
    NotFound,
    /// The server refused the request's parameters.
    InvalidRequest,
    /// HTTP or body code 501: the task's generation failed.
    GenerationFailed,
    /// HTTP or body code 505: the feature is switched off.
    Disabled,
    /// A body code, an HTTP status or a redirect that nobody has documented.
    Unexpected,
    /// The answer is not the envelope, is too large, or has an encoding that cannot be undone.
    Decode,
    /// A wait ran out of time. The task may still finish: wait again with the same id.
    Deadline,
    /// A wait ended on a failed task, which the error carries.
    TaskFailed,
    /// The key, the base URL or another setting of the client cannot be used. Nothing was sent.
    Config,
    /// The id or an option of the call cannot be used. Nothing was sent.
    Usage,
}

/// What the rest of the project knows of a kind.
struct Row {
    name: &'static str,
    retryable: bool,
    exit_status: u8,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::Transport,
        Self::RateLimited,
        Self::Unavailable,
        Self::Server,
        Self::Auth,
        Self::Credits,
        Self::NotFound,
        Self::InvalidRequest,
        Self::GenerationFailed,
        Self::Disabled,
        Self::Unexpected,
        Self::Decode,
        Self::Deadline,
        Self::TaskFailed,
        Self::Config,
        Self::Usage,
    ];

    const fn row(self) -> Row {
        let (name, retryable, exit_status) = match self {
            Self::Transport => ("transport", true, 7),
            Self::RateLimited => ("rate_limited", true, 7),
            Self::Unavailable => ("unavailable", true, 7),
            Self::Server => ("server", true, 7),
            Self::Auth => ("auth", false, 4),
            Self::Credits => ("credits", false, 6),
            Self::NotFound => ("not_found", false, 5),
            Self::InvalidRequest => ("invalid_request", false, 10),
            Self::GenerationFailed => ("generation_failed", false, 3),
            Self::Disabled => ("disabled", false, 10),
            Self::Unexpected => ("unexpected", false, 9),
            Self::Decode => ("decode", false, 9),
            Self::Deadline => ("deadline", false, 8),
            Self::TaskFailed => ("task_failed", false, 3),
            Self::Config => ("config", false, 2),
            Self::Usage => ("usage", false, 2),
        };
        Row { name, retryable, exit_status }
    }

    /// The name in JSON, on the command line and in Lua.
    pub const fn as_str(self) -> &'static str {
        self.row().name
    }

    /// Whether the same look-up may succeed a moment later.
    pub const fn is_retryable(self) -> bool {
        self.row().retryable
    }

    /// The exit status of the `midapi` command.
    pub const fn exit_code(self) -> u8 {
        self.row().exit_status
    }

    /// Whether the task may still finish, as far as a call that ended with this kind can tell. False where there is no such
    /// task, or it has failed.
    pub const fn is_task_open(self) -> bool {
        !matches!(self, Self::TaskFailed | Self::GenerationFailed | Self::NotFound | Self::InvalidRequest | Self::Usage)
    }

    /// Whether the server asks all callers to slow down, not only this one.
    pub(crate) const fn slows_everybody(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// As its name.
impl serde::Serialize for ErrorKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_call_ended_with_says_whether_its_task_is_task_open() {
        let table = [
            ("it has failed", ErrorKind::TaskFailed, false),
            ("so it was told", ErrorKind::GenerationFailed, false),
            ("there is none", ErrorKind::NotFound, false),
            ("nor with such an id", ErrorKind::Usage, false),
            ("nobody knows, and nobody could see it", ErrorKind::Transport, true),
            ("only the wait is over", ErrorKind::Deadline, true),
            ("another key may see it", ErrorKind::Auth, true),
        ];
        for (why, kind, may) in table {
            assert_eq!(kind.is_task_open(), may, "{why}");
        }
    }
}
