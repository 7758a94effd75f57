//! A state for scripts that the host does not trust.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use midapi::{Client, RequestLimit};
use mlua::chunk::ChunkMode;
use mlua::{Function, Lua, LuaOptions, MultiValue, Result, StdLib, Table};

use crate::access::{Access, Fence};
use crate::hook;
use crate::limits::{self, Interrupt, Limits};

/// Far enough away to be counted from now.
const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);

/// Makes states for scripts that the host does not trust. Lua 5.4 and 5.5 only: the others cannot be held to all of this.
///
/// What holds, with the defaults:
///
/// - Libraries: base, coroutine, math, string, table, utf8, and of os only `clock`, `date`, `difftime` and `time`. Not io, package
///   and debug, and of base not `collectgarbage` (but for `"count"`), `dofile` and `loadfile`.
/// - No bytecode: `load` takes text only, `string.dump` is not there.
/// - No finalisers: `setmetatable` refuses `__gc`. The metatable of strings cannot be had.
/// - Memory: 64 MiB of Lua's, the ids of calls included. At most 64 clients with a key of their own at once.
/// - Time: 10 s a run, waits included. A script cannot catch its way out: `pcall`, `xpcall`, `load` and coroutines raise again what
///   ends it. They run under functions of this crate for that, so a variable of a failed coroutine is closed at its
///   failure, `xpcall` calls its handler after the failed call, and no coroutine can close itself.
/// - Traffic: 1000 requests over all runs, to the base URL of the host's client and those that are allowed. The host's key is
///   sent nowhere else, and cannot be read.
///
/// What does not: a limit acts between some instructions of Lua and the next. One call of a library function, such as a slow
/// pattern in `string.find`, `string.rep("", 1e15)` or `table.move` over an endless range, runs to its own end. With its memory
/// nearly full, a script may have all of it collected at each instruction, and its end may come some seconds late. The memory of
/// other Rust values is not counted (answers under way). A host that needs more than this runs scripts in a process that it
/// kills: `midapi lua --sandbox` does.
///
/// # Examples
/// ```
/// # #[cfg(any(feature = "lua54", feature = "lua55"))]
/// # fn main() -> mlua::Result<()> {
/// use std::time::Duration;
///
/// let client = midapi::Client::builder().api_key("made-up").build().unwrap();
/// let sandbox = midapi_lua::Sandbox::new(client).time_limit(Duration::from_millis(50)).build()?;
/// let error = sandbox.run("loop", "while true do pcall(error) end").unwrap_err();
/// assert!(error.to_string().contains("the script's time is over"));
/// assert_eq!(sandbox.run("sum", "return 1 + 1")?[0].as_integer(), Some(2));
/// # Ok(())
/// # }
/// # #[cfg(not(any(feature = "lua54", feature = "lua55")))]
/// # fn main() {}
/// ```
#[derive(Debug)]
#[must_use]
pub struct Sandbox {
    client: Client,
    libraries: StdLib,
    memory_bytes: usize,
    time: Duration,
    requests: Option<u64>,
    base_urls: Vec<String>,
}

impl Sandbox {
    /// With the defaults, and the client that scripts get from `midapi.client()`.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            libraries: StdLib::COROUTINE | StdLib::MATH | StdLib::STRING | StdLib::TABLE | StdLib::UTF8 | StdLib::OS,
            memory_bytes: 64 << 20,
            time: Duration::from_secs(10),
            requests: Some(1000),
            base_urls: Vec::new(),
        }
    }

    /// The libraries besides base. Of os, only what tells the time is left, whatever is chosen here; io, package and debug are not
    /// loaded even if they are chosen.
    pub fn libraries(mut self, libraries: StdLib) -> Self {
        self.libraries = libraries;
        self
    }

    /// The memory that Lua may take, in bytes. 64 MiB unless set. What it cannot get raises `not enough memory`.
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_bytes = bytes;
        self
    }

    /// The time of each run, waits included; ten years at the most. 10 s unless set.
    pub fn time_limit(mut self, time: Duration) -> Self {
        self.time = time.min(LONGEST);
        self
    }

    /// How many requests all runs together may send; None for no cap. 1000 unless set. See [`RequestLimit`].
    pub fn request_limit(mut self, requests: impl Into<Option<u64>>) -> Self {
        self.requests = requests.into();
        self
    }

    /// Lets scripts make clients for another base URL than the host's, with a key of their own.
    pub fn allow_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_urls.push(url.into());
        self
    }

    /// The state. The table is its global `midapi`.
    ///
    /// # Errors
    /// Those of Lua, such as a memory limit that is too small for the libraries.
    pub fn build(self) -> Result<Sandboxed> {
        let never = StdLib::IO | StdLib::PACKAGE | StdLib::DEBUG;
        let lua = Lua::new_with((self.libraries | never) ^ never, LuaOptions::new())?;
        let limits = limits::of(&lua, self.time)?;
        fence_in(&lua)?;
        let cap = self.requests.map(RequestLimit::new);
        let access = Access {
            host: Some(self.client),
            fence: Some(Fence { base_urls: self.base_urls, cap: cap.clone(), made: Arc::default() }),
        };
        lua.globals().set("midapi", crate::blocking_table(&lua, access)?)?;
        lua.set_memory_limit(self.memory_bytes)?;
        Ok(Sandboxed { lua, limits, time: self.time, cap })
    }
}

/// Takes out what a script must not have, and puts safe forms in the place of some of it.
fn fence_in(lua: &Lua) -> Result<()> {
    let fence: Function = lua.load(include_str!("sandbox.lua")).set_name("=sandbox").into_function()?;
    fence.call((lua.globals(), hook::check(lua)?))
}

/// A state for scripts that the host does not trust; made by [`Sandbox::build`].
pub struct Sandboxed {
    lua: Lua,
    limits: Arc<Limits>,
    time: Duration,
    cap: Option<RequestLimit>,
}

impl Sandboxed {
    /// Runs a script to its end, and gives back what it returns. Globals stay from run to run.
    ///
    /// # Errors
    /// What the script raises, the end of its time and of its memory included. The state can be used again.
    pub fn run(&self, name: &str, code: impl AsRef<[u8]>) -> Result<MultiValue> {
        // A run that follows has its own time, and the slow hook of one that ended is not its own.
        self.limits.begin(self.time);
        hook::reset(&self.lua);
        let chunk = self.lua.load(code.as_ref()).set_name(name).set_mode(ChunkMode::Text);
        chunk.eval()
    }

    /// The globals of the scripts: what is put here they can use. Functions of the host run outside of all limits.
    pub fn globals(&self) -> Table {
        self.lua.globals()
    }

    /// The state, for making values to put among the globals.
    pub const fn lua(&self) -> &Lua {
        &self.lua
    }

    /// What ends a run from another thread, for good: the script cannot catch it and go on.
    pub fn interrupt(&self) -> Interrupt {
        self.limits.interrupt()
    }

    /// The cap on requests, if there is one.
    pub const fn request_cap(&self) -> Option<&RequestLimit> {
        self.cap.as_ref()
    }
}

impl fmt::Debug for Sandboxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandboxed").field("time", &self.time).field("cap", &self.cap).finish_non_exhaustive()
    }
}
