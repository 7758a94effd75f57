//! Test helpers of the workspace: clients, a simulated server, and a table of classified responses.

mod path;
mod rows;
mod simulated;

use std::time::Duration;

use midapi::clock::ManualClock;
use midapi::{Client, ClientBuilder};
use midapi_mock::{MockServer, Scenario};

pub use path::check_path;
pub use rows::{Next, Row, rows};
pub use simulated::{SimulatedRequest, SimulatedServer, flag_response};

/// A task id.
pub const ID: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
/// An API key.
pub const KEY: &str = "example-key-5f2c";

/// Starts a mock server that knows one task, [`ID`].
///
/// # Panics
/// If the server cannot start.
pub fn server(scenario: impl Into<Scenario>) -> MockServer {
    MockServer::builder().task(ID, scenario).start().expect("the mock server starts")
}

/// A builder for a client of a mock server, with a virtual clock and without jitter.
pub fn builder(server: &MockServer, clock: &ManualClock) -> ClientBuilder {
    Client::builder().api_key(KEY).base_url(server.base_url()).clock(clock.clone()).rng(|| 0.5)
}

/// A client of a mock server, with a virtual clock and without jitter.
///
/// # Panics
/// If the client cannot be built.
pub fn client(server: &MockServer) -> Client {
    builder(server, &ManualClock::new()).build().expect("the settings are valid")
}

/// A duration of a whole number of seconds.
pub const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Compiles the Rust examples of the README as doc tests. They are here because a published crate cannot include a file
/// from outside of its folder.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
