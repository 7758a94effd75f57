//! A client that is answered whatever it is to be answered.

use std::time::Duration;

use midapi::{Client, Error, RawResponse, Task, Transport, TransportFuture};

/// The id that is asked for.
pub(crate) const ID: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// The key of the client.
pub(crate) const KEY: &str = "made-up-key-5f2c";

/// One answer for everybody.
#[derive(Debug)]
struct Always(RawResponse);

impl Transport for Always {
    fn look_up(&self, _id: &str, _limit: Duration) -> TransportFuture {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }
}

/// What a look-up comes to that is answered so.
pub(crate) fn asked(answer: &RawResponse) -> Result<Task, Error> {
    let client =
        Client::builder().api_key(KEY).transport(Always(answer.clone())).build().expect("the settings are fine");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime without IO starts");
    runtime.block_on(client.get(ID).max_retries(0).into_future())
}
