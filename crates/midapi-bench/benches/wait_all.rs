//! The scheduler: `wait_all` over a simulated transport, with a clock that skips all sleeps.
//!
//! The memory per id is `max alloc` of a row, divided by its number of ids. An item is one poll, including
//! classification and decoding.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use futures_util::StreamExt;
use midapi::clock::ManualClock;
use midapi::{Client, RawResponse};
use midapi_bench::transport::SimulatedTransport;

use crate::runtime;

const INTERVAL: Duration = Duration::from_mins(2);
/// All tasks finish at this time, so that every id is polled at about 0, 2, 4 and 6 minutes.
const FINISHED_AFTER: Duration = Duration::from_mins(5);
const POLLS_PER_ID: u64 = 4;

const GENERATING: &str = r#"{"code":200,"msg":"success","data":{"taskType":"mj_txt2img","successFlag":0}}"#;
const SUCCESS: &str = r#"{"code":200,"msg":"success","data":{"taskType":"mj_txt2img","successFlag":1}}"#;

#[divan::bench(name = "wait_all, by number of ids", args = [1_000, 1_000_000], sample_count = 1, sample_size = 1)]
fn wait_all(bencher: Bencher<'_, '_>, ids: u64) {
    let polls = Arc::new(AtomicU64::new(0));
    let runtime = runtime();
    bencher.counter(ItemsCount::new(ids * POLLS_PER_ID)).bench_local(|| {
        let client = client(&polls);
        let finished = runtime.block_on(async {
            let texts = (0..ids).map(|number| format!("{number:032x}"));
            let mut results = client.wait_all(texts).interval(INTERVAL).stream();
            let mut finished = 0;
            while let Some((_, result)) = results.next().await {
                result.unwrap();
                finished += 1;
            }
            finished
        });
        assert_eq!(finished, ids, "every id gets one result");
    });
    assert_eq!(polls.load(Relaxed) % (ids * POLLS_PER_ID), 0, "every id is polled {POLLS_PER_ID} times");
}

fn client(polls: &Arc<AtomicU64>) -> Client {
    let clock = ManualClock::new();
    let (server_clock, polls) = (clock.clone(), Arc::clone(polls));
    let transport = SimulatedTransport::new(move || {
        polls.fetch_add(1, Relaxed);
        RawResponse::new(200, if server_clock.elapsed() < FINISHED_AFTER { GENERATING } else { SUCCESS })
    });
    // The clock records every sleep. With only a thousand values of the jitter, that record is small compared with the
    // ids.
    let draws = AtomicU64::new(0);
    let rng = move || f64::from(u32::try_from(draws.fetch_add(7919, Relaxed) % 1000).unwrap()) / 1000.0;
    Client::builder().api_key("example-key").clock(clock).rng(rng).transport(transport).build().unwrap()
}
