//! Functions that create steps.

use hyper::StatusCode;
use serde_json::Value;

use crate::media::FileKind;
use crate::scenario::step::{Step, StepContent};

/// HTTP 200, code 200: a task that is still generating (flag 0). Its completion time, result and error are null.
pub fn generating() -> Step {
    flag(0)
}

/// HTTP 200, code 200: a successful task (flag 1) with four result files, which this server serves.
pub fn success() -> Step {
    flag(1)
}

/// HTTP 200, code 200: a failed task (flag 2) with an error code and a message.
pub fn failed() -> Step {
    flag(2)
}

/// HTTP 200, code 200: a task that failed while generating (flag 3). Its `errorCode` is the integer 500. It has a
/// message and a completion time, and no result.
pub fn generation_failed() -> Step {
    flag(3)
}

/// HTTP 200, code 200: a task with this `successFlag`. Undocumented flags (not 0 to 3) have no result, error or
/// completion time.
pub fn flag(flag: i64) -> Step {
    Step::new(StepContent::Task { flag, edit: None })
}

/// HTTP 200, code 200, with exactly this `data`.
///
/// ```
/// let no_result = midapi_mock::task(serde_json::json!({ "taskId": "cat", "successFlag": 1, "resultInfoJson": null }));
/// ```
pub fn task(data: Value) -> Step {
    Step::new(StepContent::Data(data))
}

/// HTTP 200, code 422, `The record does not exist`, `data` null: the API's recorded response to an unknown id.
pub fn not_found() -> Step {
    code(422, "The record does not exist")
}

/// HTTP 200, code 200, `data` null: the response of a similar operation of the API to an unknown id.
pub fn null_data() -> Step {
    code(200, "success")
}

/// HTTP 200 with this code and message in the body, `data` null: the form of the API's own errors.
pub fn code(code: i64, msg: impl Into<String>) -> Step {
    Step::new(StepContent::Envelope { code, msg: msg.into() })
}

/// This HTTP status, 200 to 999, with an envelope whose code is the same number.
pub fn status(http: u16) -> Step {
    let reason = StatusCode::from_u16(http).ok().and_then(|status| status.canonical_reason());
    code(i64::from(http), reason.unwrap_or("No reason given")).http_status(http)
}

/// An HTML page with an HTTP status (200 to 999), as from a gateway that cannot reach the API.
pub fn html(http: u16) -> Step {
    Step::new(StepContent::Html).http_status(http)
}

/// HTTP 302 to this location.
pub fn redirect(location: impl Into<String>) -> Step {
    status(302).header("location", location)
}

/// HTTP 200 with exactly these bytes. They are compressed only by [`Step::gzip`].
pub fn raw(body: impl Into<Vec<u8>>) -> Step {
    Step::new(StepContent::Raw(body.into()))
}

/// HTTP 200 with a valid file of this kind and of `size` bytes. The file is variant 0 of
/// [`FileKind::bytes`](FileKind::bytes()). It is compressed only by [`Step::gzip`].
///
/// The response has an `ETag` that is computed from its bytes. `Range` and `If-Range` are processed unless a method of
/// the step changes the HTTP status or removes `accept-ranges`. Serve the file with
/// [`MockBuilder::file`](crate::MockBuilder::file).
///
/// ```
/// use midapi_mock::{FileKind, MockServer, file, file_variant, html, status};
///
/// let jpeg = file(FileKind::Jpeg, 2_000);
/// let server = MockServer::builder()
///     .file("/m/cat_0_0.jpeg", html(200).header("content-type", "image/jpeg"))
///     .file("/m/cat_0_1.jpeg", jpeg.clone().truncate_after(1_000).then(file_variant(FileKind::Jpeg, 2_000, 1)))
///     .file("/m/cat_0_2.jpeg", jpeg.remove_header("content-length").end_after(1_000))
///     .file("/m/cat_0_3.jpeg", status(429).retry_after("1").times(2).then(file(FileKind::Png, 2_000)))
///     .start()?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn file(kind: FileKind, size: usize) -> Step {
    file_variant(kind, size, 0)
}

/// Like [`file`](fn@file), with another variant of the bytes.
pub fn file_variant(kind: FileKind, size: usize, variant: u32) -> Step {
    Step::new(StepContent::File { kind, size, variant })
}

/// No response: the connection is reset (a TCP RST) as soon as the request has been read.
pub fn reset() -> Step {
    Step::new(StepContent::Reset)
}

/// HTTP 200 with an envelope of `bytes` bytes in total, never compressed. The minimum is about 90 bytes, the size of an
/// empty envelope.
///
/// The body is generated while it is sent: memory use does not depend on `bytes`.
pub fn huge(bytes: u64) -> Step {
    Step::new(StepContent::Huge(bytes))
}

/// HTTP 200 with the envelope of [`huge`], which has `expanded_bytes` bytes and is always gzipped. The gzipped body is
/// smaller than 1/500 of `expanded_bytes`.
///
/// The body is a sequence of gzip members (RFC 1952), generated while it is sent: memory use does not depend on
/// `expanded_bytes`.
pub fn gzip_bomb(expanded_bytes: u64) -> Step {
    Step::new(StepContent::GzipBomb(expanded_bytes))
}

/// HTTP 200 with an envelope whose `data` holds this many nested arrays.
pub fn nested(depth: usize) -> Step {
    Step::new(StepContent::Nested(depth))
}
