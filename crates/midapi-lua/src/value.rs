//! Tasks and errors as plain Lua tables. What is absent is nil.

use midapi::{Error, Task};
use mlua::{FromLua, FromLuaMulti, IntoLuaMulti, Lua, MultiValue, Result, Table, Value, Variadic};

use crate::{json, setup};

/// `task`, or `nil, err`.
pub(crate) fn outcome(lua: &Lua, outcome: &midapi::Result) -> Result<MultiValue> {
    match outcome {
        Ok(done) => task(lua, done)?.into_lua_multi(lua),
        Err(failed) => failure(lua, failed),
    }
}

/// `nil, err`.
pub(crate) fn failure(lua: &Lua, failed: &Error) -> Result<MultiValue> {
    (Value::Nil, error(lua, failed)?).into_lua_multi(lua)
}

/// As many result URLs are handed over as arguments; the stack of a hostile answer has no end.
const FEW: usize = 16;

/// A task: the fields of `--json`, with times as seconds since the epoch. `tostring` reads well.
pub(crate) fn task(lua: &Lua, task: &Task) -> Result<Table> {
    made(lua, None, task)
}

/// A list of answers for the iterator of scripts.
pub(crate) fn answers(lua: &Lua, some: usize) -> Result<Table> {
    let answers = lua.create_table_with_capacity(3 * some, 1)?;
    answers.raw_set("last", 0)?;
    Ok(answers)
}

/// Puts an answer at the end of the list.
pub(crate) fn answer(lua: &Lua, answers: &Table, id: &str, outcome: &midapi::Result) -> Result<()> {
    match outcome {
        Ok(done) => made(lua, Some(answers), done),
        Err(failed) => {
            let last: usize = answers.raw_get("last")?;
            answers.raw_set(last + 1, id)?;
            answers.raw_set(last + 3, error(lua, failed)?)?;
            answers.raw_set("last", last + 3)
        }
    }
}

/// Field by field instead of through its JSON, which took five times as long. A test holds it to the names of the JSON.
fn made<R: FromLuaMulti>(lua: &Lua, answers: Option<&Table>, task: &Task) -> Result<R> {
    let error_code = task.error_code().map(|code| {
        let code = serde_json::to_value(code).map_err(mlua::Error::external)?;
        json::from_tree(lua, &code)
    });
    let warnings = if task.warnings().is_empty() { None } else { Some(warnings(lua, task)?) };
    let urls = task.result_urls().iter().map(String::as_str);
    let (list, few) =
        if urls.len() > FEW { (Some(lua.create_sequence_from(urls)?), Vec::new()) } else { (None, urls.collect()) };
    setup::of(lua)?.shim.task.call((
        answers,
        task.id(),
        task.status().as_str(),
        task.task_type(),
        task.success_flag(),
        task.param_json(),
        task.param_json().map(|text| json::from_text(lua, text)),
        error_code.transpose()?,
        task.error_message(),
        task.create_time().map(|time| time.as_duration().as_secs_f64()),
        task.complete_time().map(|time| time.as_duration().as_secs_f64()),
        task.results_expire_time().map(|time| time.as_duration().as_secs_f64()),
        warnings,
        list,
        Variadic::from(few),
    ))
}

fn warnings(lua: &Lua, task: &Task) -> Result<Table> {
    let warnings = task.warnings().iter().map(|problem| {
        let entry = lua.create_table()?;
        entry.raw_set("field", problem.field.as_str())?;
        entry.raw_set("message", problem.message.as_str())?;
        Ok(entry)
    });
    lua.create_sequence_from(warnings.collect::<Result<Vec<_>>>()?)
}

/// An error: what `--json` has of it, the id, and the task where there is one. `tostring` gives its message.
pub(crate) fn error(lua: &Lua, error: &Error) -> Result<Table> {
    let line = serde_json::to_value(error).map_err(mlua::Error::external)?;
    let table = Table::from_lua(json::from_tree(lua, &line["error"])?, lua)?;
    table.raw_set("id", error.task_id())?;
    if let Some(failed) = error.task() {
        table.raw_set("task", task(lua, failed)?)?;
    }
    table.set_metatable(Some(setup::of(lua)?.error.clone()))?;
    Ok(table)
}

/// What tasks have in common.
pub(crate) fn task_metatable(lua: &Lua) -> Result<Table> {
    reading_as(lua, "midapi.Task", |task| {
        let field = |name| Ok::<_, mlua::Error>(plain(&task.raw_get(name)?));
        let prompt = match task.raw_get("params")? {
            Value::Table(params) => params.raw_get::<Option<mlua::LuaString>>("prompt")?,
            _ => None,
        };
        let prompt = prompt.map(|prompt| format!(" ({})", prompt.to_string_lossy())).unwrap_or_default();
        Ok(format!("task {}: {}{prompt}", field("id")?, field("status")?))
    })
}

/// What errors have in common.
pub(crate) fn error_metatable(lua: &Lua) -> Result<Table> {
    reading_as(lua, "midapi.Error", |error| Ok(plain(&error.raw_get("message")?)))
}

/// What a script has put into a field, without asking any `__tostring` of its own.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string_lossy().clone(),
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        other => other.type_name().to_owned(),
    }
}

fn reading_as(
    lua: &Lua,
    name: &str,
    read: impl Fn(&Table) -> Result<String> + mlua::MaybeSend + 'static,
) -> Result<Table> {
    let metatable = lua.create_table()?;
    metatable.raw_set("__name", name)?;
    metatable.raw_set("__tostring", lua.create_function(move |_, table: Table| read(&table))?)?;
    // All tasks share it: a script must not change it under the others.
    metatable.raw_set("__metatable", name)?;
    Ok(metatable)
}
