//! Conversion of the results of the SDK to Lua values.

use midapi::Error;
use mlua::{IntoLua, IntoLuaMulti, Lua, MultiValue, Result, Table, Value};

use crate::convert::{error, task};
use crate::runtime::error::ScriptError;

/// Converts the result of a call to Lua values: `task`, or `nil, err`.
pub(crate) fn to_values(lua: &Lua, id: &[u8], result: &midapi::Result) -> Result<MultiValue> {
    match result {
        Ok(task) => task::to_table(lua, task)?.into_lua_multi(lua),
        Err(error) => failure(lua, Some(id), error),
    }
}

/// Returns the Lua values `nil, err`. If `id` is present, the error has the field `id`.
pub(crate) fn failure(lua: &Lua, id: Option<&[u8]>, error: &Error) -> Result<MultiValue> {
    (Value::Nil, error::to_table(lua, error, id)?).into_lua_multi(lua)
}

/// Creates an empty list for the results that the iterator of a batch returns. The list has room for `capacity`
/// results. Its field `last` counts the appended values, three for each result, and starts at 0.
pub(crate) fn create_batch(lua: &Lua, capacity: usize) -> Result<Table> {
    let batch = lua.create_table_with_capacity(3 * capacity, 1)?;
    batch.raw_set("last", 0)?;
    Ok(batch)
}

/// A result that the iterator of a batch returns to the script.
pub(crate) trait BatchResult: Send + 'static {
    /// Appends the result to the list `batch` as three values: the id, the value and the error.
    fn push(&self, lua: &Lua, batch: &Table, id: &[u8]) -> std::result::Result<(), ScriptError>;

    /// Converts the result to Lua values without the id: the value, or `nil, err`.
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

/// Appends an id, a value and an error to the list `batch`.
pub(crate) fn append(lua: &Lua, batch: &Table, id: &[u8], value: impl IntoLua, error: Option<Table>) -> Result<()> {
    let last: usize = batch.raw_get("last")?;
    batch.raw_set(last + 1, lua.create_string(id)?)?;
    batch.raw_set(last + 2, value)?;
    batch.raw_set(last + 3, error)?;
    batch.raw_set("last", last + 3)
}
