//! Rust functions that scripts can call.
//!
//! If a Rust function raised an error through mlua, `pcall` would return a userdata, which no string function accepts.
//! So the Rust function does not raise its error. It returns a flag for success, then its values or its error. After an
//! error, it also returns whether the message needs a position. The C function [`call_and_raise`] calls the Rust
//! function and raises the error.
//!
//! A Lua function in place of the C function would lose the position of a tail call such as `return client:get(id)`.
//! Lua discards the frame of a function that tail-calls a Lua function, but keeps the frame if it tail-calls a C
//! function.

#![allow(unsafe_code, reason = "mlua cannot create an error whose value is a string")]

use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use mlua::ffi::{
    LUA_MULTRET, LUA_OK, LUA_TUSERDATA, lua_State, lua_concat, lua_error, lua_gettop, lua_insert, lua_pcall,
    lua_pushcclosure, lua_pushvalue, lua_settop, lua_toboolean, lua_tointeger, lua_type, lua_upvalueindex,
    luaL_tolstring, luaL_where,
};
use mlua::{Function, IntoLuaMulti, Lua, MultiValue, Result, Value};

use crate::runtime::error::{CallResult, ScriptError, panic_message};

/// Creates a function that scripts can call. A panic in it becomes an error of the script.
pub(crate) fn create_function<F>(lua: &Lua, function: F) -> Result<Function>
where
    F: Fn(&Lua, MultiValue) -> CallResult + mlua::MaybeSend + 'static,
{
    create_function_at(lua, 1, function)
}

/// Like [`create_function`], but takes the stack level whose position is added to errors. Level 1 is the function that
/// calls the created function, level 2 is the caller of level 1.
pub(crate) fn create_function_at<F>(lua: &Lua, level: c_int, function: F) -> Result<Function>
where
    F: Fn(&Lua, MultiValue) -> CallResult + mlua::MaybeSend + 'static,
{
    let inner = lua.create_function(move |lua, arguments| {
        // True if a finalizer calls this function while the state is being closed. mlua would panic when it needs the
        // state.
        if lua.weak().try_upgrade().is_none() {
            return encode_result(lua, Err(ScriptError::message(lua, "midapi: the Lua state is closing")));
        }
        let result = catch_unwind(AssertUnwindSafe(|| function(lua, arguments)));
        let result = result.unwrap_or_else(|panic| Err(ScriptError::panic(lua, &panic_message(&*panic))));
        encode_result(lua, result)
    })?;
    // SAFETY: `lua_pushcclosure` pops the two values from the stack and pushes the closure.
    unsafe { lua.exec_raw((inner, level), |state| lua_pushcclosure(state, call_and_raise, 2)) }
}

/// Encodes a result as the values that a Rust function returns to [`call_and_raise`], or to `decode` in `shim.lua`:
/// `true` and the values, or `false`, the error, and whether the message needs a position.
pub(crate) fn encode_result(lua: &Lua, result: CallResult) -> Result<MultiValue> {
    match result {
        Ok(mut values) => {
            values.push_front(Value::Boolean(true));
            Ok(values)
        }
        Err(ScriptError::Usage(text)) => (false, text, true).into_lua_multi(lua),
        Err(ScriptError::Value(value)) => (false, value, false).into_lua_multi(lua),
        // The text needs memory for a string. If there is not enough, Lua raises its own error.
        Err(ScriptError::Lua(mlua::Error::MemoryError(_))) => (false, "not enough memory", false).into_lua_multi(lua),
        Err(ScriptError::Lua(error)) => (false, error.to_string(), false).into_lua_multi(lua),
    }
}

/// Calls the Lua function that is the first upvalue of this C function. Returns the values of the call, or raises its
/// error.
unsafe extern "C-unwind" fn call_and_raise(state: *mut lua_State) -> c_int {
    // SAFETY: Lua gives a C function room for 20 values beyond its arguments. No value of this function needs a drop if
    // an error is raised.
    unsafe {
        lua_pushvalue(state, lua_upvalueindex(1));
        lua_insert(state, 1);
        let status = lua_pcall(state, lua_gettop(state) - 1, LUA_MULTRET, 0);
        if status != LUA_OK {
            // A userdata is an error that mlua itself has raised. It is converted to a string.
            if lua_type(state, -1) == LUA_TUSERDATA {
                luaL_tolstring(state, -1, ptr::null_mut());
            }
        } else if lua_toboolean(state, 1) != 0 {
            return lua_gettop(state) - 1;
        } else if lua_toboolean(state, 3) != 0 {
            let level = lua_tointeger(state, lua_upvalueindex(2));
            luaL_where(state, c_int::try_from(level).unwrap_or(1));
            lua_pushvalue(state, 2);
            lua_concat(state, 2);
        } else {
            lua_settop(state, 2);
        }
        lua_error(state)
    }
}
