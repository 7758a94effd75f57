//! The struct `Task`: a task, as returned by the API.

pub(crate) mod id;
mod json;
pub(crate) mod params;
pub(crate) mod results;
pub(crate) mod status;
pub(crate) mod timestamp;
mod typed_params;
pub(crate) mod warning;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
pub use midapi_client::types::TaskErrorCode;
use midapi_client::types::TaskRecord;
use serde_json::Value;

use crate::task::params::DecodedParams;
use crate::task::status::Status;
use crate::task::warning::DecodeWarning;
use crate::transport::raw_response::RawResponse;

/// The retention period of results: 14 days, the shorter of the two periods that the vendor documents.
const RETENTION: Duration = Duration::from_secs(14 * 24 * 3600);

/// A task, as returned by the API.
///
/// A field that could not be read is named in [`warnings`](Self::warnings), and the response is in [`raw`](Self::raw).
///
/// A task serializes to the object that `midapi get --json` prints, and deserializes from this object. In the object,
/// times are RFC 3339 text in UTC, and absent values are null.
///
/// # Examples
/// ```
/// # fn example(task: midapi::Task) -> Result<(), midapi::Error> {
/// use midapi::Status;
///
/// match task.status() {
///     Status::Success => println!("{}", task.result_urls().join("\n")),
///     Status::Failed | Status::GenerationFailed => println!("{}", task.error_message().unwrap_or("no reason given")),
///     _ => println!("still generating: {:?}", task.params()?.prompt),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[allow(clippy::struct_field_names, reason = "the API's name is taskType")]
pub struct Task {
    id: Arc<str>,
    task_type: Option<String>,
    success_flag: Option<i64>,
    param_json: Option<String>,
    create_time: Option<Timestamp>,
    complete_time: Option<Timestamp>,
    result_urls: Vec<String>,
    error_code: Option<TaskErrorCode>,
    error_message: Option<String>,
    /// The warnings about the record, without those about paramJson.
    record_warnings: Vec<DecodeWarning>,
    /// The decoded `paramJson`, and all warnings. It is decoded on first use, because most callers need only the status
    /// and the URLs.
    params: OnceLock<Box<(DecodedParams, Vec<DecodeWarning>)>>,
    params_value: OnceLock<Value>,
    raw: Option<Arc<RawResponse>>,
}

impl Task {
    /// The id that was requested.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The type of the task, such as `mj_txt2img`. The API may add types.
    pub fn task_type(&self) -> Option<&str> {
        self.task_type.as_deref()
    }

    /// The status.
    pub const fn status(&self) -> Status {
        Status::from_flag(self.success_flag)
    }

    /// The number in the field `successFlag` of the API. [`status`](Self::status) is derived from this number.
    pub const fn success_flag(&self) -> Option<i64> {
        self.success_flag
    }

    /// The parsed `paramJson`, a JSON value of any type. Null if `paramJson` is absent or is not valid JSON.
    pub fn params_value(&self) -> &Value {
        self.params_value.get_or_init(|| params::parse_value(self.param_json()))
    }

    /// The text of `paramJson`, as received: the parameters of the task in JSON.
    pub fn param_json(&self) -> Option<&str> {
        self.param_json.as_deref()
    }

    /// The time of creation.
    pub const fn create_time(&self) -> Option<Timestamp> {
        self.create_time
    }

    /// The time of completion or failure. None while the task is generating.
    pub const fn complete_time(&self) -> Option<Timestamp> {
        self.complete_time
    }

    /// The URLs of the result files, in order: http or https, percent-encoded. Empty if there are none.
    pub fn result_urls(&self) -> &[String] {
        &self.result_urls
    }

    /// The time until which the results are kept: 14 days after completion. This is the shorter of the two retention
    /// periods that the vendor documents. None for a task without results or without a completion time.
    pub fn results_expire_time(&self) -> Option<Timestamp> {
        if self.result_urls.is_empty() {
            return None;
        }
        self.complete_time?.checked_add(RETENTION).ok()
    }

