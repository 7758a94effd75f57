//! The classification of a response.

use midapi::{Error, RawResponse, Task};
use serde_json::Value;

use crate::simulated::{ID, KEY, get_with_response};

/// HTTP statuses. The first byte of the input selects one.
const STATUSES: [u16; 16] = [200, 200, 200, 200, 201, 204, 302, 400, 401, 404, 422, 429, 455, 500, 503, 599];

/// Checks the result of a `get` for a response. The first byte selects the HTTP status, the rest is the body.
///
/// # Panics
/// If a task in a successful response is lost, or the task or the error breaks a promise of the SDK.
pub fn check_envelope(bytes: &[u8]) {
    let Some((first, body)) = bytes.split_first() else { return };
    let status = STATUSES[usize::from(*first) % STATUSES.len()];
    let response = RawResponse::new(status, body.to_vec());
    let result = get_with_response(&response);
    if (200..300).contains(&status) && has_task(body) {
        assert!(result.is_ok(), "the task is lost: {result:?}");
    }
    match result {
        Ok(task) => {
            assert!((200..300).contains(&status), "a task from HTTP {status}");
            assert_eq!(task.raw().map(RawResponse::body), Some(body), "the raw body is reachable");
            assert_task(&task);
        }
        Err(error) => assert_error(&error, status),
    }
}

/// Whether the body, read as plain JSON, has the code 200 and an object in `data`.
fn has_task(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body)
        .is_ok_and(|body| body["code"].as_i64() == Some(200) && body["data"].is_object())
}

pub(crate) fn assert_task(task: &Task) {
    assert_eq!(task.id(), ID);
    for url in task.result_urls() {
        let (scheme, rest) = url.split_once("://").expect("a result is a URL");
        assert!(matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") && !rest.is_empty(), "{url:?}");
        assert!(!url.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'`<>\\".contains(c)), "{url:?}");
    }
    for warning in task.warnings() {
        assert!(!warning.field.is_empty() && warning.message.chars().count() < 1000, "{warning:?}");
    }
    let json = serde_json::to_value(task).expect("a task serializes");
    let parsed: Task = serde_json::from_value(json.clone()).expect("the JSON of a task deserializes");
    assert_eq!(serde_json::to_value(&parsed).expect("the parsed task serializes"), json);
}

fn assert_error(error: &Error, status: u16) {
    assert_eq!(error.http_status(), Some(status));
    assert_eq!((error.task_id(), error.attempts()), (Some(ID), 1));
    assert!(error.message().chars().count() < 1000, "the message contains a whole body: {error}");
    let printed = format!("{error} {error:?} {}", serde_json::to_string(error).expect("an error serializes"));
    assert!(!printed.contains(KEY), "{printed}");
}
