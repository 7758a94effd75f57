//! Raw responses.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

/// A response as received: HTTP status, headers and body.
///
/// `Debug` shows only the status and the size of the body, because a body may contain private data.
///
/// # Examples
/// ```
/// use midapi::RawResponse;
///
/// let response = RawResponse::new(429, "slow down").with_header("retry-after".parse()?, "7".parse()?);
/// assert_eq!((response.http_status(), response.body()), (429, &b"slow down"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RawResponse {
    pub(crate) http_status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl RawResponse {
    /// Creates a response without headers, for a custom [`Transport`](crate::Transport).
    pub fn new(http_status: u16, body: impl Into<Bytes>) -> Self {
        Self { http_status, headers: HeaderMap::new(), body: body.into() }
    }

    /// Sets a header.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Replaces the headers, for a custom [`Transport`](crate::Transport) that has received a response.
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers;
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

    /// The decompressed body. Empty if it exceeded the size limit or could not be decompressed.
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
