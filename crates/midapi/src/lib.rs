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
//! # Other operations
//! [`Client::call`] makes any call that the spec describes, with the same key, limits and judgement. The types of its parameters and
//! answers are in [`wire`], which follows the spec and changes with it.
//!
//! # Features
//! `rustls` (default) or `native-tls` for TLS, with the system's certificates either way (rustls where both are on); `blocking` for
//! `midapi::blocking`; `schemars` for JSON Schemas of the public types.
//!
#![doc = include_str!("guide.md")]

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
mod call;
mod cap;
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

/// The wire: types, numbers and calls as they are generated from the spec. For [`Client::call`].
pub use midapi_client as wire;

/// What a call about one task comes to.
pub type Result<T = Task> = std::result::Result<T, Error>;

pub use answer::Answer;
pub use builder::ClientBuilder;
pub use call::{Call, Reply};
pub use cap::RequestCap;
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
