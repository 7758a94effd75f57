//! The hook that ends a script.
//!
//! This crate sets its own hook in place of mlua's, for two reasons:
//!
//! - mlua's hook raises a userdata instead of a string.
//! - In Lua 5.4 and later, mlua's hook clears the stack of the stopped function while the hook is running. Lua then
//!   closes the variables of that function inside the hook, where no other hook can end a `__close` that never returns.
//!   The error of this crate's hook reaches a protected call before Lua closes any variable.
//!
//! A script can prevent the hook from running: each coroutine starts a new count of instructions, and if the stack is
//! full, Lua raises a stack error instead of calling the hook. So sandboxes also check the limits whenever a script
//! resumes a coroutine or catches an error ([`create_check`]).

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

/// Bytes whose addresses are keys of the Lua registry. Scripts cannot forge such keys.
static KEYS: [u8; 3] = [0; 3];
const LIMITS: usize = 0;
const INTERRUPTED_MESSAGE: usize = 1;
const OUT_OF_TIME_MESSAGE: usize = 2;

/// Makes the scripts of a state interruptible, coroutines included.
///
/// Replaces the hook of the state. A second call for the same state returns a handle of the same interrupt. Use this
/// function only for states that mlua creates and closes, not for those of a stock interpreter. On `LuaJIT`, compiled
/// code runs no hooks, so the interrupt takes effect only in blocked calls of the client.
///
/// # Errors
/// Errors of Lua, such as a lack of memory.
pub fn interruptible(lua: &Lua) -> Result<Interrupt> {
    Ok(install(lua, Duration::ZERO)?.interrupt())
}

/// Installs the limits of a state, or returns the limits that it already has. `time` is the time limit in the message
/// `script exceeded its time limit`.
pub(crate) fn install(lua: &Lua, time: Duration) -> Result<Arc<Limits>> {
    if let Some(limits) = limits::get(lua) {
        return Ok(limits);
    }
    let limits = Arc::new(Limits::default());
    let pointer = LightUserData(Arc::as_ptr(&limits).cast_mut().cast());
    // The messages are created here, because there may be no memory for them when a script must end.
    let out_of_time = lua.create_string(limits::stop_message(&StopReason::OutOfTime(time)))?;
    let interrupted = lua.create_string(INTERRUPTED)?;
    // Keeps the limits as long as the state exists: the type is private to this crate, and the crate never removes the
    // value.
    lua.set_app_data(Arc::clone(&limits));
    // SAFETY: the function pops the three values from the stack, which has room for one more.
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

/// Sets the hook of a run with a time limit. This hook also checks the limits at each call of a function, because a
/// script can spend all its time in library functions, each of which counts as one instruction.
#[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
pub(crate) fn begin_run(lua: &Lua) {
    lua.exec_raw_lua(|lua| set_hook(lua.state(), LUA_MASKCOUNT | LUA_MASKCALL, INSTRUCTIONS_PER_CHECK));
}

/// Creates a Lua function that raises an error if the script must end.
#[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
pub(crate) fn create_check(lua: &Lua) -> Result<Function> {
    unsafe extern "C-unwind" fn check(state: *mut lua_State) -> c_int {
        // SAFETY: Lua gives a C function enough room on the stack for this call, and allows it to raise errors.
        unsafe { raise_if_stopped(state) };
        0
    }
    // SAFETY: `check` uses the stack as a C function may (see its comment).
    unsafe { lua.create_c_function(check) }
}

fn key(which: usize) -> *const c_void {
    (&raw const KEYS[which]).cast()
}

fn set_hook(state: *mut lua_State, events: c_int, instructions: c_int) {
    // SAFETY: the state is the running one. `lua_sethook` neither raises errors nor touches the stack. Before Lua 5.3
    // it returns a constant.
    unsafe {
        lua_sethook(state, Some(hook), events, instructions);
    }
}

unsafe extern "C-unwind" fn hook(state: *mut lua_State, event: *mut lua_Debug) {
    // SAFETY: Lua gives a hook a valid event and enough room on the stack for these calls, and allows it to raise
    // errors.
    unsafe {
        let is_call = (*event).event != LUA_HOOKCOUNT;
        if is_call && find_limits(state).is_some_and(|limits| !limits.may_have_ended()) {
            return;
        }
        raise_if_stopped(state);
    }
}

/// Returns the limits that [`install`] has stored in the state.
///
/// # Safety
/// The state must be the running one, with room for a value on its stack.
unsafe fn find_limits<'a>(state: *mut lua_State) -> Option<&'a Limits> {
    // SAFETY: `install` stored the value under the key. The value outlives the state, because mlua closes the state
    // before it drops the value.
    unsafe {
        lua_rawgetp(state, LUA_REGISTRYINDEX, key(LIMITS));
        let limits = lua_touserdata(state, -1).cast::<Limits>();
        lua_pop(state, 1);
        limits.as_ref()
    }
}

/// Raises the error that ends a script, if the script must end.
///
/// # Safety
/// The state must be the running one, with room for a value on its stack, inside a call that may raise errors.
unsafe fn raise_if_stopped(state: *mut lua_State) {
    // SAFETY: no value of this function needs a drop when the error is raised.
    unsafe {
        let Some(limits) = find_limits(state) else { return };
        let message = match limits.stop_reason() {
            None => return,
            Some(StopReason::Interrupted) => INTERRUPTED_MESSAGE,
            Some(StopReason::OutOfTime(_)) => OUT_OF_TIME_MESSAGE,
        };
        if limits.has_time_limit() {
            // A script could catch an error at every thousandth instruction and continue. It cannot continue if each
            // instruction raises an error.
            set_hook(state, LUA_MASKCOUNT | LUA_MASKCALL, 1);
        }
        lua_rawgetp(state, LUA_REGISTRYINDEX, key(message));
        lua_error(state)
    }
}
