//! A task as the server last told it.

pub(crate) mod id;
pub(crate) mod params;
pub(crate) mod results;
pub(crate) mod status;
pub(crate) mod timestamp;

mod json;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
pub use midapi_client::types::TaskErrorCode;
use midapi_client::types::TaskRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::task::id::TaskId;
use crate::task::params::{Params, ReadParams};
use crate::transport::raw_response::RawResponse;
use crate::{Error, ErrorKind, Status};

/// How long results are kept: 14 days, the shorter of the two times that the documentation names.
const RETENTION: Duration = Duration::from_hours(14 * 24);

/// Something of an answer that could not be read. The rest of the answer is unharmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DecodeWarning {
    /// The field of the task, such as `create_time`, `result_urls[2]` or `params.version`.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl DecodeWarning {
    /// A problem told in few words: the whole answer is in [`Task::raw`].
    pub(crate) fn new(field: impl Into<String>, message: impl AsRef<str>) -> Self {
        Self { field: shortened(&field.into()), message: shortened(message.as_ref()) }
    }
}

/// The beginning of a text that a server may have made as long as it liked.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A task as the server last told it.
///
/// Whatever could be read is here; what could not is named by [`warnings`](Self::warnings), and the untouched answer is
/// [`raw`](Self::raw). Serialises to the object that `midapi get --json` prints, and back: times as RFC 3339 text in
/// UTC, everything absent as null.
///
/// # Examples
/// ```
/// # fn example(task: midapi::Task) -> Result<(), midapi::Error> {
/// use midapi::Status;
///
/// match task.status() {
///     Status::Success => println!("{}", task.result_urls().join("\n")),
///     Status::Failed | Status::GenerationFailed => println!("{}", task.error_message().unwrap_or("no reason given")),
///     _ => println!("{:?} is not done", task.params()?.prompt),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[allow(clippy::struct_field_names, reason = "the API's name for it is task_type")]
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
    /// What could not be read of the record, paramJson aside.
    record_problems: Vec<DecodeWarning>,
    /// paramJson is read when somebody asks for it, with all warnings named then.
    params: OnceLock<Box<(ReadParams, Vec<DecodeWarning>)>>,
    params_value: OnceLock<Value>,
    raw: Option<Arc<RawResponse>>,
}

impl Task {
    /// The id that was asked for.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What kind of generation it is, such as `mj_txt2img`. An open list.
    pub fn task_type(&self) -> Option<&str> {
        self.task_type.as_deref()
    }

    /// How far the task is.
    pub const fn status(&self) -> Status {
        Status::from_flag(self.success_flag)
    }

    /// The number that [`status`](Self::status) is read from.
    pub const fn success_flag(&self) -> Option<i64> {
        self.success_flag
    }

    /// What was asked for: `paramJson`, decoded. Keys without a field here, and values that do not fit their field, are in
    /// `extra`. A task without a `paramJson` has parameters without a value.
    ///
    /// It is the server's normalised echo of the request, not the request: it holds keys that nobody asked for, and lacks
    /// those that were left out.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if `paramJson` is not the JSON text of an object; [`param_json`](Self::param_json) is then
    /// what came.
    pub fn params(&self) -> Result<&Params, Error> {
        self.read_params().0.typed.as_ref().map_err(|problem| {
            let message = format!("the paramJson of task \"{}\" {}", self.id, problem.message);
            Error::new(ErrorKind::Decode, message).with_task_id(&*self.id)
        })
    }

    /// `paramJson` as any JSON value, whatever the typed reading makes of it. Null if there is none or it does not parse.
    pub fn params_value(&self) -> &Value {
        self.params_value.get_or_init(|| params::value(self.param_json()))
    }

    /// `paramJson`, untouched.
    pub fn param_json(&self) -> Option<&str> {
        self.param_json.as_deref()
    }

    /// When the task was created.
    pub const fn create_time(&self) -> Option<Timestamp> {
        self.create_time
    }

    /// When the task ended, well or not. None while it is generating.
    pub const fn complete_time(&self) -> Option<Timestamp> {
        self.complete_time
    }

    /// The URLs of the files that the task made, in order: http or https, without white space. Empty while there are none.
    pub fn result_urls(&self) -> &[String] {
        &self.result_urls
    }

    /// When the results may be deleted: 14 days after the task ended (the documentation says 14 in one place, 15 in
    /// another). None for a task without results.
    pub fn results_expire_time(&self) -> Option<Timestamp> {
        if self.result_urls.is_empty() {
            return None;
        }
        self.complete_time?.checked_add(RETENTION).ok()
    }

    /// Why the task failed: a number or a name.
    pub const fn error_code(&self) -> Option<&TaskErrorCode> {
        self.error_code.as_ref()
    }

    /// Why the task failed, in the server's words.
    pub fn error_message(&self) -> Option<&str> {
        self.error_message.as_deref()
    }

    /// What could not be read. Mostly empty.
    pub fn warnings(&self) -> &[DecodeWarning] {
        &self.read_params().1
    }

    /// The answer as it came: for fields that the SDK does not know. None for a task that was deserialised.
    pub fn raw(&self) -> Option<&RawResponse> {
        self.raw.as_deref()
    }

    fn read_params(&self) -> &(ReadParams, Vec<DecodeWarning>) {
        self.params.get_or_init(|| {
            let read = params::read(self.param_json.as_deref());
            let warnings = self.record_problems.iter().chain(&read.warnings).cloned().collect();
            Box::new((read, warnings))
        })
    }
}

/// How a task is made of what the wire says.
impl Task {
    pub(crate) fn new(id: &TaskId, record: TaskRecord, mut warnings: Vec<DecodeWarning>, raw: RawResponse) -> Self {
        if let Some(other) = record.task_id.as_deref().filter(|told| *told != id.as_str()) {
            warnings.push(DecodeWarning::new("id", format!("the answer is about task {other:?}")));
        }
        let result_urls = record.result_info_json.map(|info| results::read(info, &mut warnings));
        let mut time = |wire: Option<_>, field: &str| match timestamp::read(&wire?) {
            Ok(time) => Some(time),
            Err(message) => {
                warnings.push(DecodeWarning::new(field, message));
                None
            }
        };
        let create_time = time(record.create_time, "create_time");
        let complete_time = time(record.complete_time, "complete_time");
        Self {
            id: id.shared(),
            task_type: record.task_type,
            success_flag: record.success_flag.map(|flag| flag.0),
            param_json: record.param_json,
            create_time,
            complete_time,
            result_urls: result_urls.unwrap_or_default(),
            error_code: record.error_code,
            error_message: record.error_message,
            record_problems: warnings,
            params: OnceLock::new(),
            params_value: OnceLock::new(),
            raw: Some(Arc::new(raw)),
        }
    }
}

/// The name in [`Task`] of a field on the wire.
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
