//! What a function gives back to its script, or raises there.
//!
//! A Rust error would reach `pcall` as a userdata that no string function takes. So functions give back a flag and values, and
//! a few lines of Lua raise what is to be raised: texts with the place of the call in the script, callbacks' errors as they are.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mlua::{Function, IntoLuaMulti, Lua, MultiValue, Result, Table, Value};

/// Why a function raises.
pub(crate) enum Raise {
    /// The script has called it wrongly.
    Misuse(String),
    /// What a callback has raised, or what ends the script, as it is.
    Value(Value),
    /// Lua itself has failed, for want of memory for example.
    Lua(mlua::Error),
}

/// What a function comes to.
pub(crate) type Outcome = std::result::Result<MultiValue, Raise>;

impl Raise {
    /// A text without a place: for what is no fault of the calling line.
    pub(crate) fn text(lua: &Lua, text: &str) -> Self {
        lua.create_string(text).map_or_else(Self::Lua, |text| Self::Value(Value::String(text)))
    }
}

impl From<mlua::Error> for Raise {
    fn from(error: mlua::Error) -> Self {
        Self::Lua(error)
    }
}

/// An error of kind [`Raise::Misuse`], with the call named.
pub(crate) fn misuse(call: &str, what: &str) -> Raise {
    Raise::Misuse(format!("{call}: {what}"))
}

/// The few lines of Lua.
pub(crate) struct Shim {
    /// Makes the function of scripts out of ours.
    wrap: Function,
    /// Calls a function; its error comes back with a traceback if it is a text.
    pub(crate) protect: Function,
    /// Does nothing; that is enough for the hook of an interpreter that has seen Ctrl-C.
    pub(crate) tick: Function,
    /// Makes a task's table of its fields, for [`crate::value`].
    pub(crate) task: Function,
    /// Makes the iterator of scripts out of ours that gives lists of answers.
    pub(crate) each: Function,
}

impl Shim {
    /// With the metatable of tasks.
    pub(crate) fn new(lua: &Lua, task: &Table) -> Result<Self> {
        // In 5.1 a tail call leaves a level behind, which has no place.
        let level = if cfg!(feature = "lua51") { 3 } else { 2 };
        let traceback =
            lua.create_function(|lua, text: mlua::LuaString| lua.traceback(Some(&text.to_string_lossy()), 2))?;
        let globals = lua.globals();
        let theirs = |name| globals.get::<Function>(name);
        let chunk = lua.load(include_str!("shim.lua")).set_name("=midapi");
        let (error, setmetatable) = (theirs("error")?, theirs("setmetatable")?);
        let (wrap, protect, tick, task, each) =
            chunk.call((error, setmetatable, theirs("type")?, theirs("xpcall")?, traceback, level, task))?;
        Ok(Self { wrap, protect, tick, task, each })
    }

    /// A function of scripts. A panic in it becomes an error of the script.
    pub(crate) fn function<F>(&self, lua: &Lua, ours: F) -> Result<Function>
    where
        F: Fn(&Lua, MultiValue) -> Outcome + mlua::MaybeSend + 'static,
    {
        self.wrapped(raw(lua, ours)?)
    }

    /// The iterator of scripts for one of ours that gives a list of answers at each call, and nil at the end.
    pub(crate) fn iterator<F>(&self, lua: &Lua, ours: F) -> Result<Function>
    where
        F: Fn(&Lua, MultiValue) -> Outcome + mlua::MaybeSend + 'static,
    {
        self.each.call(raw(lua, ours)?)
    }

    /// The function of scripts for one of ours, which gives back what [`settled`] makes.
    pub(crate) fn wrapped(&self, ours: Function) -> Result<Function> {
        self.wrap.call(ours)
    }
}

/// One of ours, which gives back what [`settled`] makes. A panic in it becomes an error.
fn raw<F>(lua: &Lua, ours: F) -> Result<Function>
where
    F: Fn(&Lua, MultiValue) -> Outcome + mlua::MaybeSend + 'static,
{
    lua.create_function(move |lua, arguments| {
        let outcome = catch_unwind(AssertUnwindSafe(|| ours(lua, arguments)));
        settled(lua, outcome.unwrap_or_else(|panic| Err(Raise::text(lua, &panicked(&*panic)))))
    })
}

/// The flag and the values that the lines of Lua take.
pub(crate) fn settled(lua: &Lua, outcome: Outcome) -> Result<MultiValue> {
    match outcome {
        Ok(mut values) => {
            values.push_front(Value::Boolean(true));
            Ok(values)
        }
        Err(Raise::Misuse(text)) => (false, text, true).into_lua_multi(lua),
        Err(Raise::Value(value)) => (false, value, false).into_lua_multi(lua),
        Err(Raise::Lua(error)) => Err(error),
    }
}

/// The words for a panic.
pub(crate) fn panicked(panic: &(dyn std::any::Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("midapi: a call failed in a way that it never should: {}", said.unwrap_or("no reason given"))
}
