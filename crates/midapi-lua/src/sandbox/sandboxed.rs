//! A Lua state for scripts that the host does not trust.

use std::fmt;
#[cfg(feature = "download")]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use midapi::{Client, RequestLimit};
use mlua::chunk::ChunkMode;
use mlua::{FromLua, Function, Lua, LuaOptions, LuaString, MultiValue, Result, StdLib, Table, Value};

use crate::client::source::ClientSource;
use crate::runtime::error::ScriptError;
use crate::runtime::function::create_function;
use crate::runtime::hook;
use crate::runtime::limits::{self, Interrupt, Limits};
#[cfg(feature = "download")]
use crate::sandbox::download::DownloadPolicy;
use crate::sandbox::output::Output;
use crate::sandbox::policy::SandboxPolicy;
use crate::table::create_table;

/// The maximum time limit. A longer one could overflow the clock.
const MAX_TIME_LIMIT: Duration = Duration::from_hours(10 * 365 * 24);

/// A builder of Lua states for scripts that the host does not trust. Lua 5.4 and 5.5 only.
///
/// The limits, with their defaults:
///
/// - Libraries: base, coroutine, math, string, table, utf8 and os. The libraries io, package and debug are not
///   available. The library os has only `clock`, `date`, `difftime` and `time`. The base library has neither `dofile`
///   nor `loadfile`, and its `collectgarbage` accepts only `"count"`.
/// - No bytecode: `load` accepts text only, and `string.dump` is removed.
/// - No finalizers: `setmetatable` rejects `__gc`. Scripts cannot read the metatable of strings.
/// - Memory: 64 MiB of Lua's memory, which includes the ids that are passed to calls. At most 64 clients with their own
///   key.
/// - Time: 10 s for each run, including waits. A script cannot catch the error at the end of its time and continue:
///   `pcall`, `xpcall`, `load` and the functions of coroutines raise it again. This crate replaces these functions,
///   which changes their behavior in three cases. The variables of a failed coroutine are closed when it fails,
///   `xpcall` calls its handler after the failed call, and a coroutine cannot close itself.
/// - Output: `print` writes at most 1 MiB to the standard output in each run, with control characters escaped.
/// - Requests: 1000 in all runs together, to the base URL of the host's client and to the base URLs that the host
///   allows. The host's key is sent only to the base URL of the host's client, and scripts cannot read it.
/// - Files: no access. If the host allows a directory, scripts can download 512 MiB to it in all runs together.
///   Requests for files do not count toward the 1000 requests. They are sent by an HTTP client that does not have the
///   key and cannot access private addresses.
///
/// Not limited:
///
/// - One call of a library function, such as a slow pattern in `string.find`, `string.rep("", 1e15)` or `table.move`
///   over an endless range. The time limit is checked only between instructions and at each call of a function.
/// - Garbage collection. A script whose memory is nearly full can cause a collection at each instruction, and then ends
///   some seconds late.
/// - The memory of responses.
///
/// To limit these as well, run scripts in a process that can be killed, as `midapi lua --sandbox` does.
///
/// # Examples
/// ```
/// # #[cfg(any(feature = "lua54", feature = "lua55"))]
/// # fn main() -> mlua::Result<()> {
/// use std::time::Duration;
///
/// let client = midapi::Client::builder().api_key("test-key").build().unwrap();
/// let sandbox = midapi_lua::Sandbox::new(client).time_limit(Duration::from_millis(50)).build()?;
/// let error = sandbox.run("loop", "while true do pcall(error) end").unwrap_err();
/// assert!(error.to_string().contains("script exceeded its time limit"));
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
    memory_limit: usize,
    time_limit: Duration,
    output_limit: usize,
    request_limit: Option<u64>,
    allowed_base_urls: Vec<String>,
    #[cfg(feature = "download")]
    download_directory: Option<PathBuf>,
    #[cfg(feature = "download")]
    download_limit: u64,
}

