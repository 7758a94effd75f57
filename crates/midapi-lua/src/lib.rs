//! Request, wait for and download Midjourney tasks of MidAPI in Lua. Unofficial.
//!
//! A Rust host gives its scripts the `midapi` table of [`table()`]. The command `midapi lua` does the same. Built as a module, the
//! crate is loaded by `require "midapi"` in a stock interpreter.
//!
//! ```lua
//! local client = midapi.client()                  -- or { api_key = …, base_url = …, timeout = … }
//! local task, err = client:get("0f1e2d3c…")       -- nil, err: a failure of the API or the network does not raise
//! if not task then print(err.kind, err.message) end
//! for id, task, err in client:wait_all(ids, { max_in_flight = 8 }) do … end
//! local files, err = client:download(id, { to = "pictures" })
//! ```
//!
//! # Calls
//! Calls block the script. `get_all` and `wait_all` send requests concurrently, and only while the script is inside their
//! iterator; leaving the loop stops them. A failure of the API or the network is returned as `nil, err`. A wrong type and an
//! unknown option raise `bad argument #1 to 'get' (string expected, got number)`.
//!
//! Durations are a number of seconds, or text such as `"90s"`, `"1h30m"` and `"500ms"`. Times are seconds since the epoch and may
//! have a fraction: pass `math.floor(task.create_time)` to `os.date`, which raises for fractions.
//!
//! # Downloads
//! `client:download` saves the result files of a task, and `client:download_all` those of many tasks as they arrive. A second
//! call sends no request for files that are recorded in the directory and unchanged. The `path` of a file is relative to the
//! directory. With `wait = true` they wait until the tasks are final. A call that fails after it has saved some files returns the
//! list of all files as `err.files`. Each call opens connections of its own, so use one `client:download_all` for many tasks.
//!
//! # Features
//! The host chooses the version of Lua: `lua55`, `lua54`, `lua53`, `lua52`, `lua51` or `luajit`, and `vendored` to build it. `send`
//! is passed through to mlua. `async` adds the table for async hosts, and `download` (a default feature) the downloads. `module` (instead of `vendored`) builds the module for a
//! stock interpreter: run `cargo xtask lua-module`.
//!
//! # Forks
//! A client may be used after a fork of its process, such as one of `OpenResty`'s `init_by_lua`. At its first call in
//! the new process it opens new connections. A fork inside a call of the client is not supported.
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

mod api;
mod client;
mod convert;
#[cfg(feature = "meta")]
mod definitions;
#[cfg(not(feature = "module"))]
mod interpreter;
#[cfg(feature = "module")]
mod module;
mod runtime;
mod sandbox;
mod table;

#[cfg(feature = "meta")]
pub use crate::definitions::definitions;
#[cfg(not(feature = "module"))]
pub use crate::interpreter::{new_interpreter, skip_shebang};
pub use crate::runtime::hook::interruptible;
pub use crate::runtime::limits::Interrupt;
#[cfg(all(unix, not(feature = "module")))]
pub use crate::sandbox::contain_process;
#[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
pub use crate::sandbox::{Sandbox, Sandboxed};
#[cfg(feature = "async")]
pub use crate::table::async_table_with;
pub use crate::table::{table, table_with};
