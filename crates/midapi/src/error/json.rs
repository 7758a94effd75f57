//! An error in JSON: the line that `--json` prints for a failure.

use serde::Serialize;

use crate::error::Error;
use crate::error::kind::ErrorKind;
use crate::task::Task;
use crate::task::status::Status;

/// A failure: the task object with an `error` member, or the id and the error.
#[derive(Serialize)]
#[serde(untagged)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "Failure"))]
enum Failure<'a> {
    /// A failure whose JSON object contains the task.
    WithTask {
        /// The task.
        #[serde(flatten)]
        task: &'a Task,
        /// The error.
        error: Body<'a>,
    },
    /// An error that has no task.
    WithoutTask {
        /// The id of the task that was requested.
        id: Option<&'a str>,
        /// The error.
        error: Body<'a>,
    },
}

#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "FailureBody"))]
struct Body<'a> {
    /// The kind of the error, for programs.
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    kind: ErrorKind,
    /// The cause, for people.
    message: &'a str,
    /// The id of the task that was requested.
    id: Option<&'a str>,
    /// The HTTP status of the last response.
    http_status: Option<u16>,
    /// The `code` in the body of the last response.
    code: Option<i64>,
    /// The `msg` in the body of the last response.
    server_message: Option<&'a str>,
    /// The delay before the next request, in seconds: requested by the server, or due to a limit of the client.
    retry_after: Option<f64>,
    /// Whether the same request may succeed later.
    retryable: bool,
    /// The number of requests that the call sent for this task.
    attempts: u32,
    /// The duration of the call, in seconds.
    elapsed: Option<f64>,
    /// The last status that a wait observed.
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    last_status: Option<Status>,
}

impl Error {
    /// The `error` member of the JSON object that this error serializes to, for programs that print JSON objects of
    /// their own.
    pub fn details(&self) -> impl Serialize + '_ {
        self.body()
    }

    fn body(&self) -> Body<'_> {
        Body {
            kind: self.kind(),
            message: self.message(),
            id: self.task_id(),
            http_status: self.http_status(),
            code: self.body_code(),
            server_message: self.server_message(),
            retry_after: self.retry_after().map(|time| time.as_secs_f64()),
            retryable: self.is_retryable(),
            attempts: self.attempts(),
            elapsed: self.elapsed().map(|time| time.as_secs_f64()),
            last_status: self.last_status(),
        }
    }
}

impl Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let error = self.body();
        match self.task() {
            Some(task) => Failure::WithTask { task, error },
            None => Failure::WithoutTask { id: self.task_id(), error },
        }
        .serialize(serializer)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Error {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Failure::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Failure::json_schema(generator)
    }
}
