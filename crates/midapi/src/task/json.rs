//! A task in JSON: what `--json` prints, and back.

use std::sync::OnceLock;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{DecodeWarning, Task, TaskErrorCode};
use crate::Status;
use crate::task::params;

/// A task in JSON, written.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "Task"))]
struct Written<'a> {
    /// The id that was asked for.
    id: &'a str,
    /// What kind of generation it is. An open list.
    task_type: Option<&'a str>,
    /// `generating`, `success`, `failed`, `generation_failed` or `unknown`.
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    status: Status,
    /// The number that the status is read from.
    success_flag: Option<i64>,
    /// What was asked for, with the request's own keys; null if `param_json` does not parse.
    params: &'a Value,
    /// What was asked for, as the text that came.
    param_json: Option<&'a str>,
    /// When the task was created: RFC 3339, UTC.
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    create_time: Option<Timestamp>,
    /// When the task ended: RFC 3339, UTC.
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    complete_time: Option<Timestamp>,
    /// The URLs of the files that the task made.
    result_urls: &'a [String],
    /// When the results may be deleted: RFC 3339, UTC.
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    results_expire_time: Option<Timestamp>,
    /// Why the task failed: a number or a name.
    error_code: Option<&'a TaskErrorCode>,
    /// Why the task failed, in words.
    error_message: Option<&'a str>,
    /// What could not be read.
    warnings: &'a [DecodeWarning],
}

impl Serialize for Task {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written {
            id: &self.id,
            task_type: self.task_type(),
            status: self.status(),
            success_flag: self.success_flag,
            params: self.params_value(),
            param_json: self.param_json(),
            create_time: self.create_time,
            complete_time: self.complete_time,
            result_urls: &self.result_urls,
            results_expire_time: self.results_expire_time(),
            error_code: self.error_code(),
            error_message: self.error_message(),
            warnings: self.warnings(),
        }
        .serialize(serializer)
    }
}

/// A task in JSON, read back. What follows from other fields is not read but derived again.
#[derive(Deserialize)]
struct Read {
    id: String,
    task_type: Option<String>,
    success_flag: Option<i64>,
    param_json: Option<String>,
    create_time: Option<Timestamp>,
    complete_time: Option<Timestamp>,
    #[serde(default)]
    result_urls: Vec<String>,
    error_code: Option<TaskErrorCode>,
    error_message: Option<String>,
    #[serde(default)]
    warnings: Vec<DecodeWarning>,
}

impl<'de> Deserialize<'de> for Task {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Read::deserialize(deserializer)?;
        let mut task = Self {
            id: read.id.into(),
            task_type: read.task_type,
            success_flag: read.success_flag,
            param_json: read.param_json,
            create_time: read.create_time,
            complete_time: read.complete_time,
            result_urls: read.result_urls,
            error_code: read.error_code,
            error_message: read.error_message,
            record_problems: Vec::new(),
            params: OnceLock::new(),
            params_value: OnceLock::new(),
            raw: None,
        };
        // Those of paramJson come up again when it is read again.
        let again = params::read(task.param_json()).warnings;
        task.record_problems = read.warnings.into_iter().filter(|problem| !again.contains(problem)).collect();
        Ok(task)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Task {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Written::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}
