//! A response that is not classified yet.

use http::{Extensions, HeaderMap, StatusCode};

use crate::response::classify::Body;

/// A received response. The body may be unreadable while status and headers are known.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// The extensions of the response that the HTTP client returned. Their memory is used again for the response that
    /// the generated code gets.
    pub(crate) extensions: Extensions,
}
