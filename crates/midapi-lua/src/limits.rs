//! What ends a script from outside: an interrupt, or the end of its time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[cfg(not(any(feature = "lua54", feature = "lua55")))]
use mlua::{HookTriggers, VmState, debug::Debug};
use mlua::{Lua, Result};

use crate::raise::Raise;

/// Instructions between two checks of a script: some ten microseconds.
pub(crate) const CHECK_EVERY: std::ffi::c_int = 1000;

/// The words of stock interpreters.
pub(crate) const INTERRUPTED: &str = "interrupted!";

/// Ends what a script is doing, from any thread or signal handler: it raises `interrupted!` there, in the midst of its own
/// instructions or inside a blocked call of the client within 50 ms. Made by [`interruptible`].
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
    /// Ends what the script is doing now, or would do next.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has been raised and the script has not noticed yet. Nothing inside one library function notices.
    pub fn is_pending(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn take(&self) -> bool {
        self.is_pending() && self.0.swap(false, Ordering::Relaxed)
    }
}

/// Makes the scripts of a state interruptible, coroutines included. Replaces its global hook. Asked again, it returns the same handle. For
/// states that mlua has made and closes, not for those of a stock interpreter. Not on `LuaJIT`, whose compiled code has no hooks:
/// there only blocked calls notice.
///
/// # Errors
/// Those of Lua, such as a lack of memory.
pub fn interruptible(lua: &Lua) -> Result<Interrupt> {
    Ok(of(lua, Duration::ZERO)?.interrupt())
}

/// What a state's scripts are held to; one for each state.
#[derive(Default)]
pub(crate) struct Limits {
    interrupt: Interrupt,
    run: Mutex<Run>,
}

/// A run of a script whose time is limited, or that of a script without limits.
#[derive(Default)]
struct Run {
    time: Option<Time>,
    /// Catching it is no way to go on.
    interrupted: bool,
}

/// When a script's time is over, and how long it was.
#[derive(Clone, Copy)]
struct Time {
    end: Instant,
    limit: Duration,
}

/// What this state is held to, from now on. `time` is what runs will have, for the words of their end.
pub(crate) fn of(lua: &Lua, time: Duration) -> Result<Arc<Limits>> {
    if let Some(limits) = lua.app_data_ref::<Arc<Limits>>() {
        return Ok(Arc::clone(&limits));
    }
    let limits = Arc::default();
    install(lua, &limits, &out_of_time(time))?;
    Ok(limits)
}

#[cfg(any(feature = "lua54", feature = "lua55"))]
use crate::hook::install;

#[cfg(not(any(feature = "lua54", feature = "lua55")))]
fn install(lua: &Lua, limits: &Arc<Limits>, _: &str) -> Result<()> {
    lua.set_app_data(Arc::clone(limits));
    lua.set_global_hook(HookTriggers::new().every_nth_instruction(CHECK_EVERY.cast_unsigned()), hook)
}

#[cfg(not(any(feature = "lua54", feature = "lua55")))]
fn hook(lua: &Lua, _: &Debug) -> Result<VmState> {
    match over(lua) {
        None => Ok(VmState::Continue),
        Some(Over::Interrupted) => Err(mlua::Error::runtime(INTERRUPTED)),
        // There are no sandboxes of these versions, and so no time.
        Some(Over::OutOfTime(limit)) => Err(mlua::Error::runtime(out_of_time(limit))),
    }
}

/// What a blocked call asks now and then.
pub(crate) fn check(lua: &Lua) -> std::result::Result<(), Raise> {
    match over(lua) {
        None => Ok(()),
        Some(Over::Interrupted) => Err(Raise::text(lua, INTERRUPTED)),
        Some(Over::OutOfTime(limit)) => Err(Raise::text(lua, &out_of_time(limit))),
    }
}

/// How long a blocked call may sleep before it asks again. None without a limit.
pub(crate) fn left(lua: &Lua) -> Option<Duration> {
    let time = lua.app_data_ref::<Arc<Limits>>()?.run().time?;
    Some(time.end.saturating_duration_since(Instant::now()))
}

pub(crate) enum Over {
    Interrupted,
    OutOfTime(Duration),
}

fn over(lua: &Lua) -> Option<Over> {
    lua.app_data_ref::<Arc<Limits>>()?.over()
}

impl Limits {
    pub(crate) fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// Begins a run with so much time.
    #[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
    pub(crate) fn begin(&self, limit: Duration) {
        *self.run() = Run { time: Some(Time { end: Instant::now() + limit, limit }), interrupted: false };
    }

    /// Whether and why the script has to end. An interrupt is told once, and again and again where the time is limited too.
    pub(crate) fn over(&self) -> Option<Over> {
        let mut run = self.run();
        if self.interrupt.take() {
            run.interrupted = run.time.is_some();
            return Some(Over::Interrupted);
        }
        if run.interrupted {
            return Some(Over::Interrupted);
        }
        run.time.filter(|time| Instant::now() >= time.end).map(|time| Over::OutOfTime(time.limit))
    }

    /// Whether what ends a run ends it for good.
    #[cfg(any(feature = "lua54", feature = "lua55"))]
    pub(crate) fn end_for_good(&self) -> bool {
        self.run().time.is_some()
    }

    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn out_of_time(limit: Duration) -> String {
    format!("the script's time is over: it had {}", midapi::format_duration(limit))
}
