//! Look up and wait for Midjourney tasks of MidAPI in Lua. Unofficial.
//!
//! A Rust host gives its scripts the `midapi` table of [`table`]; `midapi lua` does the same for scripts of their own.
//!
//! ```lua
//! local client = midapi.client()                  -- or { api_key = …, base_url = …, timeout = … }
//! local task, err = client:get("0f1e2d3c…")       -- nil, err: never raises for what the API answers
//! if not task then print(err.kind, err.message) end
//! for id, task, err in client:wait_all(ids, { max_in_flight = 8 }) do … end
//! ```
//!
//! Calls block the script; `get_all` and `wait_all` look side by side inside, and ask only while the script is in their
//! iterator, so that leaving the loop ends the traffic. What the API or the network answers is `nil, err`; wrong types and
//! unknown options raise, with the argument named. Durations are seconds, and may have a fraction.
//!
//! No Lua version is forced on the host: it chooses one of the features `lua55`, `lua54`, `lua51` and `luajit`, and `vendored`
//! to have it built.
//!
//! # Examples
//! ```
//! # fn main() -> mlua::Result<()> {
//! let lua = mlua::Lua::new();
//! lua.globals().set("midapi", midapi_lua::table(&lua)?)?;
//! let version: String = lua.load("return midapi.version").eval()?;
//! assert_eq!(version, env!("CARGO_PKG_VERSION"));
//! # Ok(())
//! # }
//! ```

mod client;
mod options;
mod value;

use mlua::{Lua, Result, Table, Value};

/// The `midapi` table: `client(options)` and `version`. A client has the key and base URL of the environment, unless its options
/// say otherwise.
///
/// # Errors
/// Those of Lua, such as a lack of memory.
pub fn table(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    table.set("version", env!("CARGO_PKG_VERSION"))?;
    table.set("client", lua.create_function(client::create)?)?;
    Ok(table)
}

/// The `midapi` table of a host that brings the client: `midapi.client()` without options is that one, whose key the script does
/// not see.
///
/// # Errors
/// Those of Lua, such as a lack of memory.
pub fn table_with(lua: &Lua, client: midapi::Client) -> Result<Table> {
    let table = table(lua)?;
    let create = lua.create_function(move |lua, options: Value| match options {
        Value::Nil => client::given(lua, client.clone()),
        options => client::create(lua, options),
    })?;
    table.set("client", create)?;
    Ok(table)
}
