//! A client of a simulated server.

use std::fmt;

use bytes::Bytes;
use midapi::{Client, ClientBuilder, Error, RawResponse, Task, Transport, TransportFuture};

/// The requested id.
pub(crate) const ID: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// The API key of the client. No error may contain it.
pub(crate) const KEY: &str = "example-key-5f2c";

/// A transport that returns the responses of a function of the id.
struct SimulatedTransport<F>(F);

impl<F> fmt::Debug for SimulatedTransport<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SimulatedTransport")
    }
}

impl<F: Fn(&str) -> RawResponse + Send + Sync + 'static> Transport for SimulatedTransport<F> {
    fn execute(&self, request: midapi::http::Request<Bytes>) -> TransportFuture {
        let id = request.uri().query().unwrap_or_default().trim_start_matches("taskId=");
        Box::pin(std::future::ready(Ok((self.0)(id))))
    }
}

/// A builder of a client whose transport calls `respond` with the requested id for each request.
pub(crate) fn client_builder(respond: impl Fn(&str) -> RawResponse + Send + Sync + 'static) -> ClientBuilder {
    Client::builder().api_key(KEY).transport(SimulatedTransport(respond))
}

/// Returns the result of a `get` that receives this response.
pub(crate) fn get_with_response(response: &RawResponse) -> Result<Task, Error> {
    let response = response.clone();
    let client = client_builder(move |_| response.clone()).build().expect("the settings are valid");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("the runtime starts");
    runtime.block_on(client.get(ID).max_retries(0).into_future())
}
