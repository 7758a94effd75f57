//! Results of the SDK as Lua values.

use midapi::Error;
use mlua::{IntoLuaMulti, Lua, MultiValue, Result, Table, Value};

use crate::convert::{error, task};

/// Returns the values of a call: `task`, or `nil, err`.
pub(crate) fn to_values(lua: &Lua, result: &midapi::Result) -> Result<MultiValue> {
    match result {
        Ok(task) => task::to_table(lua, task)?.into_lua_multi(lua),
        Err(error) => failure(lua, error),
    }
}

/// Returns the values `nil, err`.
pub(crate) fn failure(lua: &Lua, error: &Error) -> Result<MultiValue> {
    (Value::Nil, error::to_table(lua, error)?).into_lua_multi(lua)
}

/// Creates a list of results for the iterator of a batch.
pub(crate) fn create_batch(lua: &Lua, capacity: usize) -> Result<Table> {
    let batch = lua.create_table_with_capacity(3 * capacity, 1)?;
    batch.raw_set("last", 0)?;
    Ok(batch)
}

/// Appends a result to the list.
pub(crate) fn push(lua: &Lua, batch: &Table, id: &[u8], result: &midapi::Result) -> Result<()> {
    match result {
        Ok(task) => task::create(lua, Some(batch), task),
        Err(failed) => {
            let last: usize = batch.raw_get("last")?;
            batch.raw_set(last + 1, lua.create_string(id)?)?;
            batch.raw_set(last + 3, error::to_table(lua, failed)?)?;
            batch.raw_set("last", last + 3)
        }
    }
}
