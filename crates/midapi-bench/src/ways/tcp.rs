//! Bytes on a socket: the least that a look-up can cost on this runtime.

use std::sync::Mutex;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Look, request_text};
use crate::plain;

/// Connections that nobody uses now.
pub(super) struct Tcp {
    address: String,
    request: String,
    idle: Mutex<Vec<(TcpStream, Vec<u8>)>>,
}

impl Tcp {
    pub(super) fn new(base_url: &str) -> Self {
        let address = base_url.trim_start_matches("http://").to_owned();
        Self { request: request_text(&address, ""), address, idle: Mutex::default() }
    }
}

impl Look for Tcp {
    async fn look(&self) {
        let idle = self.idle.lock().unwrap().pop();
        let (mut stream, mut answer) = if let Some(idle) = idle {
            idle
        } else {
            let stream = TcpStream::connect(&self.address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            (stream, Vec::with_capacity(8 * 1024))
        };
        stream.write_all(self.request.as_bytes()).await.unwrap();
        let body = loop {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "the connection was closed");
            if let Some(body) = whole_body(&answer) {
                break body;
            }
        };
        plain::read(&answer[body..]);
        answer.clear();
        self.idle.lock().unwrap().push((stream, answer));
    }
}

/// Where the body of an answer begins, once all of it is here.
fn whole_body(answer: &[u8]) -> Option<usize> {
    let start = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&answer[..start]).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    (answer.len() >= start + length.parse::<usize>().unwrap()).then_some(start)
}
