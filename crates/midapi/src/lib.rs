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

#[doc(hidden)]
pub mod bench_support;
#[cfg(feature = "blocking")]
pub mod blocking;
pub mod clock;
pub mod poll;

mod batch;
mod client;
mod duration;
mod error;
mod request;
mod response;
mod retry;
mod task;
mod transport;

/// The wire: types, numbers and calls as they are generated from the spec. For [`Client::call`].
pub use midapi_client as wire;

/// What a call about one task comes to.
pub type Result<T = Task> = std::result::Result<T, Error>;

pub use batch::runner::ResultStream;
pub use client::Client;
pub use client::api_key::ApiKey;
pub use client::builder::ClientBuilder;
pub use client::request_limit::RequestLimit;
pub use duration::format_duration;
pub use error::{Error, ErrorKind};
pub use request::call::{Call, Response};
pub use request::get::Get;
pub use request::get_all::GetAll;
pub use request::wait::{Update, Wait};
pub use request::wait_all::WaitAll;
pub use retry::RetryEvent;
pub use retry::backoff::Backoff;
pub use task::params::Params;
pub use task::status::Status;
pub use task::{DecodeWarning, Task, TaskErrorCode};
pub use transport::raw_response::RawResponse;
pub use transport::{Transport, TransportFuture};

/// The README's Rust is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
