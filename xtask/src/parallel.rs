//! Two pieces of work at the same time.

use std::panic::resume_unwind;
use std::thread;

/// The stack in bytes of threads that process a document. The generator recurses into schemas; this is enough for the
/// 128 levels that serde allows.
pub(crate) const STACK: usize = 256 << 20;

/// Runs `other` on a second thread while `work` runs on this thread. Returns both results.
///
/// # Panics
/// If one of the two panics, or if no thread can be started.
pub(crate) fn join<T, U: Send>(work: impl FnOnce() -> T, other: impl FnOnce() -> U + Send) -> (T, U) {
    thread::scope(|scope| {
        let second = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, other);
        let second = second.unwrap_or_else(|error| panic!("cannot start a thread: {error}"));
        (work(), second.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}
