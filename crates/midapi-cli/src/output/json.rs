//! Results as lines of JSON.

use std::fmt::Write as _;

use midapi::{Error, Task};
use serde::Serialize;

/// Formats the result of one id as a line of JSON.
pub(crate) fn format_result(result: &Result<Task, Error>) -> String {
    match result {
        Ok(task) => format_task(task),
        Err(error) => format_failure(error),
    }
}

/// Formats a task as a line of JSON.
pub(crate) fn format_task(task: &Task) -> String {
    to_line(task)
}

/// Formats a failure as a line of JSON: the task with the error, or the error alone if it has no task.
pub(crate) fn format_failure(error: &Error) -> String {
    to_line(error)
}

/// Serializes a value without control characters, so that it cannot control a terminal.
pub(crate) fn to_line(value: &impl Serialize) -> String {
    // Serialization cannot fail: keys are strings, and numbers come from JSON or are integers.
    let line = serde_json::to_string(value).unwrap_or_default();
    // serde_json does not escape DEL and the C1 control characters.
    if !line.contains(char::is_control) {
        return line;
    }
    line.chars().fold(String::with_capacity(line.len()), |mut escaped, character| {
        if character.is_control() {
            let _ = write!(escaped, "\\u{:04x}", u32::from(character));
        } else {
            escaped.push(character);
        }
        escaped
    })
}
