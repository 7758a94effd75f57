//! Clients that send the same request, a server for them, and a simulated transport.
//!
//! `cargo bench -p midapi-bench` measures the SDK by itself, `peers.py` compares it with other clients, and
//! `download_peers.py` compares downloads. See PERFORMANCE.md.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a benchmark stops at the first failure")]

pub mod clients;
pub mod files;
#[cfg(feature = "http2")]
pub mod http_versions;
pub mod server;
pub mod transport;
pub mod types;

/// The id of the requested task.
pub const ID: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// The body of the response for a finished task.
pub const BODY: &str = include_str!("../response.json");
