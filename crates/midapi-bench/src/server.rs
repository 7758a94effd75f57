//! A server that does little work, so that a benchmark measures the client rather than the server.

use std::net::TcpListener;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{BODY, ID};

/// Starts the server in a thread of this process and returns its base URL.
///
/// Every request gets [`BODY`] with the requested id.
pub fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    listener.set_nonblocking(true).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve_connection(stream));
            }
        });
    });
    base_url
}

async fn serve_connection(mut stream: TcpStream) {
    stream.set_nodelay(true).unwrap();
    let mut head = Vec::with_capacity(4096);
    // An error means that the client closed its connections.
    while stream.read_buf(&mut head).await.is_ok_and(|read| read > 0) {
        if !head.ends_with(b"\r\n\r\n") {
            continue;
        }
        let line = head.split(|byte| *byte == b'\r').next().unwrap();
        let line = std::str::from_utf8(line).unwrap();
        let id = line.split_once("taskId=").and_then(|(_, rest)| rest.split([' ', '&']).next()).unwrap_or(ID);
        let body = BODY.replace(ID, id);
        let length = body.len();
        let response = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
             date: Tue, 24 Nov 2026 12:00:00 GMT\r\nserver: nginx\r\n\r\n{body}"
        );
        head.clear();
        if stream.write_all(response.as_bytes()).await.is_err() {
            return;
        }
    }
}
