//! Benchmarks of the SDK: `cargo bench -p midapi-bench`, or with a part of a name after `--`.
//!
//! Allocations are counted on the thread of the benchmark only; the server has a thread of its own.

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