impl Sandbox {
    /// Creates a builder with the defaults and the client that `midapi.client()` returns to scripts.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            libraries: StdLib::COROUTINE | StdLib::MATH | StdLib::STRING | StdLib::TABLE | StdLib::UTF8 | StdLib::OS,
            memory_limit: 64 << 20,
            time_limit: Duration::from_secs(10),
            output_limit: 1 << 20,
            request_limit: Some(1000),
            allowed_base_urls: Vec::new(),
            #[cfg(feature = "download")]
            download_directory: None,
            #[cfg(feature = "download")]
            download_limit: 512 << 20,
        }
    }

    /// Sets the libraries that are loaded in addition to base. Defaults to coroutine, math, string, table, utf8 and os.
    /// The restrictions on os remain, and io, package and debug are never loaded.
    pub fn libraries(mut self, libraries: StdLib) -> Self {
        self.libraries = libraries;
        self
    }

    /// Sets the memory limit of Lua in bytes. 0 means no limit. Defaults to 64 MiB. A script that exceeds it raises
    /// `not enough memory`.
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// Sets the time limit of each run, including waits. Defaults to 10 s. At most ten years.
    pub fn time_limit(mut self, time: Duration) -> Self {
        self.time_limit = time.min(MAX_TIME_LIMIT);
        self
    }

    /// Sets the maximum number of bytes that each run may print. Defaults to 1 MiB.
    pub fn output_limit(mut self, bytes: usize) -> Self {
        self.output_limit = bytes;
        self
    }

    /// Sets the maximum number of requests of all runs together, or `None` for no limit. Defaults to 1000. See
    /// [`RequestLimit`].
    pub fn request_limit(mut self, requests: impl Into<Option<u64>>) -> Self {
        self.request_limit = requests.into();
        self
    }

    /// Allows scripts to create clients for this base URL as well. Such a client must have its own key.
    pub fn allow_base_url(mut self, url: impl Into<String>) -> Self {
        self.allowed_base_urls.push(url.into());
        self
    }

    /// Allows scripts to download files to a directory. By default, `client:download` and `client:download_all` raise
    /// an error.
    ///
    /// Scripts can choose a subdirectory with the option `to` of these methods, which defaults to the directory itself.
    /// It must be a relative path, and must not contain `..`, symbolic links, or names that begin with a dot.
    #[cfg(feature = "download")]
    pub fn download_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.download_directory = Some(directory.into());
        self
    }

    /// Sets the maximum number of bytes that all runs together may download. Defaults to 512 MiB. A call that exceeds
    /// it raises `script exceeded its download limit`. Files that were already saved remain.
    #[cfg(feature = "download")]
    pub fn download_limit(mut self, bytes: u64) -> Self {
        self.download_limit = bytes;
        self
    }

    /// Creates the Lua state with the global table `midapi`.
    ///
    /// # Errors
    /// Errors of Lua, such as a memory limit that is too low for the libraries.
    pub fn build(self) -> Result<Sandboxed> {
        let never = StdLib::IO | StdLib::PACKAGE | StdLib::DEBUG;
        let lua = Lua::new_with((self.libraries | never) ^ never, LuaOptions::new())?;
        let limits = hook::install(&lua, self.time_limit)?;
        let output = Output::new(self.output_limit);
        restrict_environment(&lua, output.clone())?;
        let request_limit = self.request_limit.map(RequestLimit::new);
        let policy = SandboxPolicy::new(
            self.allowed_base_urls,
            request_limit.clone(),
            #[cfg(feature = "download")]
            DownloadPolicy::new(self.download_directory, self.download_limit),
        );
        let table = create_table(&lua, ClientSource::new(Some(self.client), Some(policy)))?;
        lua.globals().set("midapi", table)?;
        lua.set_memory_limit(self.memory_limit)?;
        Ok(Sandboxed { lua, limits, output, time_limit: self.time_limit, request_limit })
    }
}

/// Removes the functions that a script must not have, and replaces some functions by restricted versions.
fn restrict_environment(lua: &Lua, output: Output) -> Result<()> {
    let chunk = lua.load(include_str!("environment.lua")).set_name("=sandbox");
    let restrict: Function = chunk.into_function()?;
    let write = create_function(lua, move |lua, arguments| {
        let texts = Table::from_lua(arguments.into_iter().next().unwrap_or(Value::Nil), lua)?;
        let mut line = Vec::new();
        for (index, text) in texts.sequence_values::<LuaString>().enumerate() {
            let text = text?;
            // The memory limit of Lua does not count the line.
            if output.is_too_long(line.len() + text.as_bytes().len()) {
                return Err(ScriptError::message(lua, &output.limit_error()));
            }
            line.extend((index > 0).then_some(b'\t'));
            line.extend_from_slice(&text.as_bytes());
        }
        line.push(b'\n');
        output.write(&line).map_err(|message| ScriptError::message(lua, &message))?;
        Ok(MultiValue::new())
    })?;
    restrict.call((lua.globals(), hook::create_check(lua)?, write))
}

/// A Lua state for scripts that the host does not trust. Created by [`Sandbox::build`].
pub struct Sandboxed {
    lua: Lua,
    limits: Arc<Limits>,
    output: Output,
    time_limit: Duration,
    request_limit: Option<RequestLimit>,
}

impl Sandboxed {
    /// Runs a script and returns its results. Global variables keep their values from one run to the next.
    ///
    /// # Errors
    /// The error of the script, or the message of the limit that it exceeded. The state can be used again.
    pub fn run(&self, name: &str, code: impl AsRef<[u8]>) -> Result<MultiValue> {
        self.limits.begin_run(self.time_limit);
        hook::begin_run(&self.lua);
        self.output.begin_run();
        let chunk = self.lua.load(code.as_ref()).set_name(name).set_mode(ChunkMode::Text);
        let values = chunk.eval()?;
        // The last library call may have ended after the time limit.
        match self.limits.stop_reason() {
            None => Ok(values),
            Some(reason) => Err(mlua::Error::runtime(limits::stop_message(&reason))),
        }
    }

    /// Returns the globals of the scripts. Functions that the host adds run outside of all limits.
    pub fn globals(&self) -> Table {
        self.lua.globals()
    }

    /// Returns the Lua state, to create values for the globals.
    pub const fn lua(&self) -> &Lua {
        &self.lua
    }

    /// Returns a handle that ends a run from another thread. The script cannot continue after catching the error
    /// `interrupted!` that ends its run.
    pub fn interrupt(&self) -> Interrupt {
        self.limits.interrupt()
    }

    /// Returns the limit on requests, if there is one.
    pub const fn request_limit(&self) -> Option<&RequestLimit> {
        self.request_limit.as_ref()
    }
}

impl fmt::Debug for Sandboxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandboxed")
            .field("time_limit", &self.time_limit)
            .field("request_limit", &self.request_limit)
            .finish_non_exhaustive()
    }
}
