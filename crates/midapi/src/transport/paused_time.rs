//! Paused tokio time: keeps it from advancing while a request is on the network.

use std::sync::mpsc;
use std::time::Instant;

/// Keeps paused time from advancing until it is dropped.
pub(crate) struct AutoAdvanceGuard(#[allow(dead_code, reason = "dropping it ends the blocking task")] mpsc::Sender<()>);

/// Returns a guard if tokio's time is paused, as in `#[tokio::test(start_paused = true)]`.
///
/// Paused time advances to the next timer whenever the runtime is idle, and a runtime that waits for a socket is idle: the
/// time limit of the request would expire at once. Tokio does not advance time while a blocking task runs.
pub(crate) fn hold() -> Option<AutoAdvanceGuard> {
    is_paused().then(|| {
        let (sender, receiver) = mpsc::channel();
        drop(tokio::task::spawn_blocking(move || receiver.recv()));
        AutoAdvanceGuard(sender)
    })
}

/// Whether tokio's clock stands still while the clock of the system advances.
fn is_paused() -> bool {
    let tokio_start = tokio::time::Instant::now();
    if tokio::time::Instant::now() != tokio_start {
        return false;
    }
    // Two readings may be equal because they were quick.
    let start = Instant::now();
    while Instant::now() == start {}
    tokio::time::Instant::now() == tokio_start
}
