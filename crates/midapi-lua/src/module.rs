//! What `require "midapi"` calls in a stock interpreter.

#![allow(unsafe_code, reason = "Lua finds the entry point by its name, which the macro exports")]

use mlua::{Lua, Result, Table};

/// The table with the key and base URL of the environment. Stock interpreters have no limit of memory that a small allocation
/// could run into, so those go without the cost of a protected call.
#[mlua::lua_module(name = "midapi", skip_memory_check)]
fn midapi(lua: &Lua) -> Result<Table> {
    crate::table(lua)
}
