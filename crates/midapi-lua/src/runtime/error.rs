//! The errors that a function of this crate raises in a script.

use std::any::Any;

use mlua::{Lua, MultiValue, Value};

/// The maximum length of a name or text that a message quotes, in bytes. Longer names and texts are cut off.
pub(crate) const MAX_SHOWN_BYTES: usize = 60;

/// An error that is raised in a script.
pub(crate) enum ScriptError {
    /// A wrong call. The message is raised with the position of the call in the script.
    Usage(String),
    /// A value to raise unchanged: the error of a callback, or the message of an interrupt.
    Value(Value),
    /// An error of Lua itself, such as a lack of memory.
    Lua(mlua::Error),
}

/// The results of a function, or the error to raise.
pub(crate) type CallResult = Result<MultiValue, ScriptError>;

impl ScriptError {
    /// Creates an error with a message and without a position.
    pub(crate) fn message(lua: &Lua, text: &str) -> Self {
        lua.create_string(text).map_or_else(Self::Lua, |text| Self::Value(Value::String(text)))
    }

    /// Creates the error for a wrong argument, in the form of Lua's own functions.
    pub(crate) fn argument(function: &str, position: usize, detail: &str) -> Self {
        Self::Usage(format!("bad argument #{position} to '{function}' ({detail})"))
    }

    /// Creates the error for an argument of the wrong type.
    pub(crate) fn argument_type(function: &str, position: usize, expected: &str, value: &Value) -> Self {
        let received = match value {
            Value::Nil => "no value",
            value => type_name(value),
        };
        Self::argument(function, position, &format!("{expected} expected, got {received}"))
    }

    /// Creates the error for a panic in Rust.
    pub(crate) fn panic(lua: &Lua, message: &str) -> Self {
        Self::message(lua, &format!("midapi: internal error: {message}"))
    }
}

impl From<mlua::Error> for ScriptError {
    fn from(error: mlua::Error) -> Self {
        Self::Lua(error)
    }
}

/// The message of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown panic").to_owned()
}

/// The type of a value, as Lua's `type` returns it.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Integer(_) => "number",
        value => value.type_name(),
    }
}

/// Shortens a text for a message to its first [`MAX_SHOWN_BYTES`] bytes, and escapes control characters. Appends `…`
/// if the text was longer.
pub(crate) fn shorten(text: &[u8]) -> String {
    let shown = String::from_utf8_lossy(&text[..text.len().min(MAX_SHOWN_BYTES)]).escape_debug().to_string();
    if text.len() > MAX_SHOWN_BYTES { format!("{shown}…") } else { shown }
}
