//! A mock server of the MidAPI lookup, for tests.
//!
//! The server implements `GET /api/v1/mj/record-info?taskId=…` like the real API, over a real socket of the loopback
//! interface. It shares no code with the client, which keeps a mistake of one from hiding a mistake of the other. Each
//! id has a [`Scenario`], a sequence of steps; a step can be a fault.
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
//! | `/m/<id>_0_<n>.jpeg`, `n` from 0 to 3 | a small JPEG picture, without a key; the result URLs of [`success`] |
//!
//! [`demos()`](fn@demos) lists the ids with built-in scenarios. Bodies are gzipped for clients that accept it, as by
//! the real API (see [`MockBuilder::gzip`]).
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
//!   "unknown_ids": [{"code": 422, "msg": "The record does not exist"}]
//! }
//! ```
//!
//! | key | value |
//! |---|---|
//! | `tasks` | an object with a list of steps for each id; optional |
//! | `unknown_ids` | the list of steps for every other id ([`MockBuilder::fallback`]); optional |
//!
//! Each id starts with its first step. The last step repeats without end. A step has exactly one of these keys:
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
//! | `reset` | `true` | [`reset`] |
//! | `huge` | number of bytes | [`huge`] |
//! | `gzip_bomb` | number of bytes after decompression | [`gzip_bomb`] |
//! | `nested` | depth | [`nested`] |
//!
//! and any of these:
//!
//! | key | value | default |
//! |---|---|---|
//! | `msg` | string, the message of the envelope; only with `code` | empty |
//! | `times` | number of requests that get this response; 0 skips the step | 1 |
//! | `for_duration_ms` | milliseconds since the first request of the step; instead of `times` | none |
//! | `delay_ms` | milliseconds before the response | 0 |
//! | `byte_interval_ms` | milliseconds between the bytes of the body | none |
//! | `http_status` | HTTP status, 200 to 999 | that of the content |
//! | `headers` | object of strings, added to the response | none |
//! | `retry_after` | string or number, the `Retry-After` header | none |
//! | `truncate_after` | number of bytes after which the connection is closed | none |
//! | `content_encoding` | string, the `Content-Encoding` header of an unchanged body | none |
//!
//! An unknown key or an invalid value is an error that names the file, the id and the step.

mod response;
mod scenario;
mod server;

pub use crate::scenario::Scenario;
pub use crate::scenario::constructors::{
    code, failed, flag, generating, generation_failed, gzip_bomb, html, huge, nested, not_found, null_data, raw,
    redirect, reset, status, success, task,
};
pub use crate::scenario::demo::{Demo, demos};
pub use crate::scenario::step::Step;
pub use crate::server::MockServer;
pub use crate::server::builder::MockBuilder;
pub use crate::server::request_log::Request;
