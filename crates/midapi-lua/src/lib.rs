//! Request, wait for and download Midjourney tasks of MidAPI in Lua. Unofficial.
//!
//! A Rust host creates the `midapi` table with [`table()`] and passes it to its scripts. The command `midapi lua` also
//! provides the table. Built as a module, the crate can be loaded with `require "midapi"` in a stock interpreter.
//!
//! ```lua
//! local client = midapi.client()                  -- or { api_key = …, base_url = …, timeout = … }
//! local task, err = client:get("0f1e2d3c…")       -- nil, err if the API or the network fails
//! if not task then print(err.kind, err.message) end
//! for id, task, err in client:wait_all(ids, { max_in_flight = 8 }) do … end
//! local files, err = client:download(id, { to = "pictures" })
//! ```
//!
//! # Calls
//! Calls block the script. `get_all` and `wait_all` send requests concurrently, and only while the script waits inside
//! their iterator. Leaving the loop stops the requests. A failure of the API or the network is returned as `nil, err`.
//! A value of the wrong type or an unknown option raises an error such as
//! `bad argument #1 to 'get' (string expected, got number)`.
//!
//! A duration is a number of seconds, or text such as `"90s"`, `"1h30m"` or `"500ms"`. A time is a number of seconds
//! since the epoch and may have a fraction. `os.date` raises an error for a fraction, so pass it
//! `math.floor(task.create_time)`.
//!
//! # Downloads
//! `client:download` saves the result files of a task. `client:download_all` saves those of many tasks and returns them
//! as they arrive. A second call sends no request for files that are recorded in the directory and unchanged. The
//! `path` of a file is relative to the directory. With `wait = true`, both functions wait until the tasks are final. A
//! call that fails after it has saved some files returns the list of all files as `err.files`. Each call opens its own
//! connections, so use one `client:download_all` for many tasks.
//!
//! # Features
//! - `lua55`, `lua54`, `lua53`, `lua52`, `lua51`, `luajit`: the version of Lua. The host selects one of them.
//! - `vendored`: builds Lua from source.
//! - `send`: enables the feature `send` of mlua.
//! - `async`: adds `async_table_with`, the table for async hosts.
//! - `download` (a default feature): adds the downloads.
//! - `module` (instead of `vendored`): builds the module for a stock interpreter. Run `cargo xtask lua-module`.
//!
//! # Forks
//! A client that was created before a fork, such as in `OpenResty`'s `init_by_lua`, can be used in the new process. At
//! its first call there, the client opens new connections. A fork during a call of the client is not supported.
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
