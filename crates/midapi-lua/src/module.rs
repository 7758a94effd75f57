//! The entry point of `require "midapi"` in a stock interpreter.

#![allow(unsafe_code, reason = "Lua finds the entry point by its name, which the macro exports")]

use mlua::{Lua, Result, Table};

use crate::table::table;

/// Creates the `midapi` table. The API key and the base URL of its clients default to those of the environment.
///
/// `skip_memory_check` avoids the protected calls in which mlua otherwise makes small allocations. Stock interpreters
/// do not need these calls, because they have no memory limit that a small allocation could exceed.
#[mlua::lua_module(name = "midapi", skip_memory_check)]
fn midapi(lua: &Lua) -> Result<Table> {
    table(lua)
}
