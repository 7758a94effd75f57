//! The error of every call.

mod kind;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::transport::raw_response::RawResponse;
use crate::{Status, Task};
pub use kind::ErrorKind;

/// What went wrong, to which id, and what was tried.
///
/// `Display` is one sentence and does not repeat [`source`](StdError::source). Serialises to the line that
/// `midapi … --json` prints for a failure: `{"id":…,"error":{"kind":…,"message":…,…}}`, with the `task` where there is
/// one; durations are seconds.
///
/// # Examples
/// ```
/// # async fn example(client: midapi::Client) -> Result<(), midapi::Error> {
/// use midapi::ErrorKind;
///
/// match client.get("0f1e2d3c4b5a69788796a5b4c3d2e1f0").await {
///     Ok(task) => println!("{}", task.status()),
///     Err(error) if error.kind() == ErrorKind::NotFound => println!("never heard of it"),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Error(Box<Details>);

#[derive(Clone)]
struct Details {
    kind: ErrorKind,
    message: String,
    id: Option<String>,
    code: Option<i64>,
    server_message: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    elapsed: Option<Duration>,
    last_status: Option<Status>,
    task: Option<Task>,
    answer: Option<RawResponse>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// What went wrong, for programs.
    pub const fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What went wrong, for people: the text of `Display`.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The id that was asked for.
    pub fn task_id(&self) -> Option<&str> {
        self.0.id.as_deref()
    }

    /// The HTTP status of the last answer, if one came.
    pub fn http_status(&self) -> Option<u16> {
        self.0.answer.as_ref().map(RawResponse::http_status)
    }

    /// The `code` of the last answer's body, if it was an envelope.
    pub const fn body_code(&self) -> Option<i64> {
        self.0.code
    }

    /// The `msg` of the last answer's body, if it was an envelope.
    pub fn server_message(&self) -> Option<&str> {
        self.0.server_message.as_deref()
    }

    /// How long the server asks to wait before the next request; at most two minutes.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same call may succeed a moment later.
    pub const fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable()
    }

    /// How many requests were sent for the id in this call.
    pub const fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the call went on, for a call that sent something.
    pub const fn elapsed(&self) -> Option<Duration> {
        self.0.elapsed
    }

    /// The last state that a wait has seen.
    pub const fn last_status(&self) -> Option<Status> {
        self.0.last_status
    }

    /// The task: the failed one of [`ErrorKind::TaskFailed`]; of [`ErrorKind::Deadline`] the one that the last look saw.
    pub const fn task(&self) -> Option<&Task> {
        self.0.task.as_ref()
    }

    /// The same error, for a call about this id. For callers that answer every id, also when there is no client to ask.
    pub fn with_task_id(mut self, id: impl Into<String>) -> Self {
        self.0.id = Some(id.into());
        self
    }

    /// The last answer as it came, if one came.
    pub const fn raw(&self) -> Option<&RawResponse> {
        self.0.answer.as_ref()
    }
}

/// How the SDK makes errors.
impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            kind,
            message: message.into(),
            id: None,
            code: None,
            server_message: None,
            retry_after: None,
            attempts: 0,
            elapsed: None,
            last_status: None,
            task: None,
            answer: None,
            source: None,
        }))
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    pub(crate) fn with_code(mut self, code: Option<i64>, server_message: Option<String>) -> Self {
        self.0.code = code;
        self.0.server_message = server_message;
        self
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.0.retry_after = retry_after;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.0.attempts = attempts;
        self.0.elapsed = Some(elapsed);
        self
    }

    pub(crate) fn with_last_status(mut self, status: Option<Status>) -> Self {
        self.0.last_status = status;
        self
    }

    pub(crate) fn with_task(mut self, task: Option<Task>) -> Self {
        self.0.task = task;
        self
    }

    pub(crate) fn with_answer(mut self, answer: RawResponse) -> Self {
        self.0.answer = Some(answer);
        self
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// Takes a secret out of all texts that came from the server, which may have echoed it.
    pub(crate) fn without(mut self, secret: &str) -> Self {
        self.0.message = without(&self.0.message, secret);
        self.0.server_message = self.0.server_message.map(|text| without(&text, secret));
        self
    }
}

/// A text without a secret.
pub(crate) fn without(text: &str, secret: &str) -> String {
    /// A shorter one is no secret, and would tear words apart.
    const SHORTEST: usize = 8;
    if secret.len() < SHORTEST { text.to_owned() } else { text.replace(secret, "[key]") }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { kind, message, id, code, attempts, answer, source, .. } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("message", message)
            .field("id", id)
            .field("code", code)
            .field("attempts", attempts)
            .field("answer", answer)
            .field("source", source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// A failure as a line of JSON.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "Failure"))]
struct Line<'a> {
    /// The id that was asked for.
    id: Option<&'a str>,
    error: Body<'a>,
    /// The task, where a wait has seen one.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<&'a Task>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "FailureBody"))]
struct Body<'a> {
    /// What went wrong, for programs.
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    kind: ErrorKind,
    /// What went wrong, for people.
    message: &'a str,
    /// The HTTP status of the last answer.
    http_status: Option<u16>,
    /// The `code` of the last answer's body.
    code: Option<i64>,
    /// The `msg` of the last answer's body.
    server_message: Option<&'a str>,
    /// Seconds that the server asks to wait before the next request.
    retry_after: Option<f64>,
    /// Whether the same call may succeed a moment later.
    retryable: bool,
    /// How many requests were sent for the id in this call.
    attempts: u32,
    /// Seconds that the call went on.
    elapsed: Option<f64>,
    /// The last state that a wait has seen.
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    last_status: Option<Status>,
}

impl Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let error = Body {
            kind: self.kind(),
            message: self.message(),
            http_status: self.http_status(),
            code: self.body_code(),
            server_message: self.server_message(),
            retry_after: self.retry_after().map(|time| time.as_secs_f64()),
            retryable: self.is_retryable(),
            attempts: self.attempts(),
            elapsed: self.elapsed().map(|time| time.as_secs_f64()),
            last_status: self.last_status(),
        };
        Line { id: self.task_id(), error, task: self.task() }.serialize(serializer)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Error {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Line::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Line::json_schema(generator)
    }
}
