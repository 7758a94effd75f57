//! A task in JSON.

use std::sync::OnceLock;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::task::params;
use crate::task::status::Status;
use crate::task::warning::DecodeWarning;
use crate::task::{Task, TaskErrorCode};

/// A task, as serialized.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "Task"))]
struct SerializedTask<'a> {
    /// The id that was requested.
    id: &'a str,
    /// The type of the task, such as `mj_txt2img`. The API may add types.
    task_type: Option<&'a str>,
    /// The status: `generating`, `success`, `failed`, `generation_failed` or `unknown`.
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    status: Status,
    /// The number in the field `successFlag` of the API. The status is derived from this number.
    success_flag: Option<i64>,
    /// The parameters of the submitted task, with the key names of the API. Null if `param_json` is null or is not
    /// valid JSON.
    params: &'a Value,
    /// The untouched text of `paramJson`.
    param_json: Option<&'a str>,
    /// The time of creation: RFC 3339, UTC.
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    create_time: Option<Timestamp>,
    /// The time of completion or failure: RFC 3339, UTC.
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    complete_time: Option<Timestamp>,
    /// The URLs of the result files.
    result_urls: &'a [String],
    /// The time until which the results are kept: RFC 3339, UTC.
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    results_expire_time: Option<Timestamp>,
    /// The error code of a failed task: a number or a name.
    error_code: Option<&'a TaskErrorCode>,
    /// The error message of a failed task.
    error_message: Option<&'a str>,
    /// The fields that could not be read.
    warnings: &'a [DecodeWarning],
}

impl Serialize for Task {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SerializedTask {
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

/// A task, as deserialized. Fields that are derived from other fields are computed again. A `status` that does not
/// match `success_flag` is an error.
#[derive(Deserialize)]
struct DeserializedTask {
    id: String,
    task_type: Option<String>,
    status: Option<Status>,
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
        let read = DeserializedTask::deserialize(deserializer)?;
        let flag_status = Status::from_flag(read.success_flag);
        if let Some(status) = read.status
            && status.as_str() != flag_status.as_str()
        {
            let flag = read.success_flag.map_or_else(|| "null".to_owned(), |flag| flag.to_string());
            return Err(serde::de::Error::custom(format!("status {status} does not match success_flag {flag}")));
        }
        // The warnings about paramJson are created again when it is decoded.
        let repeated = params::decode(read.param_json.as_deref()).warnings;
        Ok(Self {
            id: read.id.into(),
            task_type: read.task_type,
            success_flag: read.success_flag,
            param_json: read.param_json,
            create_time: read.create_time,
            complete_time: read.complete_time,
            result_urls: read.result_urls,
            error_code: read.error_code,
            error_message: read.error_message,
            record_warnings: read.warnings.into_iter().filter(|warning| !repeated.contains(warning)).collect(),
            params: OnceLock::new(),
            params_value: OnceLock::new(),
            raw: None,
        })
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Task {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        SerializedTask::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        SerializedTask::json_schema(generator)
    }
}
