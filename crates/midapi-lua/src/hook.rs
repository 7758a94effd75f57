//! The hook of a Lua that closes variables (5.4 on).
//!
//! mlua's own raises by clearing the stack of the function that it has stopped, inside the hook: Lua closes that function's variables
//! there, and a `__close` that never returns is out of reach of any hook. A plain hook's error goes up to a protected call
//! before Lua closes anything. It needs no memory either, of which a script may have left none.

#![allow(unsafe_code, reason = "mlua has no other way to raise from a hook")]

use std::ffi::{CStr, c_int};
use std::sync::Arc;

use mlua::ffi::{LUA_MASKCOUNT, LUA_REGISTRYINDEX, lua_Debug, lua_State};
use mlua::ffi::{lua_error, lua_getfield, lua_pop, lua_sethook, lua_touserdata};
use mlua::{LightUserData, Lua, Result};

use crate::limits::{CHECK_EVERY, INTERRUPTED, Limits, Over, out_of_time};

const LIMITS: &CStr = c"midapi.limits";
const INTERRUPTED_WORDS: &CStr = c"midapi.interrupted";
const OUT_OF_TIME_WORDS: &CStr = c"midapi.out_of_time";

/// Holds the scripts of a state to limits. Coroutines have the hook of those that make them.
pub(crate) fn install(lua: &Lua, limits: Limits) -> Result<()> {
    let set = |name: &CStr, value: mlua::Value| lua.set_named_registry_value(&name.to_string_lossy(), value);
    let words = limits.time.map(|time| out_of_time(time.limit)).unwrap_or_default();
    set(INTERRUPTED_WORDS, mlua::Value::String(lua.create_string(INTERRUPTED)?))?;
    set(OUT_OF_TIME_WORDS, mlua::Value::String(lua.create_string(words)?))?;
    let limits = Arc::new(limits);
    set(LIMITS, mlua::Value::LightUserData(LightUserData(Arc::as_ptr(&limits).cast_mut().cast())))?;
    // The last ones are dropped here, to which nothing points any more.
    lua.set_app_data(limits);
    lua.exec_raw_lua(|lua| every(lua.state(), CHECK_EVERY));
    Ok(())
}

fn every(state: *mut lua_State, instructions: c_int) {
    // SAFETY: the state is the running one; this neither raises nor touches its stack.
    unsafe { lua_sethook(state, Some(hook), LUA_MASKCOUNT, instructions) }
}

unsafe extern "C-unwind" fn hook(state: *mut lua_State, _: *mut lua_Debug) {
    // SAFETY: Lua gives a hook room on its stack and lets it raise; nothing here has to be dropped. What the registry points to
    // lives as long as the state, or until `install` has put something else in its place.
    unsafe {
        lua_getfield(state, LUA_REGISTRYINDEX, LIMITS.as_ptr());
        let limits = lua_touserdata(state, -1).cast::<Limits>();
        lua_pop(state, 1);
        let words = match limits.as_ref().and_then(Limits::over) {
            None => return,
            Some(Over::Interrupted) => INTERRUPTED_WORDS,
            Some(Over::OutOfTime(_)) => {
                // A script could catch one error in a thousand instructions and go on for ever; not one at each instruction.
                every(state, 1);
                OUT_OF_TIME_WORDS
            }
        };
        lua_getfield(state, LUA_REGISTRYINDEX, words.as_ptr());
        lua_error(state)
    }
}
