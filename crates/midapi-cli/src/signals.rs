//! Signals that end the command.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The exit status after an interrupt: 128 and the number of the signal, as in shells.
pub(crate) const INTERRUPTED: u8 = 130;

/// Resolves to the exit status when the command is interrupted, terminated, or loses its terminal.
pub(crate) async fn shutdown_signal() -> u8 {
    ShutdownSignals::new().recv().await
}

/// Ends the process about a second after a signal, in case the command is blocked because its output is not read. Runs
/// `save` before the exit.
pub(crate) async fn force_exit(save: impl AsyncFnOnce()) {
    let status = shutdown_signal().await;
    tokio::time::sleep(Duration::from_millis(900)).await;
    save().await;
    std::process::exit(status.into());
}

/// A receiver of the signals that end the command. It receives all signals that arrive after its creation.
#[cfg(unix)]
struct ShutdownSignals {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl ShutdownSignals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
            hangup: if is_hangup_ignored() { None } else { signal(SignalKind::hangup()).ok() },
        }
    }

    /// Waits for the next signal, and returns its exit status.
    async fn recv(&mut self) -> u8 {
        const HUNG_UP: u8 = 129;
        const TERMINATED: u8 = 143;
        async fn recv(signal: &mut Option<tokio::signal::unix::Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            () = recv(&mut self.interrupt) => INTERRUPTED,
            () = recv(&mut self.terminate) => TERMINATED,
            () = recv(&mut self.hangup) => HUNG_UP,
        }
    }
}

/// Whether the command was started with SIGHUP ignored, for example by `nohup`. The value is determined at the first
/// call, because it can no longer be read after a handler for SIGHUP has been installed.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    use std::io::IsTerminal;

    static IS_IGNORED: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        let status = std::fs::read_to_string("/proc/self/status").ok();
        let mask = status.as_deref().and_then(|status| {
            let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
            u64::from_str_radix(mask.trim(), 16).ok()
        });
        match mask {
            // The first bit is that of signal 1, SIGHUP.
            Some(mask) => mask & 1 == 1,
            // Without /proc: nohup redirects all three streams away from the terminal.
            None => !std::io::stderr().is_terminal() && !std::io::stdin().is_terminal(),
        }
    });
    *IS_IGNORED
}

#[cfg(not(unix))]
struct ShutdownSignals;

#[cfg(not(unix))]
impl ShutdownSignals {
    fn new() -> Self {
        Self
    }

    /// Waits for the next signal, and returns its exit status.
    async fn recv(&mut self) -> u8 {
        drop(tokio::signal::ctrl_c().await);
        INTERRUPTED
    }
}

/// A script that can be interrupted by a signal.
pub(crate) trait Interruptible: Send + 'static {
    /// Makes the script raise an error.
    fn interrupt(&self);

    /// Whether the script was interrupted and has not raised the error yet.
    fn is_pending(&self) -> bool;
}

/// The signal handling of a command that runs a script.
pub(crate) struct ScriptSignals(Arc<ScriptState>);

#[derive(Default)]
struct ScriptState {
    is_running: AtomicBool,
    was_interrupted: AtomicBool,
}

impl ScriptSignals {
    /// Starts to handle signals. An interrupt makes a running script raise an error. An interrupt ends the command if
    /// no script is running, or if the script has not yet raised the error of an earlier interrupt. Any other signal
    /// ends the command.
    pub(crate) fn new(script: impl Interruptible) -> Self {
        let state = Arc::new(ScriptState::default());
        let signals = Self(Arc::clone(&state));
        // Created before the task is spawned, because a signal may arrive as soon as the script runs.
        let mut received = ShutdownSignals::new();
        tokio::spawn(async move {
            loop {
                let status = received.recv().await;
                if status != INTERRUPTED || !state.is_running.load(Ordering::Relaxed) || script.is_pending() {
                    std::process::exit(status.into());
                }
                state.was_interrupted.store(true, Ordering::Relaxed);
                script.interrupt();
            }
        });
        signals
    }

    /// Sets whether a script is running. If none is running, a signal ends the command.
    pub(crate) fn set_running(&self, is_running: bool) {
        self.0.is_running.store(is_running, Ordering::Relaxed);
    }

    pub(crate) fn was_interrupted(&self) -> bool {
        self.0.was_interrupted.load(Ordering::Relaxed)
    }
}
