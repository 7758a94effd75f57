//! An HTTP client over a plain socket: shows exactly what the server sends.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use midapi_mock::MockServer;
use serde_json::Value;

/// The headers of an authorized request.
pub(crate) const AUTHORIZED: &[&str] = &["Authorization: Bearer a-key", "Content-Type: application/json"];

pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A short description: the flag, else the code, else the HTTP status.
    pub(crate) fn state(&self) -> String {
        let json = if self.status == 200 { self.json() } else { Value::Null };
        match (self.status, json["code"].as_i64(), json["data"]["successFlag"].as_i64()) {
            (200, Some(200), Some(flag)) => format!("flag {flag}"),
            (200, Some(code), _) => format!("code {code}"),
            (status, ..) => format!("HTTP {status}"),
        }
    }
}

pub(crate) struct Connection(pub(crate) TcpStream);

impl Connection {
    pub(crate) fn open(server: &MockServer) -> Self {
        let stream = TcpStream::connect(server.addr()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self(stream)
    }

    pub(crate) fn send(&mut self, method: &str, target: &str, headers: &[&str]) {
        let headers: String = headers.iter().flat_map(|header| [*header, "\r\n"]).collect();
        self.0.write_all(format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").as_bytes()).unwrap();
    }

    /// Reads the status and the headers.
    pub(crate) fn read_head(&mut self) -> io::Result<Response> {
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            self.0.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Ok(Response { status, headers: lines.filter_map(header).collect(), body: Vec::new() })
    }

    /// Reads a response. A truncated body is the error `UnexpectedEof`.
    pub(crate) fn read(&mut self) -> io::Result<Response> {
        let mut response = self.read_head()?;
        let length = response.header("content-length").expect("a content-length").parse().unwrap();
        response.body = vec![0; length];
        self.0.read_exact(&mut response.body)?;
        Ok(response)
    }

    pub(crate) fn request(&mut self, method: &str, target: &str, headers: &[&str]) -> io::Result<Response> {
        self.send(method, target, headers);
        self.read()
    }

    pub(crate) fn get(&mut self, target: &str) -> io::Result<Response> {
        self.request("GET", target, AUTHORIZED)
    }
}

/// The target of a lookup.
pub(crate) fn lookup_path(id: &str) -> String {
    format!("/api/v1/mj/record-info?taskId={id}")
}

/// Sends a lookup on a new connection.
pub(crate) fn lookup(server: &MockServer, id: &str) -> Response {
    try_lookup(server, id).unwrap()
}

pub(crate) fn try_lookup(server: &MockServer, id: &str) -> io::Result<Response> {
    Connection::open(server).get(&lookup_path(id))
}

/// Sends a lookup and returns its state or the kind of its error.
pub(crate) fn lookup_state(server: &MockServer, id: &str) -> String {
    try_lookup(server, id).map_or_else(|error| format!("{:?}", error.kind()), |response| response.state())
}

/// Sends a lookup with an `Accept-Encoding` header.
pub(crate) fn lookup_accepting(server: &MockServer, id: &str, encodings: &str) -> Response {
    let accept = format!("Accept-Encoding: {encodings}");
    Connection::open(server).request("GET", &lookup_path(id), &[AUTHORIZED, &[accept.as_str()]].concat()).unwrap()
}

pub(crate) fn decompress(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}
