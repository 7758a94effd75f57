//! What the bridge keeps in a Lua state: made once for each state.

use std::cell::Cell;

use mlua::{AppDataRef, Lua, Result, Table};

use crate::raise::Shim;
use crate::{client, value};

/// What the bridge keeps.
pub(crate) struct Setup {
    pub(crate) shim: Shim,
    /// The metatable of errors.
    pub(crate) error: Table,
    /// The methods of a client.
    pub(crate) methods: Table,
    /// How many callbacks are running, one inside the other.
    pub(crate) depth: Cell<u8>,
}

/// What is kept in this state. Made by [`once`].
pub(crate) fn of(lua: &Lua) -> Result<AppDataRef<'_, Setup>> {
    lua.app_data_ref().ok_or_else(|| mlua::Error::runtime("the midapi table was made in another state"))
}

/// Makes what is kept, the first time.
pub(crate) fn once(lua: &Lua) -> Result<()> {
    if lua.app_data_ref::<Setup>().is_none() {
        let shim = Shim::new(lua, &value::task_metatable(lua)?)?;
        let methods = client::methods(lua, &shim)?;
        let error = value::error_metatable(lua)?;
        lua.set_app_data(Setup { shim, error, methods, depth: Cell::new(0) });
    }
    Ok(())
}
