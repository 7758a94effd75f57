//! The steps there are, by name.

use crate::step::{Answer, Step};
use hyper::StatusCode;
use serde_json::Value;

/// What the real service says of an id that it does not know (recorded).
pub(crate) const NOT_FOUND: &str = "The record does not exist";

/// HTTP 200, code 200: a task that is not done (flag 0), with everything about its end null.
pub fn generating() -> Step {
    flag(0)
}

/// HTTP 200, code 200: a task that is done (flag 1), with four pictures that this server serves.
pub fn success() -> Step {
    flag(1)
}

/// HTTP 200, code 200: a task that failed (flag 2), with an error code and a message.
pub fn failed() -> Step {
    flag(2)
}

/// HTTP 200, code 200: a task that was created and then failed (flag 3): `errorCode` 500 as an integer, a message, a
/// completion time, and no result.
pub fn generation_failed() -> Step {
    flag(3)
}

/// HTTP 200, code 200: a task with this `successFlag`. Flags without a meaning (not 0 to 3) have neither result nor
/// error nor end.
pub fn flag(flag: i64) -> Step {
    Step::new(Answer::Task { flag, shape: None })
}

/// HTTP 200, code 200, and this as `data`, as it is.
///
/// ```
/// let half = midapi_mock::task(serde_json::json!({ "taskId": "cat", "successFlag": 1, "resultInfoJson": null }));
/// ```
pub fn task(data: Value) -> Step {
    Step::new(Answer::Data(data))
}

/// HTTP 200, code 422, `The record does not exist`, `data` null: what the real service says of an id that it does not
/// know.
pub fn not_found() -> Step {
    code(422, NOT_FOUND)
}

/// HTTP 200, code 200, `data` null: what a sibling of the look-up says of an id that it does not know.
pub fn null_data() -> Step {
    code(200, "success")
}

/// HTTP 200, this code and message in the body, `data` null: how the service reports its own errors.
pub fn code(code: i64, msg: impl Into<String>) -> Step {
    Step::new(Answer::Envelope { code, msg: msg.into() })
}

/// This HTTP status, 200 to 999, and an envelope with the same number as its code.
pub fn status(http: u16) -> Step {
    let reason = StatusCode::from_u16(http).ok().and_then(|status| status.canonical_reason());
    code(i64::from(http), reason.unwrap_or("No reason given")).http_status(http)
}

/// This HTTP status, 200 to 999, and a page of HTML: what a gateway in front of the service answers when it cannot
/// reach it.
pub fn html(http: u16) -> Step {
    Step::new(Answer::Html).http_status(http)
}

/// HTTP 302 to this place.
pub fn redirect(location: impl Into<String>) -> Step {
    status(302).header("location", location)
}

/// HTTP 200 and exactly these bytes, which the server does not compress.
pub fn raw(body: impl Into<Vec<u8>>) -> Step {
    Step::new(Answer::Raw(body.into()))
}

/// No answer: the connection is reset (a TCP RST) as soon as the request has been read.
pub fn reset() -> Step {
    Step::new(Answer::Reset)
}

/// HTTP 200 and an envelope with one very long text, `bytes` long in all, never compressed. It is written as it is
/// sent: no size is too big for the server's memory. Never shorter than an envelope must be (less than 100 bytes).
pub fn huge(bytes: u64) -> Step {
    Step::new(Answer::Huge(bytes))
}

/// The same as [`huge`] with `expanded_bytes`, gzipped to less than a five-hundredth, whatever the client accepts.
pub fn gzip_bomb(expanded_bytes: u64) -> Step {
    Step::new(Answer::GzipBomb(expanded_bytes))
}

/// HTTP 200 and an envelope whose `data` holds this many arrays, one in the other.
pub fn nested(depth: usize) -> Step {
    Step::new(Answer::Nested(depth))
}
