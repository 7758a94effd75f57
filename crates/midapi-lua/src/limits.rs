//! What ends a script from outside: an interrupt, or the end of its time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mlua::debug::Debug;
use mlua::{HookTriggers, Lua, Result, VmState};

use crate::raise::Raise;

/// Instructions between two checks of a script: some ten microseconds.
const CHECK_EVERY: u32 = 1000;

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

/// Makes the scripts of a state interruptible, coroutines included. Replaces its global hook. Not on `LuaJIT`, whose compiled
/// code has no hooks: there only blocked calls notice.
///
/// # Errors
/// Those of Lua, such as a lack of memory.
pub fn interruptible(lua: &Lua) -> Result<Interrupt> {
    let interrupt = Interrupt::default();
    install(lua, Limits { interrupt: interrupt.clone(), time: None })?;
    Ok(interrupt)
}

/// What a state's scripts are held to.
#[derive(Default)]
pub(crate) struct Limits {
    pub(crate) interrupt: Interrupt,
    pub(crate) time: Option<Time>,
}

/// When a script's time is over, and how long it was.
#[derive(Clone, Copy)]
pub(crate) struct Time {
    pub(crate) end: Instant,
    pub(crate) limit: Duration,
}

/// Holds a state to limits, instead of those it had.
pub(crate) fn install(lua: &Lua, limits: Limits) -> Result<()> {
    lua.set_app_data(limits);
    lua.set_global_hook(HookTriggers::new().every_nth_instruction(CHECK_EVERY), hook)
}

fn hook(lua: &Lua, _: &Debug) -> Result<VmState> {
    match over(lua) {
        None => Ok(VmState::Continue),
        Some(Over::Interrupted) => Err(mlua::Error::runtime(INTERRUPTED)),
        Some(Over::OutOfTime(limit)) => {
            // A script could catch one error in a thousand instructions and go on for ever; not one at each instruction.
            lua.set_global_hook(HookTriggers::new().every_nth_instruction(1), hook)?;
            Err(mlua::Error::runtime(out_of_time(limit)))
        }
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

/// How long a blocked call may sleep before it asks again.
pub(crate) fn left(lua: &Lua) -> Option<Duration> {
    let time = lua.app_data_ref::<Limits>()?.time?;
    Some(time.end.saturating_duration_since(Instant::now()))
}

enum Over {
    Interrupted,
    OutOfTime(Duration),
}

fn over(lua: &Lua) -> Option<Over> {
    let limits = lua.app_data_ref::<Limits>()?;
    if limits.interrupt.take() {
        return Some(Over::Interrupted);
    }
    limits.time.filter(|time| Instant::now() >= time.end).map(|time| Over::OutOfTime(time.limit))
}

fn out_of_time(limit: Duration) -> String {
    format!("the script's time is over: it had {}", midapi::duration_text(limit))
}
