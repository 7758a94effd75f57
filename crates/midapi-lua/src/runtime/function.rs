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
//!
//! mlua frees a Rust function when Lua finalizes it, even if the function is running, or if the script can still call it.
//! So the registry keeps all Rust functions until the state closes ([`keep`]). While the state closes, a `__gc`
//! metamethod could still call a freed function. So each function has a [token](push_token), which Lua finalizes first,
//! and a function with a finalized token raises an error instead of calling Rust.

#![allow(unsafe_code, reason = "mlua cannot create an error whose value is a string")]

use std::ffi::{CStr, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use mlua::ffi::{
    LUA_MULTRET, LUA_OK, LUA_TUSERDATA, lua_State, lua_concat, lua_error, lua_getmetatable, lua_gettop, lua_insert,
    lua_newuserdata, lua_next, lua_pcall, lua_pushcclosure, lua_pushcfunction, lua_pushnil, lua_pushstring,
    lua_pushvalue, lua_rawset, lua_setfield, lua_setmetatable, lua_settop, lua_toboolean, lua_tointeger,
    lua_touserdata, lua_type, lua_upvalueindex, luaL_newmetatable, luaL_tolstring, luaL_where,
};
use mlua::{Function, IntoLuaMulti, Lua, MultiValue, Result, Table, Value};

use crate::runtime::error::{CallResult, ScriptError, panic_message};

/// Creates a function that scripts can call. It exists until the state closes, so create it only once for each state or
/// table. A panic in it becomes an error of the script.
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
    keep(lua, &inner)?;
    // SAFETY: `lua_pushcclosure` pops the two values and the token from the stack and pushes the closure.
    unsafe {
        lua.exec_raw((inner, level), |state| {
            push_token(state);
            lua_pushcclosure(state, call_and_raise, 3);
        })
    }
}

/// Keeps a function until the state closes.
pub(crate) fn keep(lua: &Lua, function: &Function) -> Result<()> {
    const NAME: &str = "midapi.functions";
    let kept = if let Some(kept) = lua.named_registry_value::<Option<Table>>(NAME)? {
        kept
    } else {
        let kept = lua.create_table()?;
        lua.set_named_registry_value(NAME, &kept)?;
        kept
    };
    kept.raw_push(function)
}

/// Creates a Lua function that returns whether a Rust function is still alive. Create it after the Rust function, and
/// refer to both from the same Lua closure.
#[cfg(feature = "async")]
pub(crate) fn create_liveness_check(lua: &Lua) -> Result<Function> {
    unsafe extern "C-unwind" fn check(state: *mut lua_State) -> c_int {
        // SAFETY: the first upvalue is a token. Lua gives a C function room for the result.
        unsafe { mlua::ffi::lua_pushboolean(state, c_int::from(is_alive(state, 1))) };
        1
    }
    // SAFETY: `lua_pushcclosure` pops the token from the stack and pushes the closure.
    unsafe {
        lua.exec_raw((), |state| {
            push_token(state);
            lua_pushcclosure(state, check, 1);
        })
    }
}

/// Pushes a userdata of one byte, which is 1 until Lua finalizes it. Lua finalizes objects in the reverse order of
/// their creation, so the token is finalized before the Rust function, which was created earlier.
///
/// # Safety
/// The stack must have room for three values, and the caller must be in a protected call of Lua.
unsafe fn push_token(state: *mut lua_State) {
    unsafe extern "C-unwind" fn end(state: *mut lua_State) -> c_int {
        // SAFETY: the argument is a token, since scripts reach this function only through `debug`.
        unsafe {
            let token = lua_touserdata(state, 1).cast::<u8>();
            if !token.is_null() {
                token.write(0);
            }
        }
        0
    }
    // SAFETY: see above. The memory of the userdata stays valid while a closure refers to it, even after it is finalized.
    unsafe {
        lua_newuserdata(state, 1).cast::<u8>().write(1);
        if luaL_newmetatable(state, c"midapi.Token".as_ptr()) != 0 {
            lua_pushcfunction(state, end);
            lua_setfield(state, -2, c"__gc".as_ptr());
        }
        lua_setmetatable(state, -2);
    }
}

