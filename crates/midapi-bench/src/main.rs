//! `midapi-bench serve` or `midapi-bench CLIENT BASE_URL IN_FLIGHT`: the programs that `peers.py` runs.

#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first failure")]

use midapi_bench::clients::{Generated, HandwrittenHyper, HandwrittenReqwest, Sdk, run_worker};
use midapi_bench::server;

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
        _ => panic!("usage: midapi-bench serve | hyper|reqwest|generated|sdk BASE_URL IN_FLIGHT"),
    }
}
