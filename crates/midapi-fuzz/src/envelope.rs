//! The judgement of an answer.

use midapi::{Error, RawResponse, Task};
use serde_json::Value;

use crate::asked::{ID, KEY, asked};

/// The first byte chooses one of these.
const STATUSES: [u16; 16] = [200, 200, 200, 200, 201, 204, 302, 400, 401, 404, 422, 429, 455, 500, 503, 599];

/// Takes a byte for the HTTP status, and a body.
///
/// # Panics
/// If a task in a good answer is lost, or what comes of the answer breaks a promise of the SDK.
pub fn envelope(bytes: &[u8]) {
    let Some((first, body)) = bytes.split_first() else { return };
    let status = STATUSES[usize::from(*first) % STATUSES.len()];
    let answer = RawResponse::new(status, body.to_vec());
    let outcome = asked(&answer);
    if (200..300).contains(&status) && holds_a_task(body) {
        assert!(outcome.is_ok(), "a task is lost: {outcome:?}");
    }
    match outcome {
        Ok(task) => {
            assert!((200..300).contains(&status), "a task in HTTP {status}");
            assert_eq!(task.raw().map(RawResponse::body), Some(body), "the body is within reach");
            assert_task(&task);
        }
        Err(error) => assert_error(&error, status),
    }
}

/// By a plain reading of the JSON.
fn holds_a_task(body: &[u8]) -> bool {
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
    for problem in task.warnings() {
        assert!(!problem.field.is_empty() && problem.message.chars().count() < 1000, "{problem:?}");
    }
    let json = serde_json::to_value(task).expect("a task is JSON");
    let again: Task = serde_json::from_value(json.clone()).expect("and a task again");
    assert_eq!(serde_json::to_value(&again).expect("and JSON again"), json);
}

fn assert_error(error: &Error, status: u16) {
    assert_eq!(error.http_status(), Some(status));
    assert_eq!((error.task_id(), error.attempts()), (Some(ID), 1));
    assert!(error.message().chars().count() < 1000, "an error is no place for a body: {error}");
    let printed = format!("{error} {error:?} {}", serde_json::to_string(error).expect("an error is JSON"));
    assert!(!printed.contains(KEY), "{printed}");
}
