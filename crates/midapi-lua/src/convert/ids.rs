//! The task ids in the arguments of a call.

use mlua::{LuaString, Table, Value};

use crate::api::ApiFunction;
use crate::runtime::error::{ScriptError, shorten, type_name};

/// Reads the id of a call.
pub(crate) fn read_id(function: &ApiFunction, value: &Value) -> Result<LuaString, ScriptError> {
    match value {
        Value::String(id) => Ok(id.clone()),
        other => Err(ScriptError::argument_type(function.name, 1, "string", other)),
    }
}

/// Reads the id of a call that takes an id or a task.
#[cfg(feature = "download")]
pub(crate) fn read_id_or_task(function: &ApiFunction, value: &Value) -> Result<LuaString, ScriptError> {
    let id = match value {
        Value::Table(task) => task.raw_get("id")?,
        value => value.clone(),
    };
    match id {
        Value::String(id) => Ok(id),
        _ => Err(ScriptError::argument_type(function.name, 1, "id or task", value)),
    }
}

/// Reads the list of ids of a call. `reserve` is called with the length of each id before it is copied.
pub(crate) fn read_ids(
    function: &ApiFunction,
    value: &Value,
    mut reserve: impl FnMut(usize) -> Result<(), ScriptError>,
) -> Result<Vec<Vec<u8>>, ScriptError> {
    let Value::Table(list) = value else {
        return Err(ScriptError::argument_type(function.name, 1, "list of strings", value));
    };
    let mut ids = Vec::new();
    for id in list.sequence_values::<Value>() {
        let id = id?;
        let Value::String(id) = &id else {
            let detail = format!("string expected at index {}, got {}", ids.len() + 1, type_name(&id));
            return Err(ScriptError::argument(function.name, 1, &detail));
        };
        reserve(id.as_bytes().len())?;
        ids.push(id.as_bytes().to_vec());
    }
    check_keys(function, list, ids.len())?;
    Ok(ids)
}

/// Checks that a list contains only ids. A hole would end the list early, and an option among the ids would have no
/// effect.
///
/// Indexes below 1 are allowed, because the table `arg` of an interpreter has them.
fn check_keys(function: &ApiFunction, list: &Table, length: usize) -> Result<(), ScriptError> {
    for pair in list.pairs::<Value, Value>() {
        let detail = match pair?.0 {
            Value::Integer(index) if usize::try_from(index).is_ok_and(|index| index > length) => {
                format!("string expected at index {}, got nil", length + 1)
            }
            Value::Integer(_) => continue,
            Value::String(key) if function.options.iter().any(|option| key.as_bytes() == option.name.as_bytes()) => {
                let (name, position) = (key.to_string_lossy(), function.options_position());
                format!("unexpected key '{name}' in the list of ids; pass options as argument #{position}")
            }
            Value::String(key) => {
                format!("list of strings expected, got a table with key '{}'", shorten(&key.as_bytes()))
            }
            key => format!("list of strings expected, got a table with a {} key", type_name(&key)),
        };
        return Err(ScriptError::argument(function.name, 1, &detail));
    }
    Ok(())
}