    /// The error code of a failed task: a number or a name.
    pub const fn error_code(&self) -> Option<&TaskErrorCode> {
        self.error_code.as_ref()
    }

    /// The error message of a failed task.
    pub fn error_message(&self) -> Option<&str> {
        self.error_message.as_deref()
    }

    /// The fields that could not be read. Usually empty.
    pub fn warnings(&self) -> &[DecodeWarning] {
        &self.decoded_params().1
    }

    /// The response as received, for fields that the SDK does not read. None for a deserialized task.
    pub fn raw(&self) -> Option<&RawResponse> {
        self.raw.as_deref()
    }

    fn decoded_params(&self) -> &(DecodedParams, Vec<DecodeWarning>) {
        self.params.get_or_init(|| {
            let decoded = params::decode(self.param_json.as_deref());
            let warnings = self.record_warnings.iter().chain(&decoded.warnings).cloned().collect();
            Box::new((decoded, warnings))
        })
    }
}

impl Task {
    /// Converts a record of the API to the task with the requested id. `warnings` are the warnings from decoding the
    /// record.
    pub(crate) fn from_record(id: Arc<str>, record: TaskRecord, mut warnings: Vec<DecodeWarning>) -> Self {
        if let Some(other) = record.task_id.as_deref().filter(|other| *other != &*id) {
            warnings.push(DecodeWarning::new("id", format!("the response is about another task: {other:?}")));
        }
        let result_urls = record.result_info_json.map(|info| results::decode(info, &mut warnings));
        let mut parse_time = |wire: Option<_>, field: &str| match timestamp::parse(&wire?) {
            Ok(time) => Some(time),
            Err(message) => {
                warnings.push(DecodeWarning::new(field, message));
                None
            }
        };
        let create_time = parse_time(record.create_time, "create_time");
        let complete_time = parse_time(record.complete_time, "complete_time");
        Self {
            id,
            task_type: record.task_type,
            success_flag: record.success_flag.map(|flag| flag.0),
            param_json: record.param_json,
            create_time,
            complete_time,
            result_urls: result_urls.unwrap_or_default(),
            error_code: record.error_code,
            error_message: record.error_message,
            record_warnings: warnings,
            params: OnceLock::new(),
            params_value: OnceLock::new(),
            raw: None,
        }
    }

    pub(crate) fn with_raw(mut self, raw: RawResponse) -> Self {
        self.raw = Some(Arc::new(raw));
        self
    }

    /// The reason of a failure: the error message, the error code, or both. None if there is neither.
    pub(crate) fn failure_reason(&self) -> Option<String> {
        match (&self.error_message, &self.error_code) {
            (Some(message), Some(code)) => Some(format!("{message} (code {code})")),
            (Some(message), None) => Some(message.clone()),
            (None, Some(code)) => Some(format!("code {code}")),
            (None, None) => None,
        }
    }
}

/// The name of the [`Task`] field for a field of the API.
pub(crate) fn field_name(wire: &str) -> &str {
    match wire {
        "taskId" => "id",
        "taskType" => "task_type",
        "successFlag" => "success_flag",
        "paramJson" => "param_json",
        "createTime" => "create_time",
        "completeTime" => "complete_time",
        "resultInfoJson" => "result_urls",
        "errorCode" => "error_code",
        "errorMessage" => "error_message",
        other => other,
    }
}

/// Compares all fields but the raw response.
impl PartialEq for Task {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && self.task_type == other.task_type
            && self.success_flag == other.success_flag
            && self.param_json == other.param_json
            && self.create_time == other.create_time
            && self.complete_time == other.complete_time
            && self.result_urls == other.result_urls
            && self.error_code == other.error_code
            && self.error_message == other.error_message
            && self.record_warnings == other.record_warnings
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.id)
            .field("status", &self.status())
            .field("task_type", &self.task_type)
            .field("create_time", &self.create_time)
            .field("complete_time", &self.complete_time)
            .field("result_urls", &self.result_urls)
            .field("error_code", &self.error_code)
            .field("error_message", &self.error_message)
            .finish_non_exhaustive()
    }
}
