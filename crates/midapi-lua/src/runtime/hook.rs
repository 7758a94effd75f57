//! The hook that ends a script.
//!
//! mlua's own hook raises a userdata. In a Lua that closes variables (5.4 and later) it also clears the stack of the stopped
//! function inside the hook: Lua closes the variables of that function there, and no hook can end a `__close` that never returns.
//! A plain hook's error goes up to a protected call before Lua closes anything.
//!
//! A script can prevent the hook from running: each coroutine starts a new count of instructions, and if the stack is
//! full, Lua raises a stack error instead of calling the hook. So sandboxes also check at each coroutine and at each
//! error that is caught ([`create_check`]).

#![allow(unsafe_code, reason = "mlua has no other way to raise from a hook")]

use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::time::Duration;

#[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
use mlua::Function;
use mlua::ffi::{
    LUA_HOOKCOUNT, LUA_MASKCALL, LUA_MASKCOUNT, LUA_REGISTRYINDEX, lua_Debug, lua_State, lua_error, lua_pop,
    lua_rawgetp, lua_rawsetp, lua_sethook, lua_touserdata,
};
use mlua::{LightUserData, Lua, Result};

use crate::runtime::limits::{self, INTERRUPTED, Interrupt, Limits, StopReason};

/// The number of instructions between two checks of a script: about ten microseconds of run time.
const INSTRUCTIONS_PER_CHECK: c_int = 1000;

/// Their addresses are keys of the registry, which a script cannot forge.
static KEYS: [u8; 3] = [0; 3];
const LIMITS: usize = 0;
const INTERRUPTED_MESSAGE: usize = 1;
const OUT_OF_TIME_MESSAGE: usize = 2;

/// Makes the scripts of a state interruptible, coroutines included.
///
/// Replaces the hook of the state. A second call returns the same handle. For states that mlua creates and closes, not for those
/// of a stock interpreter. On `LuaJIT` compiled code runs no hooks, so only blocked calls notice the interrupt.
///
/// # Errors
/// Errors of Lua, such as a lack of memory.
pub fn interruptible(lua: &Lua) -> Result<Interrupt> {
    Ok(install(lua, Duration::ZERO)?.interrupt())
}

/// Installs the limits of a state if it has none yet. `time` is the time limit of its runs, for the message.
pub(crate) fn install(lua: &Lua, time: Duration) -> Result<Arc<Limits>> {
    if let Some(limits) = limits::get(lua) {
        return Ok(limits);
    }
    let limits = Arc::new(Limits::default());
    let pointer = LightUserData(Arc::as_ptr(&limits).cast_mut().cast());
    // Created here, because at the end of a script there may be no memory for them.
    let out_of_time = lua.create_string(limits::stop_message(&StopReason::OutOfTime(time)))?;
    let interrupted = lua.create_string(INTERRUPTED)?;
    // Lives as long as the state from here on: its type is private to this crate, which never removes it.
    lua.set_app_data(Arc::clone(&limits));
    // SAFETY: it takes the three values from the stack, which has room for one more.
    unsafe {
        lua.exec_raw::<()>((pointer, interrupted, out_of_time), |state| {
            for which in [OUT_OF_TIME_MESSAGE, INTERRUPTED_MESSAGE, LIMITS] {
                lua_rawsetp(state, LUA_REGISTRYINDEX, key(which));
            }
            set_hook(state, LUA_MASKCOUNT, INSTRUCTIONS_PER_CHECK);
        })?;
    }
    Ok(limits)
}

/// Sets the hook of a run with a time limit. It also checks at each call of a function, because a script can spend all its time
/// in library functions, each of which counts as one instruction.
#[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
pub(crate) fn begin_run(lua: &Lua) {
    lua.exec_raw_lua(|lua| set_hook(lua.state(), LUA_MASKCOUNT | LUA_MASKCALL, INSTRUCTIONS_PER_CHECK));
}

/// Creates a function of Lua that raises if the script must end.
#[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
pub(crate) fn create_check(lua: &Lua) -> Result<Function> {
    unsafe extern "C-unwind" fn check(state: *mut lua_State) -> c_int {
        // SAFETY: Lua gives a C function the room that this needs, and lets it raise.
        unsafe { raise_if_stopped(state) };
        0
    }
    // SAFETY: as above.
    unsafe { lua.create_c_function(check) }
}

fn key(which: usize) -> *const c_void {
    (&raw const KEYS[which]).cast()
}

fn set_hook(state: *mut lua_State, events: c_int, instructions: c_int) {
    // SAFETY: the state is the running one; this neither raises nor touches its stack. Before 5.3 it returns a constant.
    unsafe {
        lua_sethook(state, Some(hook), events, instructions);
    }
}

unsafe extern "C-unwind" fn hook(state: *mut lua_State, event: *mut lua_Debug) {
    // SAFETY: Lua gives a hook the event and the room that this needs, and lets it raise.
    unsafe {
        let is_call = (*event).event != LUA_HOOKCOUNT;
        if is_call && find_limits(state).is_some_and(|limits| !limits.may_have_ended()) {
            return;
        }
        raise_if_stopped(state);
    }
}

/// # Safety
/// The state must be the running one, with room for a value on its stack.
unsafe fn find_limits<'a>(state: *mut lua_State) -> Option<&'a Limits> {
    // SAFETY: the value under the key was stored by `install`, and lives as long as the state, which mlua closes before it drops
    // the value.
    unsafe {
        lua_rawgetp(state, LUA_REGISTRYINDEX, key(LIMITS));
        let limits = lua_touserdata(state, -1).cast::<Limits>();
        lua_pop(state, 1);
        limits.as_ref()
    }
}

/// # Safety
/// The state must be the running one, with room for a value on its stack, inside a call that may raise.
unsafe fn raise_if_stopped(state: *mut lua_State) {
    // SAFETY: nothing here has to be dropped when it raises.
    unsafe {
        let Some(limits) = find_limits(state) else { return };
        let message = match limits.stop_reason() {
            None => return,
            Some(StopReason::Interrupted) => INTERRUPTED_MESSAGE,
            Some(StopReason::OutOfTime(_)) => OUT_OF_TIME_MESSAGE,
        };
        if limits.has_time_limit() {
            // A script could catch one error in a thousand instructions and continue; it cannot catch one at each instruction.
            set_hook(state, LUA_MASKCOUNT | LUA_MASKCALL, 1);
        }
        lua_rawgetp(state, LUA_REGISTRYINDEX, key(message));
        lua_error(state)
    }
}
