//! An unofficial client that checks and waits for Midjourney tasks on MidAPI.
//!
//! Tasks are submitted with the vendor's API or another program. This crate takes their ids: [`Client::get`] looks up a
//! task once, and [`Client::wait`] polls until the task has succeeded or failed. Responses are classified: an error
//! that the API reports in HTTP 200 is an [`Error`], and the lookup of a failed task succeeds.
//!
//! ```no_run
//! # async fn example() -> Result<(), midapi::Error> {
//! let client = midapi::Client::from_env()?; // MIDAPI_API_KEY
//! let task = client.wait("0f1e2d3c4b5a69788796a5b4c3d2e1f0").await?;
//! println!("{:?}: {}", task.params()?.prompt, task.result_urls().join(" "));
//! # Ok(())
//! # }
//! ```
//!
//! # Other operations
//! [`Client::call`] calls any operation of the API's OpenAPI document (the spec), with the same settings and error
//! handling. The types of parameters and responses are in [`wire`], which is generated from the spec and changes with
//! it.
//!
//! # Features
//! - `rustls` (default) or `native-tls`: TLS, with the certificates of the system. rustls is used if both are enabled.
//! - `rustls-no-provider`: like `rustls`, with the crypto provider that the program installs as the default of the
//!   process, such as ring. Without one, building a client fails with [`ErrorKind::Config`].
//! - `http2`: HTTP/2 with servers that offer it during the TLS handshake.
//! - `blocking`: `midapi::blocking`, for programs without an async runtime.
//! - `schemars`: JSON Schemas of the public types.
//!
#![doc = include_str!("guide.md")]

#[cfg(feature = "blocking")]
pub mod blocking;
pub mod clock;
pub mod defaults;
pub mod poll;

mod batch;
mod client;
mod duration;
mod error;
mod request;
mod response;
mod retry;
mod task;
mod telemetry;
mod transport;

pub use bytes;
pub use futures_util::stream::Stream;
pub use http;
pub use jiff;
/// The generated client: types, constants and operations of the OpenAPI document, for use with [`Client::call`].
pub use midapi_client as wire;
pub use reqwest;
pub use serde_json;

/// The result of a call.
pub type Result<T = Task> = std::result::Result<T, Error>;

pub use batch::stream::ResultStream;
pub use client::Client;
pub use client::api_key::ApiKey;
pub use client::builder::ClientBuilder;
pub use client::request_limit::RequestLimit;
pub use error::Error;
pub use error::kind::{ErrorKind, UnknownName};
pub use error::reason::Reason;
pub use request::call::{Call, Response};
pub use request::get::Get;
pub use request::get_all::GetAll;
pub use request::update::Update;
pub use request::wait::{UpdateStream, Wait};
pub use request::wait_all::WaitAll;
pub use retry::backoff::Backoff;
pub use retry::event::RetryEvent;
pub use task::id::TaskId;
pub use task::params::Params;
pub use task::status::Status;
pub use task::warning::DecodeWarning;
pub use task::{Task, TaskErrorCode};
pub use transport::raw_response::RawResponse;
pub use transport::{AttemptTimeout, BoxError, Transport, TransportFuture};
