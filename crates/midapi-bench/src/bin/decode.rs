//! One answer read by the SDK's types and by hand-written ones: a line of JSON for each pair, with the medians of their nanoseconds
//! and of the ratios, and the lowest and highest of those. The argument is how many pairs of rounds are made.

#![allow(clippy::unwrap_used, reason = "a bench: what goes wrong should stop it")]

use std::hint::black_box;
use std::time::Instant;

use bytes::Bytes;
use midapi::bench_support::{Id, read};
use midapi_bench::{ID, body_of_success, plain};
use midapi_client::types::RecordInfoResponse;
use serde_json::json;

const READINGS_A_ROUND: u32 = 10_000;

fn main() {
    let rounds = std::env::args().nth(1).map_or(31, |rounds| rounds.parse().unwrap());
    let body = Bytes::from(body_of_success());
    let params = plain::read(&body).data.unwrap().param_json.unwrap();
    let id = Id::new(ID).unwrap();
    let by_hand = || drop(black_box(plain::read(black_box(&body))));
    compare("record", rounds, by_hand, || {
        black_box(serde_json::from_slice::<RecordInfoResponse>(black_box(&body)).unwrap());
    });
    compare("task", rounds, by_hand, || {
        black_box(read(&id, black_box(&body)).unwrap());
    });
    let by_hand = || drop(black_box(serde_json::from_str::<plain::Params>(black_box(&params)).unwrap()));
    compare("params", rounds, by_hand, || {
        black_box(serde_json::from_str::<midapi::Params>(black_box(&params)).unwrap());
    });
}

fn compare(row: &str, rounds: usize, by_hand: impl Fn(), by_types: impl Fn()) {
    let (mut hand, mut types, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        let (first, second) = (nanoseconds(&by_hand), nanoseconds(&by_types));
        // The first pair warms up.
        if round > 0 {
            hand.push(first);
            types.push(second);
            ratios.push(second / first);
        }
    }
    for figures in [&mut hand, &mut types, &mut ratios] {
        figures.sort_by(f64::total_cmp);
    }
    let middle = rounds / 2;
    let (low, high) = (ratios[0], ratios[rounds - 1]);
    println!(
        "{}",
        json!({ "row": row, "by_hand": hand[middle], "ns": types[middle], "ratio": ratios[middle], "low": low, "high": high })
    );
}

/// Of one reading.
fn nanoseconds(read: &impl Fn()) -> f64 {
    let start = Instant::now();
    for _ in 0..READINGS_A_ROUND {
        read();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(READINGS_A_ROUND)
}
