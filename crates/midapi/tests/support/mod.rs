//! Clients for tests: they ask the local server, and wait on a clock that jumps.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::time::Duration;

use midapi::clock::ManualClock;
use midapi::{Client, ClientBuilder};
use midapi_mock::{MockServer, Scenario};

pub(crate) const ID: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
pub(crate) const KEY: &str = "made-up-key-5f2c";

/// A server that knows one id.
pub(crate) fn server(scenario: impl Into<Scenario>) -> MockServer {
    MockServer::builder().task(ID, scenario).start().expect("a local server starts")
}

/// A builder for clients of the server: no jitter worth naming, a clock that jumps.
pub(crate) fn builder(server: &MockServer, clock: &ManualClock) -> ClientBuilder {
    Client::builder().api_key(KEY).base_url(server.base_url()).clock(clock.clone()).rng(|| 0.5)
}

pub(crate) fn client(server: &MockServer) -> Client {
    builder(server, &ManualClock::new()).build().expect("the settings are fine")
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
