//! The programs that `peers.py` and `download_peers.py` run: servers, and clients.

#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first failure")]

use std::time::Duration;

use midapi_bench::clients::{Generated, HandwrittenHyper, HandwrittenReqwest, Sdk, run_worker};
use midapi_bench::{files, server};

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => {
            println!("{}", server::start());
            std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
        }
        ["hyper", base_url, in_flight] => run_worker::<HandwrittenHyper>(base_url, in_flight.parse().unwrap()),
        ["reqwest", base_url, in_flight] => run_worker::<HandwrittenReqwest>(base_url, in_flight.parse().unwrap()),
        ["generated", base_url, in_flight] => run_worker::<Generated>(base_url, in_flight.parse().unwrap()),
        ["sdk", base_url, in_flight] => run_worker::<Sdk>(base_url, in_flight.parse().unwrap()),
        // Measures the cost of spans: all spans are recorded, and their log lines are formatted and discarded.
        ["sdk-with-spans", base_url, in_flight] => {
            tracing_subscriber::fmt()
                .with_env_filter("midapi=info")
                .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
                .with_writer(std::io::sink)
                .init();
            run_worker::<Sdk>(base_url, in_flight.parse().unwrap());
        }
        ["serve-files", size, latency_ms] => {
            files::serve(size.parse().unwrap(), Duration::from_millis(latency_ms.parse().unwrap()));
        }
        [client @ ("save-plainly" | "save-verified"), base_url, count, in_flight, directory] => {
            let save = if *client == "save-plainly" { files::save_plainly } else { files::save_verified };
            save(base_url, count.parse().unwrap(), in_flight.parse().unwrap(), directory.as_ref());
        }
        #[cfg(feature = "http2")]
        ["http-versions", latency_ms, requests, in_flight] => midapi_bench::http_versions::compare(
            Duration::from_millis(latency_ms.parse().unwrap()),
            requests.parse().unwrap(),
            in_flight.parse().unwrap(),
        ),
        _ => panic!(
            "usage: midapi-bench serve\n\
             midapi-bench (hyper|reqwest|generated|sdk|sdk-with-spans) BASE_URL IN_FLIGHT\n\
             midapi-bench serve-files BYTES LATENCY_MS\n\
             midapi-bench (save-plainly|save-verified) BASE_URL FILES IN_FLIGHT DIRECTORY\n\
             midapi-bench http-versions LATENCY_MS REQUESTS IN_FLIGHT (requires the feature http2)"
        ),
    }
}
