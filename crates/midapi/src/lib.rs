//! Look up, wait for and collect Midjourney tasks of MidAPI. Unofficial.
//!
//! A task is submitted elsewhere and known by its id. [`Client::get`] looks it up once; [`Client::wait`] looks until it is
//! done. Both know what the answers mean: an error inside HTTP 200 is an [`Error`], a failed task is not a failed
//! look-up, and nothing that could be read is lost because something else could not.
//!
//! ```no_run
//! # async fn example() -> Result<(), midapi::Error> {
//! let client = midapi::Client::from_env()?; // MIDAPI_API_KEY
//! let task = client.wait("0f1e2d3c4b5a69788796a5b4c3d2e1f0").await?;
//! println!("{:?} made {}", task.params()?.prompt, task.result_urls().join(" "));
//! # Ok(())
//! # }
//! ```
//!
//! # Errors
//! Every call fails with [`Error`]; its [`ErrorKind`] says what kind of failure it is, whether the call is worth retrying,
//! and the exit status of the `midapi` command. A look-up is judged by its HTTP status, then by the body's `code`, then by
//! whether there is a task in it.
//!
//! # Retries
//! Only look-ups are retried, so that nothing costs money twice: after a lost connection, when the server fails, and when
//! it asks to slow down. The back-off is exponential with full jitter; `Retry-After` is honoured up to two minutes, by
//! every call of the client; and a budget that all calls share keeps an outage from being multiplied.
//!
//! # Many tasks
//! [`Client::get_all`] and [`Client::wait_all`] take any iterator or stream of ids, and hand each answer over as it comes: see
//! [`WaitAll`]. [`schedule`] has the schedules of a wait; [`schedule::Expected`] learns from the tasks that it has seen end.
//!
//! # Testing your code
//! The crate `midapi-mock` is the API on your machine, with scenarios and faults. [`clock::ManualClock`] makes a day of
//! waiting pass in milliseconds.
//!
//! # Features
//! `rustls` (default) or `native-tls`; `blocking` for `midapi::blocking`; `schemars` for JSON Schemas of the public types.

pub mod backoff;
#[doc(hidden)]
pub mod bench_support;
#[cfg(feature = "blocking")]
pub mod blocking;
pub mod clock;
pub mod schedule;

mod answer;
mod base_url;
mod budget;
mod builder;
mod client;
mod connecting;
mod duration;
mod error;
mod expected;
mod get;
mod get_all;
mod instant;
mod judge;
mod key;
mod kind;
mod lenient;
mod many;
mod mend;
mod params;
mod queue;
mod rate;
mod results;
mod retry;
mod retry_after;
mod status;
mod task;
mod task_id;
mod throttle;
mod transport;
mod wait;
mod wait_all;
mod watch;

/// What a call about one task comes to.
pub type Result<T = Task> = std::result::Result<T, Error>;

pub use answer::Answer;
pub use builder::ClientBuilder;
pub use client::Client;
pub use duration::duration_text;
pub use error::{Error, ErrorKind};
pub use get::Get;
pub use get_all::GetAll;
pub use key::ApiKey;
pub use many::Answers;
pub use params::Params;
pub use retry::Retrying;
pub use status::Status;
pub use task::{Problem, Task, TaskErrorCode};
pub use transport::{Answering, Transport};
pub use wait::{Update, Wait};
pub use wait_all::WaitAll;

/// The README's Rust is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
