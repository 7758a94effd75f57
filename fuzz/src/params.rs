//! The JSON text in `paramJson`.

use midapi::RawResponse;
use serde_json::{Value, json};

use crate::envelope::assert_task;
use crate::simulated::get_with_response;

/// Checks the parsing of a `paramJson`.
///
/// # Panics
/// If the task is lost, the text is not kept, or the parsed value differs from what a plain JSON parser reads.
pub fn check_params(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let body = json!({ "code": 200, "data": { "successFlag": 0, "paramJson": text } });
    let response = RawResponse::new(200, body.to_string());
    let task = get_with_response(&response).expect("a task with any paramJson");
    assert_task(&task);
    assert_eq!(task.param_json(), Some(text));
    let json = serde_json::to_value(&task).expect("a task serializes");
    let value = serde_json::from_str::<Value>(text).unwrap_or_default();
    assert_eq!(json["params"], value, "the parsed text, or null");
    let params = task.params();
    assert_eq!(params.is_ok(), value.is_object() || text.trim() == "null", "{params:?}");
    assert_eq!(params.is_err(), json["warnings"].as_array().is_some_and(|all| all.iter().any(is_param_json_warning)));
    if let (Ok(params), Value::Object(keys)) = (params, &value) {
        let written = serde_json::to_value(params).expect("parameters serialize");
        for (key, value) in keys.iter().filter(|(_, value)| !value.is_null()) {
            assert_eq!(&written[key], value, "{key} is lost");
        }
    }
}

fn is_param_json_warning(warning: &Value) -> bool {
    warning["field"] == "param_json"
}
