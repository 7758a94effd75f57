//! A server that does next to nothing, so that the clients are what is measured: it answers every look-up with the bytes that the
//! local server once wrote, and the id that was asked for. Prints its base URL, and ends with standard input.

#![allow(clippy::unwrap_used, reason = "a bench: what goes wrong should stop it")]

use std::sync::Arc;

use midapi_bench::ID;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn main() {
    let body = Arc::new(String::from_utf8(midapi_bench::body_of_success()).unwrap());
    std::thread::spawn(|| {
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("http://{}", listener.local_addr().unwrap());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream, Arc::clone(&body)));
        }
    });
}

async fn serve(mut stream: TcpStream, body: Arc<String>) {
    stream.set_nodelay(true).unwrap();
    let mut head = Vec::with_capacity(4096);
    // A client that is stopped breaks its connections.
    while stream.read_buf(&mut head).await.is_ok_and(|read| read > 0) {
        if !head.ends_with(b"\r\n\r\n") {
            continue;
        }
        let line = head.split(|byte| *byte == b'\r').next().unwrap();
        let line = std::str::from_utf8(line).unwrap();
        let id = line.split_once("taskId=").and_then(|(_, rest)| rest.split([' ', '&']).next()).unwrap_or(ID);
        let body = body.replace(ID, id);
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
             date: Tue, 24 Nov 2026 12:00:00 GMT\r\nserver: nginx\r\n\r\n{body}"
        );
        head.clear();
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}
