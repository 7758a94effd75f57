//! The outcomes of downloads as Lua values.

use midapi_download::{FileOutcome, Outcome};
use mlua::{FromLua, IntoLuaMulti, Lua, MultiValue, Result, Table};

use crate::convert::results::{BatchResult, append};
use crate::convert::{error, json};
use crate::runtime::error::ScriptError;
use crate::sandbox::download::LimitExceeded;

/// The outcome of a download, or the limit of the sandbox that ended it.
pub(crate) type Downloaded = std::result::Result<Outcome, LimitExceeded>;

impl BatchResult for Downloaded {
    fn push(&self, lua: &Lua, batch: &Table, id: &[u8]) -> std::result::Result<(), ScriptError> {
        let (files, error) = to_tables(lua, self.as_ref()?, id)?;
        Ok(append(lua, batch, id, files, error)?)
    }

    fn to_values(&self, lua: &Lua, id: &[u8]) -> std::result::Result<MultiValue, ScriptError> {
        Ok(match to_tables(lua, self.as_ref()?, id)? {
            (files, None) => files.into_lua_multi(lua)?,
            failed => failed.into_lua_multi(lua)?,
        })
    }
}

/// Returns the list of files, or the first error. If at least one file was saved or existed before, the field `files`
/// of the error is the list of all files.
fn to_tables(lua: &Lua, outcome: &Outcome, id: &[u8]) -> Result<(Option<Table>, Option<Table>)> {
    let list = || {
        let files = outcome.files.iter().map(|file| to_table(lua, file, id));
        lua.create_sequence_from(files.collect::<Result<Vec<_>>>()?)
    };
    let Some(first) = outcome.first_error() else { return Ok((Some(list()?), None)) };
    let error = error::to_table(lua, first, Some(id))?;
    if outcome.files.iter().any(|file| file.path.is_some()) {
        error.raw_set("files", list()?)?;
    }
    Ok((None, Some(error)))
}

/// Converts the outcome of a file to a table with the same members as its JSON form.
fn to_table(lua: &Lua, file: &FileOutcome, id: &[u8]) -> Result<Table> {
    let tree = serde_json::to_value(file).map_err(mlua::Error::external)?;
    let table = Table::from_lua(json::from_tree(lua, &tree)?, lua)?;
    if let Some(failed) = &file.error {
        table.raw_set("error", error::to_table(lua, failed, Some(id))?)?;
    }
    Ok(table)
}
