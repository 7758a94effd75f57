//! Errors of the SDK as Lua tables.

use midapi::Error;
use mlua::{FromLua, Lua, Result, Table};

use crate::convert::{json, task};
use crate::runtime::state;

/// Creates the table of an error: the members of its JSON form, the id of the call, and the task if there is one.
/// `tostring` returns the message.
pub(crate) fn to_table(lua: &Lua, error: &Error, id: Option<&[u8]>) -> Result<Table> {
    let line = serde_json::to_value(error).map_err(mlua::Error::external)?;
    let table = Table::from_lua(json::from_tree(lua, &line["error"])?, lua)?;
    table.raw_set("id", id.map(|id| lua.create_string(id)).transpose()?)?;
    if let Some(failed) = error.task() {
        table.raw_set("task", task::to_table(lua, failed)?)?;
    }
    table.set_metatable(Some(state::get(lua)?.error_metatable.clone()))?;
    Ok(table)
}
