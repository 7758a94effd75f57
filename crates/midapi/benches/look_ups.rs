//! Look-ups a second: the SDK with its defaults against a hand-written reqwest client that decodes the same types.
//!
//! `cargo bench -p midapi --bench look_ups`. The server is a process of its own; rounds alternate, and the ratio of a pair of
//! rounds is what counts, since the machine's speed drifts. Prints the median of the ratios with the lowest and highest.
//! There are two peers: one that sets a time-out as the SDK does, and one that lets a request hang for ever. The difference
//! is tokio's: a timer for each request costs most when nothing else is under way.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench, not an API")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use midapi_client::types::RecordInfoResponse;
use midapi_mock::{MockServer, success};

const ID: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const ROUNDS: usize = 15;
const LOOKS_A_ROUND: u64 = 10_000;

fn main() {
    if std::env::args().any(|argument| argument == "--serve") {
        return serve();
    }
    let mut server = Command::new(std::env::current_exe().unwrap())
        .arg("--serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut base_url = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut base_url).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!("in flight  peer           SDK/s  peer/s  ratio: median (lowest to highest of {ROUNDS} pairs)");
    for (name, timeout) in [("with time-out", Some(Duration::from_secs(30))), ("without", None)] {
        for in_flight in [1, 64] {
            runtime.block_on(compare(base_url.trim(), in_flight, name, timeout));
        }
    }
    server.kill().unwrap();
    server.wait().unwrap();
}

/// Serves until standard input ends, which it does with the bench.
fn serve() {
    let server = MockServer::builder().task(ID, success()).log(false).gzip(false).start().unwrap();
    println!("{}", server.base_url());
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
}

async fn compare(base_url: &str, in_flight: usize, name: &str, timeout: Option<Duration>) {
    let sdk = midapi::Client::builder().api_key("made-up").base_url(base_url).build().unwrap();
    let http = reqwest::Client::builder().no_proxy();
    let http = timeout.into_iter().fold(http, reqwest::ClientBuilder::timeout);
    let hand = HandWritten { http: http.build().unwrap(), base_url: base_url.into() };
    let (mut sdk_rates, mut hand_rates, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        // The order alternates too, so that neither always runs in the other's wake.
        let (sdk_rate, hand_rate) = if round % 2 == 0 {
            let first = rate(in_flight, || by_sdk(&sdk)).await;
            (first, rate(in_flight, || hand.look()).await)
        } else {
            let first = rate(in_flight, || hand.look()).await;
            (rate(in_flight, || by_sdk(&sdk)).await, first)
        };
        // The first pair warms up.
        if round > 0 {
            sdk_rates.push(sdk_rate);
            hand_rates.push(hand_rate);
            ratios.push(sdk_rate / hand_rate);
        }
    }
    let [sdk, hand, ratio] = [&mut sdk_rates, &mut hand_rates, &mut ratios].map(|figures| {
        figures.sort_by(f64::total_cmp);
        figures[ROUNDS / 2]
    });
    println!(
        "{in_flight:>9}  {name:<13} {sdk:>6.0}  {hand:>6.0}  {ratio:.3} ({:.3} to {:.3})",
        ratios[0],
        ratios[ROUNDS - 1]
    );
}

/// Look-ups a second of one round.
async fn rate<F: Future<Output = ()>>(in_flight: usize, look: impl Fn() -> F) -> f64 {
    let left = Arc::new(AtomicU64::new(LOOKS_A_ROUND));
    let worker = || async {
        while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
            look().await;
        }
    };
    let start = Instant::now();
    futures_util::future::join_all((0..in_flight).map(|_| worker())).await;
    #[allow(clippy::cast_precision_loss, reason = "ten thousand fits")]
    let looks = LOOKS_A_ROUND as f64;
    looks / start.elapsed().as_secs_f64()
}

async fn by_sdk(client: &midapi::Client) {
    let task = client.get(ID).await.unwrap();
    assert_eq!(task.result_urls().len(), 4);
}

/// What a user would write without the SDK, knowing the types.
struct HandWritten {
    http: reqwest::Client,
    base_url: String,
}

impl HandWritten {
    async fn look(&self) {
        let url = format!("{}/api/v1/mj/record-info", self.base_url);
        let request = self.http.get(url).query(&[("taskId", ID)]).bearer_auth("made-up");
        let response = request.header("content-type", "application/json").send().await.unwrap();
        let body = response.error_for_status().unwrap().bytes().await.unwrap();
        let envelope: RecordInfoResponse = serde_json::from_slice(&body).unwrap();
        assert!(envelope.data.is_some_and(|task| task.result_info_json.is_some()));
    }
}
