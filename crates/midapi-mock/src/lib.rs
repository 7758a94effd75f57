//! A mock server of the lookup operation of MidAPI, for tests.
//!
//! The server implements `GET /api/v1/mj/record-info?taskId=…` like the real API, over a real socket of the loopback
//! interface. It shares no code with the client, so a mistake in one cannot hide a mistake in the other. Each id has a
//! [`Scenario`], which is a sequence of steps. A step can be a fault.
//!
//! ```
//! use midapi_mock::{MockServer, generating, status, success};
//! use std::time::Duration;
//!
//! # fn main() -> std::io::Result<()> {
//! let server = MockServer::builder()
//!     .task("cat", generating().times(2).then(success()))
//!     .task("flaky", status(503).retry_after("0.2").then(success().delay(Duration::from_millis(50))))
//!     .start()?;
//!
//! // Point a client at `server.base_url()` with any key, then check its requests:
//! assert_eq!(server.request_count("cat"), 0);
//! assert!(server.requests().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! The server runs on its own thread and stops when it is dropped. It works the same in sync and async tests.
//!
//! # Default responses
//!
//! | request | response |
//! |---|---|
//! | missing or wrong key, or no `Content-Type: application/json` | HTTP 401, `{"code":401,"msg":"You do not have access permissions"}` |
//! | missing `taskId` | HTTP 200, code 422, `taskId is required` |
//! | unknown id | HTTP 200, code 422, `The record does not exist` (see [`MockBuilder::fallback`]) |
//! | method other than GET | HTTP 405 with an envelope |
//! | unknown path | HTTP 404 with an envelope (see [`MockBuilder::route`]) |
//! | `/m/<id>_0_<n>.jpeg`, `n` from 0 to 3 | a small JPEG picture, no key required; the default result URLs of [`success`] |
//! | the same path with the extension `png`, `webp`, `gif`, `mp4` or `webm` | a small file of that [`FileKind`] |
//!
//! [`demos()`](fn@demos) lists the ids with built-in scenarios. Bodies are gzipped for clients that accept gzip, as the
//! real API does (see [`MockBuilder::gzip`]).
//!
//! # Result files
//!
//! [`MockBuilder::file`] sets the scenario of a result file. Such a scenario can simulate the faults of a file host:
//!
//! | fault | scenario of the file (`jpeg` is `file(FileKind::Jpeg, 2_000)`) |
//! |---|---|
//! | HTML or JSON instead of a picture | `html(200)`, `html(200).header("content-type", "image/jpeg")`, `code(500, "error")` |
//! | a kind that does not match the extension | `file(FileKind::Png, 2_000)` for a path that ends with `.jpeg` |
//! | a wrong content type | `jpeg.header("content-type", "text/html")` |
//! | an empty body | `raw("")` |
//! | a missing file | `status(404)` |
//! | a file that has moved | `status(404)`, and a task with `success().result_urls(["/m/old.jpeg"]).then(success())` |
//! | a redirect | `redirect(url)` to another server on `127.0.0.2`, to a private address, or to the same path for a loop |
//! | a rate limit | `status(429).retry_after("1").times(2).then(jpeg)` |
//! | no content length | `jpeg.remove_header("content-length")` |
//! | a chunked body that ends halfway | `jpeg.remove_header("content-length").end_after(1_000)` |
//! | a short body with a matching content length | `jpeg.end_after(1_000)` |
//! | a connection that closes once, or always | `jpeg.clone().truncate_after(1_000).then(jpeg)`, `jpeg.truncate_after(10)` |
//! | a different file after the connection was closed | `jpeg.truncate_after(1_000).then(file_variant(FileKind::Jpeg, 2_000, 1))` |
//! | no validator (`ETag`) | `jpeg.remove_header("etag")` |
//! | no support for ranges | `jpeg.remove_header("accept-ranges")` |
//! | a wrong range | `jpeg.http_status(206).header("content-range", "bytes 0-1999/2000")` |
//! | gzip | `jpeg.gzip()` |
//! | a slow body | `jpeg.byte_interval(Duration::from_millis(1))` |
//!
//! [`MockServer::file_request_count`] and [`MockServer::max_concurrent_requests`] count the requests, and
//! [`MockServer::requests`] returns their headers: [`Request::header`] shows whether a client sent its key to the file
//! host.
//!
//! # Scenario files
//!
//! [`MockBuilder::scenario_file`] reads scenarios from a JSON file, for tests in other languages:
//!
//! ```json
//! {
//!   "tasks": {
//!     "cat": [{"state": "generating", "times": 2}, {"state": "success"}],
//!     "flaky": [{"status": 503, "retry_after": "1"}, {"reset": true}, {"state": "success", "delay_ms": 200}],
//!     "half": [{"raw": "{\"code\":200,\"msg\":\"success\"}", "truncate_after": 10}]
//!   },
//!   "unknown_ids": [{"code": 422, "msg": "The record does not exist"}],
//!   "files": {
//!     "/m/cat_0_0.jpeg": [{"file": "jpeg", "size": 2000, "truncate_after": 1000}, {"file": "jpeg", "size": 2000}]
//!   }
//! }
//! ```
//!
//! | key | value |
//! |---|---|
//! | `tasks` | an object with a list of steps for each id; optional |
//! | `unknown_ids` | the list of steps for every other id ([`MockBuilder::fallback`]); optional |
//! | `files` | an object with a list of steps for each path of a result file ([`MockBuilder::file`]); optional |
//! | `file_size` | size in bytes of the result files without a scenario ([`MockBuilder::file_size`]); optional |
//!
//! Each id and file starts with its first step. The last step repeats without end. A step has exactly one of these
//! keys:
//!
//! | key | value | same as |
//! |---|---|---|
//! | `state` | `generating`, `success`, `failed`, `generation_failed`, `not_found` or `null_data` | the function of that name |
//! | `flag` | integer, the `successFlag` of a task | [`flag`] |
//! | `data` | any JSON value, the `data` of the envelope | [`task`] |
//! | `code` | integer, the code of the envelope; with an optional `msg` | [`code`] |
//! | `status` | HTTP status, 200 to 999, with the same code in the envelope | [`status`] |
//! | `html` | HTTP status of an HTML page, 200 to 999 | [`html`] |
//! | `redirect` | string, the location of an HTTP 302 | [`redirect`] |
//! | `raw` | string, the body | [`raw`] |
//! | `file` | `jpeg`, `png`, `webp`, `gif`, `mp4` or `webm`; with an optional `size` and `variant` | [`file_variant`] |
//! | `reset` | `true` | [`reset`] |
//! | `huge` | number of bytes | [`huge`] |
//! | `gzip_bomb` | number of bytes after decompression | [`gzip_bomb`] |
//! | `nested` | number of nested arrays | [`nested`] |
//!
//! A step may also have any of these keys:
//!
//! | key | value | default |
//! |---|---|---|
//! | `msg` | string, the message of the envelope; only with `code` | empty |
//! | `size` | number of bytes; only with `file` | the smallest size of a file of that kind |
//! | `variant` | integer, the variant of the bytes; only with `file` | 0 |
//! | `params` | object, the parameters of a task | the parameters of a picture task |
//! | `result_urls` | list of strings, the result URLs of a successful task | four files of this server |
//! | `times` | number of requests that get this response; 0 skips the step | 1 |
//! | `for_duration_ms` | duration of the step in milliseconds, from its first request; excludes `times` | none |
//! | `delay_ms` | milliseconds before the response | 0 |
//! | `byte_interval_ms` | milliseconds between the bytes of the body | none |
//! | `http_status` | HTTP status, 200 to 999 | 200, or that of `status`, `html` or `redirect` |
//! | `headers` | object of strings, added to the response | none |
//! | `retry_after` | string or number, the `Retry-After` header | none |
//! | `truncate_after` | number of bytes after which the connection is closed | none |
//! | `content_encoding` | string, the `Content-Encoding` header; the body is unchanged | none |
//! | `gzip` | `true`: the body is always gzipped | `false` |
//! | `end_after` | number of bytes after which the body ends, as if it were complete | none |
//! | `remove_headers` | list of strings, the headers to remove, such as `content-length` and `etag` | none |
//!
//! An unknown key or an invalid value is an error that names the file, the id or path and the step.

mod media;
mod response;
mod scenario;
mod server;

pub use crate::media::FileKind;
pub use crate::scenario::Scenario;
pub use crate::scenario::constructors::{
    code, failed, file, file_variant, flag, generating, generation_failed, gzip_bomb, html, huge, nested, not_found,
    null_data, raw, redirect, reset, status, success, task,
};
pub use crate::scenario::demo::{Demo, demos};
pub use crate::scenario::step::Step;
pub use crate::server::MockServer;
pub use crate::server::builder::MockBuilder;
pub use crate::server::request_log::Request;
