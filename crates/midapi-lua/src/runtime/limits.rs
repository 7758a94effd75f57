//! What ends the run of a Lua script early: an interrupt by the host, or the time limit of the run.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use midapi::jiff::SignedDuration;
use mlua::Lua;

use crate::runtime::clock::coarse_nanoseconds;
use crate::runtime::error::ScriptError;

/// The message of an interrupt, the same as in stock interpreters.
pub(crate) const INTERRUPTED: &str = "interrupted!";

/// A handle that ends the running script from any thread or signal handler.
///
/// The error `interrupted!` is raised in the script at the next check. A running script is checked every 1,000
/// instructions, of which a call of a library function is one. A script that is blocked in a call of the client is
/// checked every 50 ms. Created by [`interruptible`](crate::interruptible).
///
/// # Examples
/// ```
/// # #[cfg(feature = "luajit")]
/// # fn main() {}
/// # #[cfg(not(feature = "luajit"))]
/// # fn main() -> mlua::Result<()> {
/// let lua = mlua::Lua::new();
/// let interrupt = midapi_lua::interruptible(&lua)?;
/// std::thread::spawn(move || interrupt.raise());
/// let error = lua.load("while true do end").exec().unwrap_err();
/// assert!(error.to_string().contains("interrupted!"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Raises the error `interrupted!` in the running script, or in the next script if no script is running.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`raise`](Self::raise) was called and the script has not been interrupted yet. A script is not
    /// interrupted while it runs a library function.
    pub fn is_pending(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn take(&self) -> bool {
        self.is_pending() && self.0.swap(false, Ordering::Relaxed)
    }
}

/// The limits of the scripts of one Lua state.
#[derive(Default)]
pub(crate) struct Limits {
    interrupt: Interrupt,
    run: Mutex<Run>,
    /// The end of the run, in nanoseconds of the coarse clock. Zero before the first run and after an interrupt.
    coarse_end: AtomicU64,
}

/// A run of a script. A script outside of a sandbox has no time limit.
#[derive(Default)]
struct Run {
    time: Option<TimeLimit>,
    /// Whether a run with a time limit was interrupted. Such a run raises the interrupt again if the script catches it.
    /// Always false without a time limit: the script may then catch the interrupt and continue.
    interrupted: bool,
}

/// The end of a run, and the time limit from which it was computed.
#[derive(Clone, Copy)]
struct TimeLimit {
    end: Instant,
    limit: Duration,
}

/// The reason why a script must end.
pub(crate) enum StopReason {
    Interrupted,
    OutOfTime(Duration),
}

impl Limits {
    pub(crate) fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// Begins a run with a time limit.
    #[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
    pub(crate) fn begin_run(&self, limit: Duration) {
        *self.run() = Run { time: Some(TimeLimit { end: Instant::now() + limit, limit }), interrupted: false };
        let limit = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        self.coarse_end.store(coarse_nanoseconds().saturating_add(limit), Ordering::Relaxed);
    }

    /// Whether [`Self::stop_reason`] may return a reason. This check is cheap enough to be made at each function
    /// call of a script.
    pub(crate) fn may_have_ended(&self) -> bool {
        self.interrupt.is_pending() || coarse_nanoseconds() >= self.coarse_end.load(Ordering::Relaxed)
    }

    /// Returns the reason why the script must end, if there is one. If the run has no time limit, an interrupt is
    /// returned only once.
    pub(crate) fn stop_reason(&self) -> Option<StopReason> {
        let mut run = self.run();
        if self.interrupt.take() {
            run.interrupted = run.time.is_some();
            self.coarse_end.store(0, Ordering::Relaxed);
            return Some(StopReason::Interrupted);
        }
        if run.interrupted {
            return Some(StopReason::Interrupted);
        }
        run.time.filter(|time| Instant::now() >= time.end).map(|time| StopReason::OutOfTime(time.limit))
    }

    /// Whether the current run has a time limit. The script of a run with a time limit cannot continue after catching
    /// the error that ends it.
    pub(crate) fn has_time_limit(&self) -> bool {
        self.run().time.is_some()
    }

    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the limits of a state, if it has any.
pub(crate) fn get(lua: &Lua) -> Option<Arc<Limits>> {
    lua.app_data_ref::<Arc<Limits>>().map(|limits| Arc::clone(&limits))
}

/// Returns an error if the script must end. Blocked calls of the client call this function repeatedly.
pub(crate) fn check(lua: &Lua) -> Result<(), ScriptError> {
    match get(lua).and_then(|limits| limits.stop_reason()) {
        None => Ok(()),
        Some(reason) => Err(ScriptError::message(lua, &stop_message(&reason))),
    }
}

/// Returns the remaining time of the run. `None` if it has no time limit.
pub(crate) fn remaining_time(lua: &Lua) -> Option<Duration> {
    let time = get(lua)?.run().time?;
    Some(time.end.saturating_duration_since(Instant::now()))
}

/// The message of the error that ends a script.
pub(crate) fn stop_message(reason: &StopReason) -> String {
    match reason {
        StopReason::Interrupted => INTERRUPTED.to_owned(),
        StopReason::OutOfTime(limit) => {
            let limit = SignedDuration::try_from(*limit).unwrap_or(SignedDuration::MAX);
            format!("script exceeded its time limit of {limit:#}")
        }
    }
}
