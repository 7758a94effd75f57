//! Printing of the result of one id, in the selected format.

use jiff::Timestamp;
use midapi::{Error, ErrorKind, Task};

use crate::args::OutputArgs;
use crate::output::errors::ErrorReporter;
use crate::output::human::{TimeDisplay, format_expiry_warning, format_task};
use crate::output::json;
use crate::output::sanitized::Sanitized;
use crate::output::terminal::{OutputError, print, print_raw, print_stderr};

/// Prints the result of one id.
///
/// Returns an exit status if `--urls` is set, the call succeeded, and result URLs are missing. The task may have failed
/// or be unfinished.
pub(crate) fn print_result(
    result: &Result<Task, Error>,
    args: OutputArgs,
    reporter: &mut ErrorReporter,
) -> Result<Option<u8>, OutputError> {
    let times = TimeDisplay::new(args.time.utc);
    if let Err(error) = result {
        reporter.report(error);
    }
    match result {
        result if args.json => print_raw(json::format_result(result))?,
        Ok(task) if args.urls => return print_urls(task),
        Ok(task) => print(format_task(task, &times))?,
        // A failed task is printed as a result, as with `get`.
        Err(error) if error.kind() == ErrorKind::TaskFailed && !args.urls => {
            if let Some(task) = error.task() {
                print(format_task(task, &times))?;
            }
        }
        Err(_) => {}
    }
    Ok(None)
}

/// Prints the result URLs. Returns the exit status if some or all are missing.
fn print_urls(task: &Task) -> Result<Option<u8>, OutputError> {
    let warn = |message: &str| print_stderr(format_args!("warning: {}: {message}", Sanitized(task.id())));
    let urls = task.result_urls();
    urls.iter().try_for_each(print_raw)?;
    if let Some(message) = format_expiry_warning(task, Timestamp::now()).filter(|_| !urls.is_empty()) {
        warn(&message);
    }
    let unread: Vec<_> = task.warnings().iter().filter(|warning| warning.field.starts_with("result_urls")).collect();
    for warning in &unread {
        warn(&format!("{}: {}", Sanitized(&warning.field), Sanitized(&warning.message)));
    }
    if !unread.is_empty() {
        return Ok(Some(ErrorKind::Decode.exit_code()));
    }
    if !urls.is_empty() {
        return Ok(None);
    }
    warn(&format!("no result URLs: the status is {}", task.status()));
    let kind = if task.status().is_failure() {
        ErrorKind::TaskFailed
    } else if task.status().is_final() {
        ErrorKind::Decode
    } else {
        ErrorKind::Deadline
    };
    Ok(Some(kind.exit_code()))
}