/// Whether the token in an upvalue of the running C function was not finalized.
///
/// # Safety
/// The upvalue is a token.
unsafe fn is_alive(state: *mut lua_State, upvalue: c_int) -> bool {
    // SAFETY: see above.
    unsafe { lua_touserdata(state, lua_upvalueindex(upvalue)).cast::<u8>().read() == 1 }
}

/// Changes the error for the use of a finalized userdata to a string. mlua gives all finalized userdata one metatable,
/// whose functions raise an error that is itself a userdata.
pub(crate) fn raise_strings_for_finalized(lua: &Lua) -> Result<()> {
    let finalized = lua.create_any_userdata(())?;
    finalized.destroy()?;
    let raise = create_function(lua, |_, _| Err(ScriptError::Usage("userdata has been destructed".into())))?;
    // SAFETY: the stack has room for 20 values. Existing fields may be set while a table is traversed.
    unsafe {
        lua.exec_raw((finalized, raise), |state| {
            if lua_getmetatable(state, 1) != 0 {
                lua_pushnil(state);
                while lua_next(state, 3) != 0 {
                    lua_settop(state, 4);
                    lua_pushvalue(state, 4);
                    lua_pushvalue(state, 2);
                    lua_rawset(state, 3);
                }
            }
            lua_settop(state, 0);
        })
    }
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
/// error. The second upvalue is the stack level for positions, the third upvalue is the token.
unsafe extern "C-unwind" fn call_and_raise(state: *mut lua_State) -> c_int {
    // SAFETY: Lua gives a C function room for 20 values beyond its arguments. No value of this function needs a drop if
    // an error is raised.
    unsafe {
        if !is_alive(state, 3) {
            raise_at_level(state, |state| {
                lua_pushstring(state, COLLECTED.as_ptr());
            });
        }
        lua_pushvalue(state, lua_upvalueindex(1));
        lua_insert(state, 1);
        let status = lua_pcall(state, lua_gettop(state) - 1, LUA_MULTRET, 0);
        if status != LUA_OK {
            // A userdata is an error that mlua itself has raised. It is converted to a string.
            if lua_type(state, -1) == LUA_TUSERDATA {
                lua_pushcfunction(state, to_text);
                lua_insert(state, -2);
                // Fails if the error was raised because the memory or the C stack is exhausted.
                if lua_pcall(state, 1, 1, 0) != LUA_OK {
                    lua_pushstring(state, EXHAUSTED.as_ptr());
                }
            }
        } else if lua_toboolean(state, 1) != 0 {
            return lua_gettop(state) - 1;
        } else if lua_toboolean(state, 3) != 0 {
            raise_at_level(state, |state| lua_pushvalue(state, 2));
        } else {
            lua_settop(state, 2);
        }
        lua_error(state)
    }
}

/// The message if a script calls a function that Lua has already finalized.
pub(crate) const COLLECTED: &CStr = c"midapi: the function was called after the garbage collector had finalized it";
/// The message if an error cannot be converted to a string.
const EXHAUSTED: &CStr = c"not enough memory, or C stack overflow";

/// Raises the message that `push` pushes, after the position of the call in the script. The second upvalue is the stack
/// level of that position.
///
/// # Safety
/// The running C function is [`call_and_raise`].
unsafe fn raise_at_level(state: *mut lua_State, push: impl FnOnce(*mut lua_State)) -> ! {
    // SAFETY: see above. `push` pushes one value.
    unsafe {
        let level = lua_tointeger(state, lua_upvalueindex(2));
        luaL_where(state, c_int::try_from(level).unwrap_or(1));
        push(state);
        lua_concat(state, 2);
        lua_error(state)
    }
}

/// Converts its argument to a string.
unsafe extern "C-unwind" fn to_text(state: *mut lua_State) -> c_int {
    // SAFETY: the function has one argument, and Lua gives it room for the result.
    unsafe { luaL_tolstring(state, 1, ptr::null_mut()) };
    1
}
