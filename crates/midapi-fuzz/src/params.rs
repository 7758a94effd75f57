//! The JSON text in `paramJson`.

use midapi::RawResponse;
use serde_json::{Value, json};

use crate::asked::asked;
use crate::envelope::assert_task;

/// Takes a `paramJson`.
///
/// # Panics
/// If the task is lost, the text is not kept, or its reading is another than that of plain JSON.
pub fn params(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let body = json!({ "code": 200, "data": { "successFlag": 0, "paramJson": text } });
    let task = asked(&RawResponse::new(200, body.to_string())).expect("a task, whatever its paramJson says");
    assert_task(&task);
    assert_eq!(task.param_json(), Some(text));
    let line = serde_json::to_value(&task).expect("a task is JSON");
    let value = serde_json::from_str::<Value>(text).unwrap_or_default();
    assert_eq!(line["params"], value, "the parsed text, or null");
    let typed = task.params();
    assert_eq!(typed.is_ok(), value.is_object() || text.trim() == "null", "{typed:?}");
    assert_eq!(typed.is_err(), line["warnings"].as_array().is_some_and(|all| all.iter().any(is_of_the_whole)));
    if let (Ok(typed), Value::Object(keys)) = (typed, &value) {
        let read = serde_json::to_value(typed).expect("parameters are JSON");
        for (key, value) in keys.iter().filter(|(_, value)| !value.is_null()) {
            assert_eq!(&read[key], value, "{key} is lost");
        }
    }
}

fn is_of_the_whole(problem: &Value) -> bool {
    problem["field"] == "param_json"
}
