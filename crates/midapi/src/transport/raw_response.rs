//! An answer as it came.

use std::fmt;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// An answer of the server as it came: HTTP status, headers and body.
///
/// For what the SDK does not read itself. `Debug` shows the status and the body's size only, since a body can hold
/// anything.
///
/// # Examples
/// ```
/// use midapi::RawResponse;
///
/// let answer = RawResponse::new(429, "slow down").with_header("retry-after".parse()?, "7".parse()?);
/// assert_eq!((answer.http_status(), answer.body()), (429, &b"slow down"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RawResponse {
    pub(crate) http_status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl RawResponse {
    /// An answer without headers, for a [`Transport`](crate::Transport) of your own.
    pub fn new(http_status: u16, body: impl Into<Bytes>) -> Self {
        Self { http_status, headers: HeaderMap::new(), body: body.into() }
    }

    /// The same answer with a header more.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The HTTP status.
    pub const fn http_status(&self) -> u16 {
        self.http_status
    }

    /// The headers.
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body's bytes, after decompression.
    ///
    /// Empty where the body was not kept: over the cap, or in an encoding that could not be undone.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl fmt::Debug for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawResponse")
            .field("http_status", &self.http_status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
