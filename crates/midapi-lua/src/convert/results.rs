//! Results of the SDK as Lua values.

use midapi::Error;
use mlua::{IntoLua, IntoLuaMulti, Lua, MultiValue, Result, Table, Value};

use crate::convert::{error, task};
use crate::runtime::error::ScriptError;

/// Returns the values of a call: `task`, or `nil, err`.
pub(crate) fn to_values(lua: &Lua, id: &[u8], result: &midapi::Result) -> Result<MultiValue> {
    match result {
        Ok(task) => task::to_table(lua, task)?.into_lua_multi(lua),
        Err(error) => failure(lua, Some(id), error),
    }
}

/// Returns the values `nil, err`, with the id of the call if it has one.
pub(crate) fn failure(lua: &Lua, id: Option<&[u8]>, error: &Error) -> Result<MultiValue> {
    (Value::Nil, error::to_table(lua, error, id)?).into_lua_multi(lua)
}

/// Creates a list of results for the iterator of a batch. Its field `last` is the number of values in it.
pub(crate) fn create_batch(lua: &Lua, capacity: usize) -> Result<Table> {
    let batch = lua.create_table_with_capacity(3 * capacity, 1)?;
    batch.raw_set("last", 0)?;
    Ok(batch)
}

/// A result of the iterator of a batch.
pub(crate) trait BatchResult: Send + 'static {
    /// Appends the result to the list: id, value and error.
    fn push(&self, lua: &Lua, batch: &Table, id: &[u8]) -> std::result::Result<(), ScriptError>;

    /// Returns the value, or `nil, err`.
    #[cfg(any(feature = "async", feature = "download"))]
    fn to_values(&self, lua: &Lua, id: &[u8]) -> std::result::Result<MultiValue, ScriptError>;
}

impl BatchResult for midapi::Result {
    fn push(&self, lua: &Lua, batch: &Table, id: &[u8]) -> std::result::Result<(), ScriptError> {
        match self {
            Ok(task) => task::create(lua, Some(batch), task)?,
            Err(failed) => append(lua, batch, id, Value::Nil, Some(error::to_table(lua, failed, Some(id))?))?,
        }
        Ok(())
    }

    #[cfg(any(feature = "async", feature = "download"))]
    fn to_values(&self, lua: &Lua, id: &[u8]) -> std::result::Result<MultiValue, ScriptError> {
        Ok(to_values(lua, id, self)?)
    }
}

/// Appends id, value and error to the list.
pub(crate) fn append(lua: &Lua, batch: &Table, id: &[u8], value: impl IntoLua, error: Option<Table>) -> Result<()> {
    let last: usize = batch.raw_get("last")?;
    batch.raw_set(last + 1, lua.create_string(id)?)?;
    batch.raw_set(last + 2, value)?;
    batch.raw_set(last + 3, error)?;
    batch.raw_set("last", last + 3)
}
