//! Error kinds: names, retryability and exit codes, in one table.

use std::fmt;
use std::str::FromStr;

/// The kind of an error, with the same names in Rust, JSON and Lua.
///
/// Kinds may be added, so a `match` needs a `_` arm.
///
/// # Examples
/// ```
/// use midapi::ErrorKind;
///
/// let kind = ErrorKind::RateLimited;
/// assert_eq!((kind.as_str(), kind.is_retryable()), ("rate_limited", true));
/// assert_eq!("rate_limited".parse(), Ok(kind));
/// assert!(ErrorKind::Deadline.is_task_open(), "the task may still finish");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The connection failed or was lost, the request timed out, or the body of a successful response is empty,
    /// truncated or cannot be decompressed.
    Transport,
    /// The server responded with the HTTP status or the body code 429, or a limit of the client itself (rate or
    /// concurrency) permitted no request within the timeout.
    RateLimited,
    /// The service is unavailable: HTTP status 503, the code 455 (maintenance) as HTTP status or in the body, or a
    /// gateway that blocks the request.
    Unavailable,
    /// An error of the server or of a gateway in front of it.
    Server,
    /// The API rejected the API key.
    Auth,
    /// The account has insufficient credits: code 402, as HTTP status or in the body.
    Credits,
    /// The API responded that the task does not exist.
    NotFound,
    /// The API rejected the parameters of the request.
    InvalidRequest,
    /// The generation failed: code 501, as HTTP status or in the body.
    GenerationFailed,
    /// The feature is disabled: code 505, as HTTP status or in the body.
    Disabled,
    /// An unknown body code, an unknown HTTP status, a redirect, or an error status that is not from the API.
    Unexpected,
    /// The body of a successful response is not the API's JSON object with `code`, `msg` and `data`, or is too large.
    Decode,
    /// The timeout of a wait expired. The task may still finish: wait again with the same id.
    Deadline,
    /// A wait or a download ended because the task failed. The error carries the task.
    TaskFailed,
    /// A download was requested for a task that is not final yet.
    NotFinished,
    /// The file host no longer has a result file, and another lookup of the task returned no URL that works.
    Expired,
    /// A downloaded file is not a complete picture or video.
    InvalidContent,
    /// A file or directory of this machine cannot be read or written.
    Io,
    /// The API key, the base URL or another setting of the client is missing or invalid. No request was sent.
    Config,
    /// The id or an option of the call is invalid. No request was sent.
    Usage,
}

impl ErrorKind {
    /// All kinds.
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
        Self::NotFinished,
        Self::Expired,
        Self::InvalidContent,
        Self::Io,
        Self::Config,
        Self::Usage,
    ];

    /// The row of this kind in the table of kinds: name, retryability, and exit code of the command.
    const fn row(self) -> (&'static str, bool, u8) {
        match self {
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
            Self::NotFinished => ("not_finished", false, 8),
            Self::Expired => ("expired", false, 11),
            Self::InvalidContent => ("invalid_content", false, 9),
            Self::Io => ("io", false, 1),
            Self::Config => ("config", false, 2),
            Self::Usage => ("usage", false, 2),
        }
    }

    /// The name in JSON, in logs and in Lua.
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// Whether the same request may succeed later.
    pub const fn is_retryable(self) -> bool {
        self.row().1
    }

    /// The exit code of the `midapi` command.
    #[doc(hidden)]
    pub const fn exit_code(self) -> u8 {
        self.row().2
    }

    /// Whether the same call may succeed later for this task. False if the API responded that the task does not exist
    /// or has failed, if its results have expired, and if the id is invalid.
    pub const fn is_task_open(self) -> bool {
        !matches!(
            self,
            Self::TaskFailed
                | Self::GenerationFailed
                | Self::NotFound
                | Self::InvalidRequest
                | Self::Expired
                | Self::Usage
        )
    }

    /// Whether all requests of the account should pause after an error of this kind. If the error has a delay
    /// ([`Error::retry_after`](crate::Error::retry_after)), the pause should be this long.
    pub const fn slows_account(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable)
    }

    /// Whether every other request with the same API key would fail in the same way.
    pub const fn stops_account(self) -> bool {
        matches!(self, Self::Auth | Self::Credits)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The error for a text that is not the name of an [`ErrorKind`] or a [`Status`](crate::Status).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName(pub(crate) String);

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown name {:?}", self.0)
    }
}

impl std::error::Error for UnknownName {}

impl FromStr for ErrorKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text).ok_or_else(|| UnknownName(text.to_owned()))
    }
}

impl serde::Serialize for ErrorKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for ErrorKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_back() {
        for kind in ErrorKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
        assert!("other".parse::<ErrorKind>().is_err());
    }

    #[test]
    fn kinds_report_open_tasks() {
        let table = [
            ("the task failed", ErrorKind::TaskFailed, false),
            ("the API said that it failed", ErrorKind::GenerationFailed, false),
            ("the API said that there is none", ErrorKind::NotFound, false),
            ("the id cannot be used", ErrorKind::Usage, false),
            ("the server was not reached", ErrorKind::Transport, true),
            ("only the wait is over", ErrorKind::Deadline, true),
            ("another key may see it", ErrorKind::Auth, true),
            ("a response of a gateway", ErrorKind::Unexpected, true),
        ];
        for (why, kind, is_open) in table {
            assert_eq!(kind.is_task_open(), is_open, "{why}");
        }
    }
}
