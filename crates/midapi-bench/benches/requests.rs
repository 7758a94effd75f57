//! Requests to a server on this machine. All clients send the same request and read the response.

use std::sync::{Arc, LazyLock};

use divan::Bencher;
use divan::counter::ItemsCount;
use midapi_bench::clients::{Generated, HandwrittenHyper, HandwrittenReqwest, Lookup, Sdk, send_requests};
use midapi_bench::server;

use crate::runtime;

/// The number of requests per sample. Divide the allocations of a row by it to get those of one request.
const REQUESTS: u64 = 1_000;

static BASE_URL: LazyLock<String> = LazyLock::new(server::start);

#[divan::bench(
    name = "1000 requests, by number in flight",
    types = [HandwrittenHyper, HandwrittenReqwest, Generated, Sdk],
    args = [1, 64],
    sample_size = 1,
)]
fn get<L: Lookup>(bencher: Bencher<'_, '_>, in_flight: usize) {
    let runtime = runtime();
    let client = runtime.block_on(async { Arc::new(L::new(&BASE_URL)) });
    let send = || runtime.block_on(send_requests(&client, in_flight, REQUESTS));
    // This opens the connections before the first sample.
    send();
    bencher.counter(ItemsCount::new(REQUESTS)).bench_local(send);
}
