//! What ends a command from outside.

use std::time::Duration;

/// Ends the process a second after a signal, for a command that cannot end by itself: one that is stuck writing to a reader who
/// does not read.
pub(crate) async fn insist() {
    let status = ended().await;
    tokio::time::sleep(Duration::from_millis(900)).await;
    std::process::exit(status.into());
}

/// Resolves when the command is interrupted or told to end; to the exit status for it.
pub(crate) async fn ended() -> u8 {
    /// 128 and the number of the signal, as shells have it.
    const INTERRUPTED: u8 = 130;
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        const TERMINATED: u8 = 143;
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            return tokio::select! {
                _ = terminated.recv() => TERMINATED,
                _ = tokio::signal::ctrl_c() => INTERRUPTED,
            };
        }
    }
    drop(tokio::signal::ctrl_c().await);
    INTERRUPTED
}
