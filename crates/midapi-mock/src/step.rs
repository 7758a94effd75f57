//! One step of a scenario: what is answered, how often, and in what manner.

use crate::Scenario;
use crate::task::Shape;
use hyper::header::{self, HeaderName, HeaderValue};
use std::time::Duration;

/// What is answered to one look, or to several in a row.
///
/// Made by the functions of this crate ([`success`](crate::success()), [`status`](crate::status()), …) and changed by
/// the methods here. Without [`times`](Step::times) or [`for_duration`](Step::for_duration) a step is good for one look, or, if
/// it is the last of its scenario, for all that follow.
///
/// A step that cannot be sent (a status that is none, a header with a line break) is an error of
/// [`MockBuilder::start`](crate::MockBuilder::start); given to a running server, it is answered with HTTP 500 and a
/// message that says why.
///
/// ```
/// use midapi_mock::{MockServer, raw, status, success};
/// use std::time::Duration;
///
/// let busy = status(429).retry_after("1.5").times(2);
/// let slow = success().delay(Duration::from_millis(200));
/// let lost = success().truncate_after(40).header("x-made-up", "yes");
/// let server = MockServer::builder().task("cat", busy.then(slow).then(lost).then(raw("{}").http_status(502))).start()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Step {
    pub(crate) answer: Answer,
    pub(crate) limit: Limit,
    pub(crate) delay: Duration,
    pub(crate) http_status: Option<u16>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) truncate_after: Option<u64>,
    pub(crate) byte_interval: Option<Duration>,
    pub(crate) content_encoding: Option<String>,
}

/// Where the body of a step comes from.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A task in a state, made for the id asked.
    Task { flag: i64, shape: Option<Shape> },
    /// Code 200 with this `data`.
    Data(serde_json::Value),
    /// This code and message, with `data` null.
    Envelope { code: i64, msg: String },
    /// JSON that somebody recorded, byte for byte.
    Recorded(Vec<u8>),
    /// A gateway's page.
    Html,
    /// These bytes, never compressed by the server.
    Raw(Vec<u8>),
    /// No answer: the connection is reset.
    Reset,
    /// An envelope of this many bytes.
    Huge(u64),
    /// A gzipped envelope of this many bytes.
    GzipBomb(u64),
    /// An envelope with this many arrays in each other.
    Nested(usize),
}

/// When a step is used up.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    Looks(usize),
    For(Duration),
}

impl Step {
    pub(crate) fn new(answer: Answer) -> Self {
        Self {
            answer,
            limit: Limit::Looks(1),
            delay: Duration::ZERO,
            http_status: None,
            headers: Vec::new(),
            truncate_after: None,
            byte_interval: None,
            content_encoding: None,
        }
    }

    /// Answers `looks` looks with this step; with 0 it is skipped. Default: 1. Takes the place of
    /// [`for_duration`](Step::for_duration).
    pub fn times(mut self, looks: usize) -> Self {
        self.limit = Limit::Looks(looks);
        self
    }

    /// Answers with this step until `time` has passed since its first look. Takes the place of [`times`](Step::times).
    pub fn for_duration(mut self, time: Duration) -> Self {
        self.limit = Limit::For(time);
        self
    }

    /// Waits this long before answering. Default: none.
    pub fn delay(mut self, time: Duration) -> Self {
        self.delay = time;
        self
    }

    /// Sends this HTTP status, 200 to 999, with the body as it is.
    pub fn http_status(mut self, status: u16) -> Self {
        self.http_status = Some(status);
        self
    }

    /// Sends this header too. One of the server's own (`content-type`) is replaced by it. `content-length` and
    /// `transfer-encoding` belong to the server: see [`truncate_after`](Step::truncate_after) for a length that is not true.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sends `Retry-After` with this text: seconds, fractions of seconds, a date, or nonsense.
    pub fn retry_after(self, value: impl Into<String>) -> Self {
        self.header(header::RETRY_AFTER.as_str(), value)
    }

    /// Promises the whole body and ends the connection after `bytes` of it, counted as they are sent (compressed, if
    /// they are). No effect on a body that is not longer.
    pub fn truncate_after(mut self, bytes: usize) -> Self {
        self.truncate_after = Some(bytes as u64);
        self
    }

    /// Sends the body one byte at a time, with this pause after each.
    pub fn byte_interval(mut self, pause: Duration) -> Self {
        self.byte_interval = Some(pause);
        self
    }

    /// Names this `Content-Encoding` and sends the body as it is, whatever the client accepts: already encoded bytes of
    /// [`raw`](crate::raw()), or a lie.
    pub fn content_encoding(mut self, encoding: impl Into<String>) -> Self {
        self.content_encoding = Some(encoding.into());
        self
    }

    /// A scenario of this step and the next.
    pub fn then(self, next: impl Into<Step>) -> Scenario {
        Scenario::from(self).then(next)
    }

    /// Why this step cannot be sent, if so.
    pub(crate) fn problem(&self) -> Option<String> {
        if let Some(status) = self.http_status
            && !(200..=999).contains(&status)
        {
            return Some(format!("{status} is no HTTP status that a final answer can have (200 to 999)"));
        }
        let encoding = self.content_encoding.iter().map(|value| (header::CONTENT_ENCODING.as_str(), value.as_str()));
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        headers.chain(encoding).find_map(|(name, value)| match HeaderName::from_bytes(name.as_bytes()) {
            Err(_) => Some(format!("{name:?} is no header name")),
            Ok(header::CONTENT_LENGTH | header::TRANSFER_ENCODING) => {
                Some(format!("{name} is the server's own; `truncate_after` makes a length that is not true"))
            }
            Ok(_) if HeaderValue::from_str(value).is_err() => {
                Some(format!("{value:?} cannot be the value of a header ({name})"))
            }
            Ok(_) => None,
        })
    }
}
