//! Paused tokio time, which must not advance while a request is on the network.

use std::sync::mpsc;
use std::time::Instant;

/// A guard that keeps paused time from advancing. Dropping the guard ends its effect.
pub(crate) struct AutoAdvanceGuard(#[allow(dead_code, reason = "dropping it ends the blocking task")] mpsc::Sender<()>);

/// Returns a guard if tokio's time is paused, as in `#[tokio::test(start_paused = true)]`.
///
/// Paused time advances to the next timer whenever the runtime is idle. A runtime that waits for a socket is idle, so
/// the time limit of the request would expire immediately. The guard keeps a blocking task running, because tokio does
/// not advance paused time while a blocking task runs.
pub(crate) fn hold() -> Option<AutoAdvanceGuard> {
    is_paused().then(|| {
        let (sender, receiver) = mpsc::channel();
        drop(tokio::task::spawn_blocking(move || receiver.recv()));
        AutoAdvanceGuard(sender)
    })
}

/// Whether tokio's clock is paused: it does not advance while the system clock does.
fn is_paused() -> bool {
    let tokio_start = tokio::time::Instant::now();
    if tokio::time::Instant::now() != tokio_start {
        return false;
    }
    // Two readings in quick succession may be equal without a pause.
    let start = Instant::now();
    while Instant::now() == start {}
    tokio::time::Instant::now() == tokio_start
}
