//! The `data` member of a generated task.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The `paramJson` of generated tasks: sorted keys, with the three keys that the real API adds (`enableTranslation`,
/// `motion`, `videoBatchSize`).
const PARAMS: &str = r#"{"aspectRatio":"3:4","enableTranslation":true,"motion":"high","prompt":"A lighthouse on a basalt cliff at dawn, long exposure, soft mist over the water","speed":"fast","stylization":300,"taskType":"mj_txt2img","version":"7","videoBatchSize":1,"weirdness":150}"#;

/// The characters to encode in a path: all but the unreserved ones (RFC 3986, section 2.3).
const PATH_SET: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A function that edits a generated task before the task is sent.
pub(crate) type TaskEdit = fn(&mut TaskData, &RenderContext<'_>);

/// The values of one request that a generated task contains. Times are milliseconds since the epoch.
pub(crate) struct RenderContext<'a> {
    pub(crate) id: &'a str,
    pub(crate) base_url: &'a str,
    /// The creation time, shortly before the first request and the same for all requests.
    pub(crate) created: i64,
    /// The time of the first request that got a final task. Until then, the time of the current request.
    pub(crate) completed: i64,
}

impl RenderContext<'_> {
    /// Adds the base URL to a path. Returns any other URL unchanged.
    pub(crate) fn absolute_url(&self, url: &str) -> String {
        if url.starts_with('/') { format!("{}{url}", self.base_url) } else { url.to_owned() }
    }

    /// Returns the URL of result file `n`, 0 to 3.
    pub(crate) fn result_url(&self, n: usize) -> String {
        format!("{}/m/{}_0_{n}.jpeg", self.base_url, utf8_percent_encode(self.id, PATH_SET))
    }
}

/// The members of `data`, in the order of recorded bodies.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskData {
    pub(crate) task_id: Value,
    pub(crate) task_type: Value,
    pub(crate) param_json: Value,
    pub(crate) complete_time: Value,
    pub(crate) result_info_json: Value,
    pub(crate) success_flag: Value,
    pub(crate) create_time: Value,
    pub(crate) error_code: Value,
    pub(crate) error_message: Value,
    #[serde(flatten)]
    pub(crate) unknown_fields: Map<String, Value>,
}

impl TaskData {
    pub(crate) fn new(flag: i64, context: &RenderContext<'_>) -> Self {
        let mut task = Self {
            task_id: context.id.into(),
            task_type: "mj_txt2img".into(),
            param_json: PARAMS.into(),
            complete_time: if is_final(flag) { context.completed.into() } else { Value::Null },
            result_info_json: Value::Null,
            success_flag: flag.into(),
            create_time: context.created.into(),
            error_code: Value::Null,
            error_message: Value::Null,
            unknown_fields: Map::new(),
        };
        match flag {
            1 => task.set_result_urls((0..4).map(|n| context.result_url(n))),
            2 => task.set_error("The task was rejected (a message of the mock server)"),
            3 => task.set_error("The generation was aborted (a message of the mock server)"),
            _ => {}
        }
        task
    }

    pub(crate) fn set_result_urls(&mut self, urls: impl Iterator<Item = String>) {
        let items: Vec<Value> = urls.map(|url| json!({ "resultUrl": url })).collect();
        self.result_info_json = json!({ "resultUrls": items });
    }

    fn set_error(&mut self, message: &str) {
        self.error_code = 500.into();
        self.error_message = message.into();
    }
}

/// Whether a task with this flag is final.
pub(crate) fn is_final(flag: i64) -> bool {
    matches!(flag, 1..=3)
}
