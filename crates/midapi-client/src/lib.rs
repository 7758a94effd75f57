//! A generated client for MidAPI. Most programs should use the crate `midapi`, which is built on it.
//!
//! The types and operations are generated from the OpenAPI document in `spec/`. This crate decodes responses and does not
//! classify them: a body with `"code":401` in HTTP 200 is `Ok` here. Retries, polling and error handling are in `midapi`.
//!
//! [`Client`] sends requests with a `reqwest::Client`, which must add the API key, or with an [`Executor`]. [`types`],
//! [`operations`] and the named constants are for callers that build requests themselves.

mod executor;
// Formatted by prettyplease, not rustfmt. The generator decides the docs and the style.
#[rustfmt::skip]
#[allow(missing_docs, unreachable_pub, clippy::pedantic)]
mod generated;
#[rustfmt::skip]
mod named;
/// The operations of the API, as constants.
#[rustfmt::skip]
pub mod operations;

pub use executor::{Execute, ExecuteFuture, Executor};
pub use generated::*;
pub use named::*;

/// An operation of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The operation id in the spec.
    pub id: &'static str,
    /// The HTTP method, in upper case.
    pub method: &'static str,
    /// The path below the base URL; a template if it has parameters.
    pub path: &'static str,
    /// The names of the query parameters.
    pub query: &'static [&'static str],
}
