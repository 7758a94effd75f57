//! The hook of a Lua that closes variables (5.4 on).
//!
//! mlua's own raises by clearing the stack of the function that it has stopped, inside the hook: Lua closes that function's variables
//! there, and a `__close` that never returns is out of reach of any hook. A plain hook's error goes up to a protected call
//! before Lua closes anything.
//!
//! No hook comes to its turn where a script leaves it none: each coroutine counts its instructions anew, and on a full stack Lua raises
//! an error of its own in the place of the hook. So sandboxes also ask at each coroutine and at each error that is caught ([`check`]).

#![allow(unsafe_code, reason = "mlua has no other way to raise from a hook")]

use std::ffi::{c_int, c_void};
use std::sync::Arc;

#[cfg(not(feature = "module"))]
use mlua::Function;
use mlua::ffi::{LUA_MASKCOUNT, LUA_REGISTRYINDEX, lua_Debug, lua_State};
use mlua::ffi::{lua_error, lua_pop, lua_rawgetp, lua_rawsetp, lua_sethook, lua_touserdata};
use mlua::{LightUserData, Lua, Result};

use crate::limits::{CHECK_EVERY, INTERRUPTED, Limits, Over};

/// Their addresses are keys of the registry, which no script can forge.
static KEYS: [u8; 3] = [0; 3];
const LIMITS: usize = 0;
const INTERRUPTED_WORDS: usize = 1;
const OUT_OF_TIME_WORDS: usize = 2;

fn key(which: usize) -> *const c_void {
    (&raw const KEYS[which]).cast()
}

/// Holds the scripts of a state to limits, for as long as it lives. Coroutines have the hook of those that make them.
///
/// The words of what ends a script are made here: it may leave no memory to make them in.
pub(crate) fn install(lua: &Lua, limits: &Arc<Limits>, out_of_time: &str) -> Result<()> {
    let pointer = LightUserData(Arc::as_ptr(limits).cast_mut().cast());
    let words = (lua.create_string(INTERRUPTED)?, lua.create_string(out_of_time)?);
    // From here on it lives as long as the state: its type has no name outside of this crate, and nothing in it takes it back.
    lua.set_app_data(Arc::clone(limits));
    // SAFETY: it takes the three values from the stack, which has room for one more.
    unsafe {
        lua.exec_raw((pointer, words.0, words.1), |state| {
            for which in [OUT_OF_TIME_WORDS, INTERRUPTED_WORDS, LIMITS] {
                lua_rawsetp(state, LUA_REGISTRYINDEX, key(which));
            }
            every(state, CHECK_EVERY);
        })
    }
}

/// Sets the pace of a state that an end has made slow.
#[cfg(not(feature = "module"))]
pub(crate) fn reset(lua: &Lua) {
    lua.exec_raw_lua(|lua| every(lua.state(), CHECK_EVERY));
}

/// A function of Lua that raises if it is time to end.
#[cfg(not(feature = "module"))]
pub(crate) fn check(lua: &Lua) -> Result<Function> {
    unsafe extern "C-unwind" fn check(state: *mut lua_State) -> c_int {
        // SAFETY: Lua gives a function of C the room that this needs, and lets it raise.
        unsafe { raise_if_over(state) };
        0
    }
    // SAFETY: as above.
    unsafe { lua.create_c_function(check) }
}

fn every(state: *mut lua_State, instructions: c_int) {
    // SAFETY: the state is the running one; this neither raises nor touches its stack.
    unsafe { lua_sethook(state, Some(hook), LUA_MASKCOUNT, instructions) }
}

unsafe extern "C-unwind" fn hook(state: *mut lua_State, _: *mut lua_Debug) {
    // SAFETY: Lua gives a hook the room that this needs, and lets it raise.
    unsafe { raise_if_over(state) }
}

/// # Safety
/// The state has to be the running one, with room for a value on its stack, inside a call that may raise.
unsafe fn raise_if_over(state: *mut lua_State) {
    // SAFETY: nothing here has to be dropped when it raises. What is found under the key was put there by `install`, and lives as
    // long as the state, which mlua has made and closes before it lets go of it.
    unsafe {
        lua_rawgetp(state, LUA_REGISTRYINDEX, key(LIMITS));
        let limits = lua_touserdata(state, -1).cast::<Limits>();
        lua_pop(state, 1);
        let Some(limits) = limits.as_ref() else { return };
        let words = match limits.over() {
            None => return,
            Some(Over::Interrupted) => INTERRUPTED_WORDS,
            Some(Over::OutOfTime(_)) => OUT_OF_TIME_WORDS,
        };
        if limits.end_for_good() {
            // A script could catch one error in a thousand instructions and go on for ever; not one at each instruction.
            every(state, 1);
        }
        lua_rawgetp(state, LUA_REGISTRYINDEX, key(words));
        lua_error(state)
    }
}
