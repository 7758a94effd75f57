//! What ends a command from outside.

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
