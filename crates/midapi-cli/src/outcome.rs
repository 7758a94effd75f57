//! What came of an id, printed: the result on standard output, the rest for people on standard error.

use std::fmt::Write as _;

use futures_util::Stream;
use futures_util::stream::StreamExt;
use jiff::Timestamp;
use midapi::{Error, ErrorKind, ResultStream, Task};

use crate::args::Format;
use crate::connect::Connection;
use crate::print::{Closed, Plain, err, out, out_raw};
use crate::report;

/// The answers where there is no client to ask: every id is answered all the same.
pub(crate) fn all_failed(ids: impl Stream<Item = String> + Send + 'static, error: &Error) -> ResultStream {
    let error = error.clone();
    Box::pin(ids.map(move |id| (id.clone(), Err(error.clone().with_task_id(id)))))
}

/// Prints what came of one id.
pub(crate) fn print(outcome: &Result<Task, Error>, format: Format, connection: &Connection) -> Result<(), Closed> {
    match outcome {
        Ok(task) if format.json => out_raw(json(task)),
        Ok(task) if format.urls => {
            if let Some(warning) = report::expiry(task, Timestamp::now()) {
                err(format_args!("warning: {}: {warning}", Plain(task.id())));
            }
            task.result_urls().iter().try_for_each(out_raw)
        }
        Ok(task) => out(report::task(task, Timestamp::now())),
        Err(error) => {
            err(report::error(error, connection.base_url(), &connection.command));
            match error.task() {
                _ if format.json => out_raw(json(error)),
                // A task that failed is a result, as it is for get; a wait that ran out has none yet.
                Some(task) if error.kind() == ErrorKind::TaskFailed && !format.urls => {
                    out(report::task(task, Timestamp::now()))
                }
                _ => Ok(()),
            }
        }
    }
}

/// A task or an error as its line of JSON, without a character that could drive a terminal.
pub(crate) fn json(value: &impl serde::Serialize) -> String {
    // Neither holds anything that JSON cannot: keys are strings, numbers come from JSON or integers.
    let line = serde_json::to_string(value).unwrap_or_default();
    // serde_json escapes the controls of ASCII but for DEL, and none of the second half of Latin-1.
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
