//! Helpers that start the server of the suite of scripts.

use std::path::PathBuf;

use midapi_mock::MockServer;

/// The folder of the suite.
pub(crate) fn suite() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite"))
}

/// Starts a server with the scenarios of the suite.
pub(crate) fn server() -> MockServer {
    let builder = MockServer::builder().scenario_file(suite().join("scenarios.json")).expect("the scenarios are read");
    builder.start().expect("a local server starts")
}
