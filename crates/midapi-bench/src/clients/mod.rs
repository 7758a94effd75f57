//! The clients that are measured: hyper, reqwest, the generated client and the SDK. All send the same request.

mod generated;
mod handwritten;
mod sdk;

use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub use generated::Generated;
pub use handwritten::{HandwrittenHyper, HandwrittenReqwest};
pub use sdk::Sdk;

/// A client that is measured: it requests one task at a time.
pub trait Lookup: Send + Sync + 'static {
    /// Creates a client for a base URL without a path. Called inside a tokio runtime.
    fn new(base_url: &str) -> Self;

    /// Requests the task once and checks its results.
    fn get(&self) -> impl Future<Output = ()> + Send;
}

/// Reads request counts from standard input, one per line. For each count, sends that many requests and prints `done`.
pub fn run_worker<L: Lookup>(base_url: &str, in_flight: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = runtime.block_on(async { Arc::new(L::new(base_url)) });
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        runtime.block_on(send_requests(&client, in_flight, line.unwrap().trim().parse().unwrap()));
        println!("done");
    }
}

/// Sends `count` requests, at most `in_flight` of them concurrently.
pub async fn send_requests<L: Lookup>(client: &Arc<L>, in_flight: usize, count: u64) {
    let remaining = Arc::new(AtomicU64::new(count));
    let workers: Vec<_> = (0..in_flight)
        .map(|_| {
            let (client, remaining) = (Arc::clone(client), Arc::clone(&remaining));
            tokio::spawn(async move {
                while remaining.fetch_update(Relaxed, Relaxed, |count| count.checked_sub(1)).is_ok() {
                    client.get().await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
}
