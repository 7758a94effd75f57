//! An answer as it came.

use std::fmt;

use bytes::Bytes;
use reqwest::header::HeaderMap;

/// An answer of the server as it came: HTTP status, headers and body.
///
/// For what the SDK does not read itself. `Debug` shows the status and the body's size only, since a body can hold
/// anything.
#[derive(Clone)]
pub struct Answer {
    pub(crate) http_status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
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

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("http_status", &self.http_status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
