//! The values that this crate keeps in a Lua state, created once for each state.

use std::cell::Cell;

use mlua::{AppDataRef, Function, Lua, Result, Table};

use crate::runtime::function;

/// The values of one Lua state.
pub(crate) struct State {
    /// The `pcall` function, which calls the callbacks.
    pub(crate) pcall: Function,
    /// An empty Lua function. Calling it lets a hook of the interpreter raise its error.
    pub(crate) run_hook: Function,
    /// Creates the table of a task from its fields.
    pub(crate) create_task: Function,
    /// Creates the iterator of a batch.
    pub(crate) create_iterator: Function,
    /// The metatable of errors.
    pub(crate) error_metatable: Table,
    /// Creates the Lua function for an async Rust function.
    #[cfg(feature = "async")]
    pub(crate) wrap_async: Function,
    /// Lets scripts call async functions inside their own coroutines.
    #[cfg(feature = "async")]
    pub(crate) forward_pending: Function,
    /// The methods of a client.
    pub(crate) methods: Table,
    /// The number of nested callbacks that are running.
    pub(crate) callback_depth: Cell<u8>,
}

/// Returns the [`State`] that [`init`] stored in the Lua state.
pub(crate) fn get(lua: &Lua) -> Result<AppDataRef<'_, State>> {
    lua.app_data_ref().ok_or_else(|| mlua::Error::runtime("midapi was not loaded into this Lua state"))
}

/// Stores a [`State`] in the Lua state if it has none yet. `methods` creates the methods of a client, `receive` the
/// function that receives the results of an iteration.
pub(crate) fn init(
    lua: &Lua,
    methods: impl FnOnce(&Lua) -> Result<Table>,
    receive: impl FnOnce(&Lua) -> Result<Function>,
) -> Result<()> {
    if lua.app_data_ref::<State>().is_some() {
        return Ok(());
    }
    // In Lua 5.1, a tail call leaves a level without a position on the stack.
    let position_level = if cfg!(feature = "lua51") { 3 } else { 2 };
    let shim = lua.load(include_str!("shim.lua")).set_name("=midapi");
    #[cfg(feature = "async")]
    let pending = Lua::poll_pending();
    #[cfg(not(feature = "async"))]
    let pending = mlua::Nil;
    let functions: (_, _, _, _, _, Function, Function) = shim.call((position_level, pending, receive(lua)?))?;
    let (pcall, run_hook, create_task, create_iterator, error_metatable, wrap_async, forward_pending) = functions;
    #[cfg(not(feature = "async"))]
    drop((wrap_async, forward_pending));
    let state = State {
        pcall,
        run_hook,
        create_task,
        create_iterator,
        error_metatable,
        #[cfg(feature = "async")]
        wrap_async,
        #[cfg(feature = "async")]
        forward_pending,
        methods: methods(lua)?,
        callback_depth: Cell::new(0),
    };
    lua.set_app_data(state);
    function::raise_strings_for_finalized(lua)
}
