//! What the wire of MidAPI says: types and calls generated from the OpenAPI document in `spec/`.
//!
//! This crate reads and writes; it judges nothing. An answer `{"code":401}` in HTTP 200 is `Ok` here. The crate `midapi`
//! knows what answers mean, and retries, waits and protects the key; use that one unless you are building another such
//! layer.
//!
//! A [`Client`] sends by the [`Transport`] that it is given; [`Plain`] sends with the client's own `reqwest::Client` and
//! adds nothing.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

// Formatted by prettyplease, which needs no nightly toolchain. The generator's docs and style are not ours to mend.
#[rustfmt::skip]
#[allow(missing_docs, unreachable_pub, clippy::pedantic)]
mod generated;
#[rustfmt::skip]
mod named;
/// The operations as constants, for callers that build requests themselves.
#[rustfmt::skip]
pub mod operations;

pub use generated::*;
pub use named::*;

use progenitor_client::{ClientHooks, OperationInfo};

/// An operation of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// Its name in the spec.
    pub id: &'static str,
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The path below the base URL, as a template if it has parameters.
    pub path: &'static str,
    /// The names of the query's parameters.
    pub query: &'static [&'static str],
}

/// What a [`Client`] carries besides its base URL and its `reqwest::Client`.
pub type Inner = Arc<dyn Transport>;

/// The answer to come of a [`Transport`].
pub type Answer<'a> = Pin<Box<dyn Future<Output = reqwest::Result<reqwest::Response>> + Send + 'a>>;

/// Sends the requests of a [`Client`].
pub trait Transport: Debug + Send + Sync {
    /// Sends one request, built by the operation named.
    fn send<'a>(&'a self, http: &'a reqwest::Client, operation: &'static str, request: reqwest::Request) -> Answer<'a>;
}

/// Sends requests as they are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plain;

impl Transport for Plain {
    fn send<'a>(&'a self, http: &'a reqwest::Client, _: &'static str, request: reqwest::Request) -> Answer<'a> {
        Box::pin(http.execute(request))
    }
}

impl ClientHooks<Inner> for Client {
    async fn exec(&self, request: reqwest::Request, info: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        self.inner.send(&self.client, info.operation_id, request).await
    }
}
