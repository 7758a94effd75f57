//! The outcome of a durable wait.

use midapi::{Client, Error, ErrorKind, Task, TaskId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The outcome of a durable wait: the JSON object that `midapi wait --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outcome(Value);

impl Outcome {
    /// Creates the outcome from the result of a wait. The API key is redacted, because a server may echo the request.
    pub(crate) fn new(client: &Client, result: &Result<Task, Error>) -> Self {
        let text = match result {
            Ok(task) => serde_json::to_string(task),
            Err(error) => serde_json::to_string(error),
        };
        // Serialization cannot fail: keys are strings, and numbers come from JSON or are integers.
        let text = client.redact(&text.unwrap_or_default());
        Self(serde_json::from_str(&text).unwrap_or_default())
    }

    /// The JSON object.
    pub const fn json(&self) -> &Value {
        &self.0
    }

    /// The kind of the error. None for a success.
    pub fn error_kind(&self) -> Option<ErrorKind> {
        let kind = self.0.get("error")?.get("kind")?.as_str();
        Some(kind.and_then(|kind| kind.parse().ok()).unwrap_or(ErrorKind::Unexpected))
    }

    /// Whether the task has finished. If it has not, submitting the task again restarts its wait.
    pub fn is_final(&self) -> bool {
        matches!(self.error_kind(), None | Some(ErrorKind::TaskFailed | ErrorKind::GenerationFailed))
    }

    /// Converts the outcome to the result of a wait. The error of the result has the kind, the message, the task id and
    /// the task of the outcome.
    ///
    /// # Errors
    /// The error of the outcome, or [`ErrorKind::Decode`] if the JSON object is not the outcome of a wait.
    pub fn into_result(self) -> Result<Task, Error> {
        let task = Task::deserialize(&self.0);
        let Some(kind) = self.error_kind() else {
            return task.map_err(|error| Error::new(ErrorKind::Decode, format!("not an outcome: {error}")));
        };
        let text = |path: &str| self.0.pointer(path).and_then(Value::as_str);
        let error = Error::new(kind, text("/error/message").unwrap_or_default()).with_task(task.ok());
        Err(text("/id").into_iter().fold(error, Error::with_task_id))
    }
}

/// The error of an id that was never submitted, or whose outcome has been deleted.
pub(crate) fn not_submitted(id: &TaskId) -> Error {
    let message = "task not submitted, or its outcome has been deleted";
    Error::new(ErrorKind::NotFound, message).with_task_id(id.as_str())
}
