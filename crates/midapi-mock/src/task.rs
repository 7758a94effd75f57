//! A task as the wire shows it, in this project's own words.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The echo of the request: a JSON text with sorted keys, and the three keys that the service adds on its own account.
const PARAMS: &str = r#"{"aspectRatio":"3:4","enableTranslation":true,"motion":"high","prompt":"A lighthouse on a basalt cliff at dawn, long exposure, soft mist over the water","speed":"fast","stylization":300,"taskType":"mj_txt2img","version":"7","videoBatchSize":1,"weirdness":150}"#;

/// What may stand in a path unencoded (RFC 3986, "unreserved").
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Changes a made task before it is sent.
pub(crate) type Shape = fn(&mut TaskData, &RenderContext<'_>);

/// The look that a task is made for. Times are milliseconds since the epoch, in whole seconds, as on the wire.
pub(crate) struct RenderContext<'a> {
    pub(crate) id: &'a str,
    pub(crate) base_url: &'a str,
    /// A little before the first look; the same at every look.
    pub(crate) created: i64,
    /// When a final step was first shown; until then, now.
    pub(crate) completed: i64,
}

impl RenderContext<'_> {
    /// Where the picture `n` (0 to 3) of this task is served.
    pub(crate) fn picture_url(&self, n: usize) -> String {
        format!("{}/m/{}_0_{n}.jpeg", self.base_url, utf8_percent_encode(self.id, PATH))
    }
}

/// The member `data`, in the order of the wire.
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
    pub(crate) more: Map<String, Value>,
}

impl TaskData {
    pub(crate) fn new(flag: i64, at: &RenderContext<'_>) -> Self {
        let mut task = Self {
            task_id: at.id.into(),
            task_type: "mj_txt2img".into(),
            param_json: PARAMS.into(),
            complete_time: Value::Null,
            result_info_json: Value::Null,
            success_flag: flag.into(),
            create_time: at.created.into(),
            error_code: Value::Null,
            error_message: Value::Null,
            more: Map::new(),
        };
        if ends(flag) {
            task.complete_time = at.completed.into();
        }
        match flag {
            1 => {
                let items: Vec<Value> = (0..4).map(|n| json!({ "resultUrl": at.picture_url(n) })).collect();
                task.result_info_json = json!({ "resultUrls": items });
            }
            2 => task.fail("The task was turned down before it began (made up by the local server)"),
            3 => task.fail("The generator gave up half-way (made up by the local server)"),
            _ => {}
        }
        task
    }

    fn fail(&mut self, message: &str) {
        self.error_code = 500.into();
        self.error_message = message.into();
    }
}

/// Whether nothing comes after this flag.
pub(crate) fn ends(flag: i64) -> bool {
    matches!(flag, 1..=3)
}
