//! What ends a command from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Interrupted, as shells have it: 128 and the number of the signal.
pub(crate) const INTERRUPTED: u8 = 130;

/// Ends the process a second after a signal, for a command that cannot end by itself: one that is stuck writing to a reader who
/// does not read.
pub(crate) async fn insist() {
    let status = ended().await;
    tokio::time::sleep(Duration::from_millis(900)).await;
    std::process::exit(status.into());
}

/// Resolves when the command is interrupted or told to end; to the exit status for it.
pub(crate) async fn ended() -> u8 {
    Endings::begin().next().await
}

/// What ends a command: noticed from the moment that this is made.
#[cfg(unix)]
struct Endings {
    interrupted: Option<tokio::signal::unix::Signal>,
    terminated: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Endings {
    fn begin() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self { interrupted: signal(SignalKind::interrupt()).ok(), terminated: signal(SignalKind::terminate()).ok() }
    }

    /// The exit status for the next one.
    async fn next(&mut self) -> u8 {
        const TERMINATED: u8 = 143;
        async fn came(signal: &mut Option<tokio::signal::unix::Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            () = came(&mut self.interrupted) => INTERRUPTED,
            () = came(&mut self.terminated) => TERMINATED,
        }
    }
}

#[cfg(not(unix))]
struct Endings;

#[cfg(not(unix))]
impl Endings {
    fn begin() -> Self {
        Self
    }

    /// The exit status for the next one.
    async fn next(&mut self) -> u8 {
        drop(tokio::signal::ctrl_c().await);
        INTERRUPTED
    }
}

/// What a signal does to a script.
pub(crate) trait Script: Send + 'static {
    /// Makes it raise an error.
    fn interrupt(&self);

    /// Whether it has not raised since.
    fn is_unnoticed(&self) -> bool;
}

/// How far a script and its signals are.
pub(crate) struct Signals(Arc<State>);

#[derive(Default)]
struct State {
    running: AtomicBool,
    interrupted: AtomicBool,
}

impl Signals {
    /// Whether something runs that can be interrupted. Otherwise a signal ends the command.
    pub(crate) fn set_running(&self, running: bool) {
        self.0.running.store(running, Ordering::Relaxed);
    }

    /// Whether the script has been interrupted.
    pub(crate) fn was_interrupted(&self) -> bool {
        self.0.interrupted.load(Ordering::Relaxed)
    }
}

/// From now on Ctrl-C interrupts the script. One that comes before the script has noticed the last ends the command, and so does
/// being told to end.
pub(crate) fn for_script(script: impl Script) -> Signals {
    let state = Arc::new(State::default());
    let signals = Signals(Arc::clone(&state));
    // Before the script runs, which may be interrupted at once.
    let mut endings = Endings::begin();
    tokio::spawn(async move {
        loop {
            let status = endings.next().await;
            if status != INTERRUPTED || !state.running.load(Ordering::Relaxed) || script.is_unnoticed() {
                std::process::exit(status.into());
            }
            state.interrupted.store(true, Ordering::Relaxed);
            script.interrupt();
        }
    });
    signals
}
