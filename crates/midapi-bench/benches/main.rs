//! Benchmarks of the SDK. Run `cargo bench -p midapi-bench`, with `-- NAME` for the benchmarks whose names contain
//! NAME.
//!
//! Allocations are counted only on the thread of the benchmark; the server has a thread of its own.

#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first failure")]

mod lua;
mod requests;
mod response;
mod wait_all;

use divan::AllocProfiler;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// A runtime on the thread of the benchmark.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
