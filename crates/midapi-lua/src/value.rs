//! Tasks and errors as plain Lua tables. What is absent is nil.

use midapi::{Error, Task};
use mlua::{IntoLua, Lua, Result, Table, Value};
use serde_json::Value as Json;

/// A task: the fields of `--json`, with times as seconds since the epoch. `tostring` reads well.
pub(crate) fn task(lua: &Lua, task: &Task) -> Result<Table> {
    let table = object(lua, &serde_json::to_value(task).map_err(mlua::Error::external)?)?;
    let times = [
        ("create_time", task.create_time()),
        ("complete_time", task.complete_time()),
        ("results_expire_at", task.results_expire_at()),
    ];
    for (name, time) in times {
        table.raw_set(name, time.map(|time| time.as_duration().as_secs_f64()))?;
    }
    let text = match task.params().ok().and_then(|params| params.prompt.as_deref()) {
        Some(prompt) => format!("task {}: {} ({prompt})", task.id(), task.status()),
        None => format!("task {}: {}", task.id(), task.status()),
    };
    reading_well(lua, table, text)
}

/// An error: what `--json` has of it, the id, and the task where there is one. `tostring` gives its message.
pub(crate) fn error(lua: &Lua, error: &Error) -> Result<Table> {
    let line = serde_json::to_value(error).map_err(mlua::Error::external)?;
    let table = object(lua, &line["error"])?;
    table.raw_set("id", error.id())?;
    if let Some(failed) = error.task() {
        table.raw_set("task", task(lua, failed)?)?;
    }
    reading_well(lua, table, error.to_string())
}

fn reading_well(lua: &Lua, table: Table, text: String) -> Result<Table> {
    let meta = lua.create_table()?;
    meta.raw_set("__tostring", lua.create_function(move |_, _: Value| Ok(text.clone()))?)?;
    table.set_metatable(Some(meta))?;
    Ok(table)
}

fn object(lua: &Lua, json: &Json) -> Result<Table> {
    let table = lua.create_table()?;
    for (key, value) in json.as_object().into_iter().flatten() {
        table.raw_set(key.as_str(), from_json(lua, value)?)?;
    }
    Ok(table)
}

/// mlua's own conversion makes a userdata of null, which is true in Lua.
fn from_json(lua: &Lua, json: &Json) -> Result<Value> {
    match json {
        Json::Null => Ok(Value::Nil),
        Json::Bool(flag) => Ok(Value::Boolean(*flag)),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole.into_lua(lua),
            None => number.as_f64().into_lua(lua),
        },
        Json::String(text) => text.as_str().into_lua(lua),
        Json::Array(items) => {
            let list = lua.create_table()?;
            for (index, item) in items.iter().enumerate() {
                list.raw_set(index + 1, from_json(lua, item)?)?;
            }
            Ok(Value::Table(list))
        }
        Json::Object(_) => object(lua, json).map(Value::Table),
    }
}
