//! A server for result files, and two clients that save the files: a plain loop with reqwest, and the `Downloader`.
//! `download_peers.py` runs all three as subcommands of `midapi-bench`.

use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use midapi::{Client, Task};
use midapi_download::Downloader;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{BODY, ID};

/// The number of files of a task.
const PER_TASK: usize = 4;

/// Serves tasks and their files of `size` bytes until standard input ends. `/count` returns the number of requests to
/// all other paths.
///
/// Every new connection, and every response except that of `/count`, is delayed by `latency`.
pub fn serve(size: usize, latency: Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    println!("{base_url}");
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(|| {
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        std::process::exit(0);
    });
    let (file, count) = (Arc::new(jpeg_response(size)), Arc::new(AtomicUsize::new(0)));
    let task = Arc::new(BODY.replace("https://files.example", &base_url));
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (file, task, count) = (Arc::clone(&file), Arc::clone(&task), Arc::clone(&count));
            tokio::spawn(async move { serve_connection(stream, &file, &task, &count, latency).await });
        }
    });
}

async fn serve_connection(mut stream: TcpStream, file: &[u8], task: &str, count: &AtomicUsize, latency: Duration) {
    stream.set_nodelay(true).unwrap();
    tokio::time::sleep(latency).await;
    let mut head = Vec::with_capacity(4096);
    // An error means that the client closed its connections.
    while stream.read_buf(&mut head).await.is_ok_and(|read| read > 0) {
        if !head.ends_with(b"\r\n\r\n") {
            continue;
        }
        let line = String::from_utf8_lossy(head.split(|byte| *byte == b'\r').next().unwrap()).into_owned();
        head.clear();
        let json = |body: String| {
            let length = body.len();
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        };
        let written = if line.starts_with("GET /count ") {
            stream.write_all(json(count.load(Relaxed).to_string()).as_bytes()).await
        } else {
            count.fetch_add(1, Relaxed);
            tokio::time::sleep(latency).await;
            match line.split_once("taskId=").and_then(|(_, rest)| rest.split([' ', '&']).next()) {
                Some(id) => stream.write_all(json(task.replace(ID, id)).as_bytes()).await,
                None => stream.write_all(file).await,
            }
        };
        if written.is_err() {
            return;
        }
    }
}

/// Returns the response with a file of `size` bytes: the first and the last bytes are the markers of a JPEG, and the
/// bytes between them are pseudorandom.
fn jpeg_response(size: usize) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: image/jpeg\r\ncontent-length: {size}\r\n\r\n");
    let mut state = 1_u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    let content = b"\xff\xd8\xff\xe0".iter().copied().chain(noise).take(size - 2).chain(*b"\xff\xd9");
    head.into_bytes().into_iter().chain(content).collect()
}

/// The URLs of a number of files, grouped by task.
fn urls(base_url: &str, files: usize) -> impl Iterator<Item = (String, Vec<String>)> + use<> {
    let base_url = base_url.to_owned();
    (0..files.div_ceil(PER_TASK)).map(move |task| {
        let url = |n| format!("{base_url}/m/t{task}_0_{n}.jpeg");
        (format!("t{task}"), (0..PER_TASK.min(files - task * PER_TASK)).map(url).collect())
    })
}

/// Saves files with reqwest alone. Writes each file directly under its final name, without checks and without sync.
pub fn save_plainly(base_url: &str, files: usize, in_flight: usize, directory: &Path) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let urls = urls(base_url, files).flat_map(|(_, urls)| urls);
    let saved = stream::iter(urls).map(|url| {
        let http = http.clone();
        let path = directory.join(url.rsplit('/').next().unwrap());
        let save = async move {
            let response = http.get(url).send().await.unwrap().error_for_status().unwrap();
            let bytes = response.bytes().await.unwrap();
            tokio::task::spawn_blocking(move || std::fs::write(path, bytes).unwrap()).await.unwrap();
        };
        tokio::spawn(save)
    });
    let all = saved.buffer_unordered(in_flight).for_each(async |saved| saved.unwrap());
    tokio::runtime::Runtime::new().unwrap().block_on(all);
}

/// Saves the files of tasks with [`Downloader`].
pub fn save_verified(base_url: &str, files: usize, in_flight: usize, directory: &Path) {
    let client = Client::builder().api_key("example-key").base_url(base_url).build().unwrap();
    let downloader = Downloader::new(&client, directory).max_in_flight(in_flight);
    let tasks = urls(base_url, files).map(|(id, urls)| {
        let json = serde_json::json!({
            "id": id, "status": "success", "success_flag": 1, "result_urls": urls, "complete_time": "2026-03-01T12:00:00Z",
        });
        (id, Ok(serde_json::from_value::<Task>(json).unwrap()))
    });
    let all = async {
        let mut outcomes = downloader.download_all(stream::iter(tasks));
        while let Some((_, outcome)) = outcomes.next().await {
            outcome.into_result().unwrap();
        }
    };
    tokio::runtime::Runtime::new().unwrap().block_on(all);
}
