//! What the wire of MidAPI says: types and calls generated from the OpenAPI document in `spec/`.
//!
//! This crate reads and writes; it judges nothing. An answer `{"code":401}` in HTTP 200 is `Ok` here. The crate `midapi`
//! knows what answers mean, and retries, waits and protects the key; use that one unless you are building another such
//! layer.
//!
//! [`Client`] calls the operations with a `reqwest::Client` of your own, which has to bring the key, or through a [`Courier`]; [`types`],
//! [`operations`] and the named numbers serve callers that build requests themselves.

mod courier;
// Formatted by prettyplease, which needs no nightly toolchain. The generator's docs and style are not ours to mend.
#[rustfmt::skip]
#[allow(missing_docs, unreachable_pub, clippy::pedantic)]
mod generated;
#[rustfmt::skip]
mod named;
/// The operations as constants, for callers that build requests themselves.
#[rustfmt::skip]
pub mod operations;

pub use courier::{Carry, Carrying, Courier};
pub use generated::*;
pub use named::*;

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
