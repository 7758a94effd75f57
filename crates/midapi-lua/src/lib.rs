//! Look up and wait for Midjourney tasks of MidAPI in Lua. Unofficial.
//!
//! A Rust host gives its scripts the `midapi` table of [`table`]; `midapi lua` does the same for scripts of their own; and built as
//! a module, the crate is what `require "midapi"` loads in a stock interpreter.
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
//! # Features
//! No Lua version is forced on the host: it chooses one of `lua55`, `lua54`, `lua51` and `luajit`, and `vendored` to have it
//! built. `send` is passed through. `async` adds the table for async hosts. `module` (instead of `vendored`) makes the module for a stock interpreter: `cargo xtask
//! lua-module` builds it.
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

mod access;
#[cfg(feature = "async")]
mod asynchronous;
mod bridge;
mod call;
mod charge;
mod client;
#[cfg(any(feature = "lua54", feature = "lua55"))]
mod hook;
mod json;
mod limits;
mod many;
#[cfg(feature = "meta")]
mod meta;
#[cfg(feature = "module")]
mod module;
mod options;
mod raise;
mod registry;
#[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
mod sandbox;
mod setup;
#[cfg(all(feature = "module", unix))]
mod signal;
mod value;

use mlua::{IntoLuaMulti, Lua, MultiValue, Result, Table, Value};

use crate::access::Access;
#[cfg(feature = "async")]
pub use crate::asynchronous::async_table_with;
pub use crate::limits::{Interrupt, interruptible};
#[cfg(feature = "meta")]
pub use crate::meta::definitions;
#[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
pub use crate::sandbox::{Sandbox, Sandboxed};

/// The `midapi` table: `client(options)` and `version`. A client has the key and base URL of the environment, unless its options
/// say otherwise.
///
/// # Errors
/// Those of Lua, such as a lack of memory.
pub fn table(lua: &Lua) -> Result<Table> {
    blocking_table(lua, Access::default())
}

/// The `midapi` table of a host that brings the client: `midapi.client()` is that one, whose key the script does not see, unless
/// its options name another key or base URL.
///
/// # Errors
/// Those of Lua, such as a lack of memory.
pub fn table_with(lua: &Lua, client: midapi::Client) -> Result<Table> {
    blocking_table(lua, Access { host: Some(client), fence: None })
}

fn blocking_table(lua: &Lua, access: Access) -> Result<Table> {
    table_of(lua, access, |lua, client| client.into_lua_multi(lua))
}

/// The table whose clients are handed to scripts in one way or another.
fn table_of(
    lua: &Lua,
    access: Access,
    give: impl Fn(&Lua, access::Client) -> Result<MultiValue> + mlua::MaybeSend + 'static,
) -> Result<Table> {
    setup::once(lua)?;
    let table = lua.create_table()?;
    table.set("version", env!("CARGO_PKG_VERSION"))?;
    let create = setup::of(lua)?.shim.function(lua, move |lua, arguments: MultiValue| {
        let options = arguments.into_iter().next().unwrap_or(Value::Nil);
        access.client(lua, &options, |client| give(lua, client))
    })?;
    table.set(registry::CLIENT.name, create)?;
    Ok(table)
}
