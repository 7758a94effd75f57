//! A client of a few lines over a plain socket, so that no HTTP library's kindness hides what the server sends.
#![allow(dead_code, reason = "each test uses a part of it")]

use midapi_mock::MockServer;
use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

pub(crate) const GOOD: &[&str] = &["Authorization: Bearer a-key", "Content-Type: application/json"];

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The state in one word or number: what a sequence is made of.
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

    /// The status and the headers.
    pub(crate) fn head(&mut self) -> io::Result<Answer> {
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            self.0.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Ok(Answer { status, headers: lines.filter_map(header).collect(), body: Vec::new() })
    }

    /// A whole answer. One that is cut is `UnexpectedEof`.
    pub(crate) fn read(&mut self) -> io::Result<Answer> {
        let mut answer = self.head()?;
        let length = answer.header("content-length").expect("a length").parse().unwrap();
        answer.body = vec![0; length];
        self.0.read_exact(&mut answer.body)?;
        Ok(answer)
    }

    pub(crate) fn look(&mut self, target: &str) -> io::Result<Answer> {
        self.send("GET", target, GOOD);
        self.read()
    }
}

/// The target of a look-up.
pub(crate) fn of(id: &str) -> String {
    format!("/api/v1/mj/record-info?taskId={id}")
}

/// One look at an id, on a connection of its own.
pub(crate) fn look(server: &MockServer, id: &str) -> Answer {
    try_look(server, id).unwrap()
}

pub(crate) fn try_look(server: &MockServer, id: &str) -> io::Result<Answer> {
    Connection::open(server).look(&of(id))
}

/// One look by a client that accepts this.
pub(crate) fn look_accepting(server: &MockServer, id: &str, encodings: &str) -> Answer {
    let mut connection = Connection::open(server);
    let accept = format!("Accept-Encoding: {encodings}");
    connection.send("GET", &of(id), &[GOOD, &[accept.as_str()]].concat());
    connection.read().unwrap()
}

pub(crate) fn unzipped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}
