//! A transport without network.

use std::fmt;

use bytes::Bytes;
use midapi::{RawResponse, Transport, TransportFuture};

/// A transport that returns the responses of a function.
pub struct SimulatedTransport(Box<dyn Fn() -> RawResponse + Send + Sync>);

impl SimulatedTransport {
    /// Calls `respond` for every request.
    pub fn new(respond: impl Fn() -> RawResponse + Send + Sync + 'static) -> Self {
        Self(Box::new(respond))
    }
}

impl fmt::Debug for SimulatedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SimulatedTransport")
    }
}

impl Transport for SimulatedTransport {
    fn execute(&self, _request: midapi::http::Request<Bytes>) -> TransportFuture {
        Box::pin(std::future::ready(Ok((self.0)())))
    }
}
