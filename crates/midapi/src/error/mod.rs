//! The error type of every call.

mod http_status;
mod json;
pub(crate) mod kind;
pub(crate) mod reason;
pub(crate) mod transience;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::kind::ErrorKind;
use crate::error::reason::Reason;
use crate::error::transience::Transience;
use crate::task::Task;
use crate::task::status::Status;
use crate::transport::raw_response::RawResponse;

/// The error of every call, with its kind, the task id, and the number of attempts.
///
/// `Display` prints the cause in one line, without the task id. The error serializes to the line that `midapi … --json`
/// prints for a failure: the task object with an `error` member if the error carries a task, otherwise
/// `{"id":…,"error":{…}}`. Durations are seconds.
///
/// # Examples
/// ```
/// # async fn example(client: midapi::Client) -> Result<(), midapi::Error> {
/// use midapi::ErrorKind;
///
/// match client.get("0f1e2d3c4b5a69788796a5b4c3d2e1f0").await {
///     Ok(task) => println!("{}", task.status()),
///     Err(error) if error.kind() == ErrorKind::NotFound => println!("task not found"),
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
    reason: Option<Reason>,
    transience: Transience,
    message: String,
    task_id: Option<String>,
    body_code: Option<i64>,
    server_message: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    elapsed: Option<Duration>,
    last_status: Option<Status>,
    task: Option<Task>,
    raw: Option<RawResponse>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Creates an error, for tests and for code that reports its own failures with this type.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let transience = if kind.is_retryable() { Transience::Transient } else { Transience::Permanent };
        Self(Box::new(Details {
            kind,
            reason: None,
            transience,
            message: message.into(),
            task_id: None,
            body_code: None,
            server_message: None,
            retry_after: None,
            attempts: 0,
            elapsed: None,
            last_status: None,
            task: None,
            raw: None,
            source: None,
        }))
    }

    /// Sets the task id.
    pub fn with_task_id(mut self, id: impl Into<String>) -> Self {
        self.0.task_id = Some(id.into());
        self
    }

    /// Creates the error of a failed task, as a wait returns it. The error carries the task.
    pub fn task_failed(task: Task) -> Self {
        let message =
            task.failure_reason().map_or_else(|| "task failed".to_owned(), |why| format!("task failed: {why}"));
        let error = Self::new(ErrorKind::TaskFailed, message).with_task_id(task.id());
        error.with_last_status(Some(task.status())).with_task(Some(task))
    }

    /// Creates the error of a task that has no results yet. The error carries the task.
    pub fn not_finished(task: Task) -> Self {
        let status = task.status();
        Self::new(ErrorKind::NotFinished, format!("the task is not finished: its status is {status}"))
            .with_task_id(task.id())
            .with_last_status(Some(status))
            .with_task(Some(task))
    }

    /// Puts a context before the message, as in `result 2: HTTP 404`.
    pub fn with_context(self, context: impl fmt::Display) -> Self {
        self.map_message(|message| format!("{context}: {message}"))
    }

    /// Sets the source.
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// Sets the task.
    pub fn with_task(mut self, task: Option<Task>) -> Self {
        self.0.task = task;
        self
    }

    /// The kind of the error, for programs.
    pub const fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message for people: the text of `Display`.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// A cause that is more specific than the kind, if one is known.
    pub const fn reason(&self) -> Option<Reason> {
        self.0.reason
    }

    /// The id of the task that was requested.
    pub fn task_id(&self) -> Option<&str> {
        self.0.task_id.as_deref()
    }

    /// The HTTP status of the last response, if there was one.
    pub const fn http_status(&self) -> Option<u16> {
        match &self.0.raw {
            Some(raw) => Some(raw.http_status()),
            None => None,
        }
    }

    /// The `code` in the body of the last response, if the body was a JSON object of the API (`code`, `msg`, `data`).
    pub const fn body_code(&self) -> Option<i64> {
        self.0.body_code
    }

    /// The `msg` in the body of the last response, if the body was a JSON object of the API (`code`, `msg`, `data`).
    pub fn server_message(&self) -> Option<&str> {
        self.0.server_message.as_deref()
    }

    /// The delay before the next request: requested by the server (at most 2 minutes), or required by the client's own
    /// limits.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same request may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self.0.transience, Transience::Transient | Transience::RetryOnce)
    }

    /// Whether the timeout of a wait or of a request expired.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Deadline || self.reason() == Some(Reason::Timeout)
    }

    /// Whether the API responded that the task does not exist.
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Whether the API rejected the API key.
    pub fn is_auth(&self) -> bool {
        self.kind() == ErrorKind::Auth
    }

    /// Whether the server rejected the request because of the rate of requests, or the client's own limits permitted no
    /// request in time.
    pub fn is_rate_limited(&self) -> bool {
        self.kind() == ErrorKind::RateLimited
    }

    /// Whether the task may still finish. See [`ErrorKind::is_task_open`].
    pub const fn is_task_open(&self) -> bool {
        self.0.kind.is_task_open()
    }

    /// The number of requests that the call sent for this task.
    pub const fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The duration of the call. None if the call failed before it started, for example because of an invalid id.
    pub const fn elapsed(&self) -> Option<Duration> {
        self.0.elapsed
    }

    /// The last status that a wait observed.
    pub const fn last_status(&self) -> Option<Status> {
        self.0.last_status
    }

    /// The task, if there is one: the failed task of [`ErrorKind::TaskFailed`], the last task that a wait received
    /// before [`ErrorKind::Deadline`], the unfinished task of [`ErrorKind::NotFinished`], or the task in the body of a
    /// rejection.
    pub const fn task(&self) -> Option<&Task> {
        self.0.task.as_ref()
    }

    /// The last response as received, if there was one.
    pub const fn raw(&self) -> Option<&RawResponse> {
        self.0.raw.as_ref()
    }
}

/// Methods that only the SDK uses.
impl Error {
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    pub(crate) const fn transience(&self) -> Transience {
        self.0.transience
    }

    pub(crate) fn with_reason(mut self, reason: Reason) -> Self {
        self.0.reason = Some(reason);
        self
    }

    pub(crate) fn with_transience(mut self, transience: Transience) -> Self {
        self.0.transience = transience;
        self
    }

    pub(crate) fn with_envelope(mut self, code: Option<i64>, server_message: Option<String>) -> Self {
        self.0.body_code = code;
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

    pub(crate) fn with_raw(mut self, raw: RawResponse) -> Self {
        self.0.raw = Some(raw);
        self
    }

    pub(crate) fn map_message(mut self, map: impl FnOnce(&str) -> String) -> Self {
        self.0.message = map(&self.0.message);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { kind, message, task_id, body_code, attempts, raw, source, .. } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("message", message)
            .field("task_id", task_id)
            .field("body_code", body_code)
            .field("attempts", attempts)
            .field("raw", raw)
            .field("source", source)
            .finish_non_exhaustive()
    }
}

/// A conversion that is never called. It is needed by the bounds of methods such as `ClientBuilder::api_key`: for an
/// `ApiKey`, the error type of `TryInto<ApiKey>` is `Infallible`, because the conversion cannot fail.
impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
