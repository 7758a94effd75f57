//! The look-up API of MidAPI on this machine.
//!
//! `GET /api/v1/mj/record-info?taskId=…` is answered the way the real service answers it, over a real socket of the
//! loopback interface, with bodies that this crate writes itself: it shares no code with the client, so that the two
//! cannot share a mistake. What an id is answered is a [`Scenario`], a sequence of steps; a step can also be a fault.
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
//! // Point a client at `server.base_url()`, with any key that is not empty. Then see what it did:
//! assert_eq!(server.request_count("cat"), 0);
//! assert!(server.requests().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! The server runs on a thread of its own and ends with the value, so the same lines serve sync and async tests.
//!
//! # What is answered without a scenario
//!
//! | asked | answered |
//! |---|---|
//! | no or another key, or no `Content-Type: application/json` | HTTP 401, `{"code":401,"msg":"You do not have access permissions"}` |
//! | no `taskId` | HTTP 200, code 422, `taskId is required` |
//! | an id that nobody named | HTTP 200, code 422, `The record does not exist` |
//! | a method other than GET | HTTP 405, as an envelope |
//! | any other path, unless [`MockBuilder::route`] names it | HTTP 404, as an envelope |
//! | `/m/<id>_0_<0 to 3>.jpeg` | a small picture, without a key: the results of [`success`] point here |
//!
//! Ids that are always there, unless switched off with [`MockBuilder::demos`], are listed by [`demos()`](fn@demos).
//! Bodies are gzipped for a client that accepts that, as on the real service; see [`MockBuilder::gzip`].
//!
//! # Scenario files
//!
//! For tests in other languages the same can be said in JSON, read by [`MockBuilder::scenario_file`]:
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
//! `tasks` holds a list of steps for each id, `unknown_ids` (optional) the steps for every other id. After the last step is
//! used up, it goes on for ever. A step has exactly one of these:
//!
//! | member | value | is |
//! |---|---|---|
//! | `state` | `generating`, `success`, `failed`, `generation_failed`, `not_found`, `null_data` | the function of that name |
//! | `flag` | integer | [`flag`] |
//! | `data` | any JSON | [`task`] |
//! | `code`, with `msg` | integer, text | [`code`] |
//! | `status` | HTTP status | [`status`] |
//! | `html` | HTTP status | [`html`] |
//! | `redirect` | text | [`redirect`] |
//! | `raw` | text | [`raw`] |
//! | `reset` | `true` | [`reset`] |
//! | `huge`, `gzip_bomb` | bytes | [`huge`], [`gzip_bomb`] |
//! | `nested` | depth | [`nested`] |
//!
//! and any of these: `times` (looks), `for_duration_ms`, `delay_ms`, `byte_interval_ms` (milliseconds), `http_status` (HTTP status),
//! `headers` (object of texts), `retry_after` (text or number), `truncate_after` (bytes), `content_encoding` (text): the methods of
//! [`Step`]. A member that is not listed here is an error that names the file, the id and the step.

mod answers;
mod body;
mod builder;
mod demos;
mod gzip;
mod log;
mod pictures;
mod render;
mod replay;
mod routes;
mod scenario;
mod scenario_file;
mod sequence;
mod server;
mod service;
mod step;
mod task;
mod tasks;
mod wire;

pub use answers::{
    code, failed, flag, generating, generation_failed, gzip_bomb, html, huge, nested, not_found, null_data, raw,
    redirect, reset, status, success, task,
};
pub use builder::MockBuilder;
pub use demos::{Demo, demos};
pub use log::Request;
pub use scenario::Scenario;
pub use server::MockServer;
pub use step::Step;

/// The path of the look-up, below the prefix.
pub(crate) const LOOK_UP: &str = "/api/v1/mj/record-info";
