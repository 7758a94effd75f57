//! What `cargo xtask bench` measures with: the same look-up made in several ways ([`ways`]), and the same answer read in two
//! ([`plain`] is the one without the SDK).
//!
//! The programs in `src/bin` speak by lines, so that whoever runs them needs nothing of this crate.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a bench: what goes wrong should stop it")]

pub mod plain;
pub mod ways;

/// The task that is looked up.
pub const ID: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// The body of a finished task's answer, as the local server writes it.
pub fn body_of_success() -> Vec<u8> {
    use std::io::{Read, Write};

    let server = midapi_mock::MockServer::builder().task(ID, midapi_mock::success()).gzip(false).start().unwrap();
    let mut stream = std::net::TcpStream::connect(server.base_url().trim_start_matches("http://")).unwrap();
    let request = ways::request_text(&stream.peer_addr().unwrap().to_string(), "connection: close\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let start = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    answer.split_off(start)
}
