//! A response that is not classified yet.

use http::{Extensions, HeaderMap, StatusCode};

use crate::response::classify::Body;

/// A received response. The body may be unreadable while status and headers are known.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// The extensions of the HTTP client's response. The response for the generated code reuses their memory.
    pub(crate) extensions: Extensions,
}
