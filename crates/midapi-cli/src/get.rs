//! `midapi get`

use futures_util::{StreamExt, pin_mut};
use jiff::Timestamp;
use midapi::{Error, ErrorKind, Task};

use crate::args::{Format, Get, Global};
use crate::connect::connect;
use crate::print::{Closed, err, out};
use crate::{ids, report};

/// Look-ups under way at once.
const IN_FLIGHT: usize = 32;

/// Looks tasks up, and prints them in the order of their ids.
pub(crate) async fn run(global: &Global, options: Get) -> Result<u8, Closed> {
    let connection = match connect(global) {
        Ok(connection) => connection,
        Err(error) => {
            err(format_args!("error: no local server: {error}"));
            return Ok(1);
        }
    };
    let client = &connection.client;
    let base_url = client.as_ref().ok().map(midapi::Client::base_url);
    let outcomes = ids::stream(options.ids)
        .map(|id| async move {
            match client {
                Ok(client) => client.get(&id).timeout(options.timeout).retries(options.retries).await,
                Err(error) => Err(error.clone().for_id(id)),
            }
        })
        .buffered(IN_FLIGHT);
    pin_mut!(outcomes);
    let mut status = 0;
    let interrupted = tokio::signal::ctrl_c();
    pin_mut!(interrupted);
    loop {
        let outcome = tokio::select! {
            outcome = outcomes.next() => outcome,
            _ = &mut interrupted => return Ok(INTERRUPTED),
        };
        let Some(outcome) = outcome else { return Ok(status) };
        print(&outcome, options.format, base_url)?;
        let own = exit_status(&outcome, options.exit_status);
        if status == 0 {
            status = own;
        }
    }
}

/// The exit status after Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;

/// Prints what came of one id: the result on standard output, the rest for people on standard error.
pub(crate) fn print(outcome: &Result<Task, Error>, format: Format, base_url: Option<&str>) -> Result<(), Closed> {
    match outcome {
        Ok(task) if format.json => out(json(task)),
        Ok(task) if format.urls => {
            if let Some(warning) = report::expiry(task, Timestamp::now()) {
                err(format_args!("warning: {}: {warning}", crate::print::Plain(task.id())));
            }
            task.result_urls().iter().try_for_each(out)
        }
        Ok(task) => out(report::task(task, Timestamp::now())),
        Err(error) => {
            err(report::error(error, base_url));
            match error.task() {
                _ if format.json => out(json(error)),
                // A task that failed is a result, as it is for get; a wait that ran out has none yet.
                Some(task) if error.kind() == ErrorKind::TaskFailed && !format.urls => {
                    out(report::task(task, Timestamp::now()))
                }
                _ => Ok(()),
            }
        }
    }
}

fn json(value: &impl serde::Serialize) -> String {
    // Neither a task nor an error holds anything that JSON cannot: keys are strings, numbers come from JSON or integers.
    serde_json::to_string(value).unwrap_or_default()
}

fn exit_status(outcome: &Result<Task, Error>, failed_tasks_count: bool) -> u8 {
    match outcome {
        Err(error) => error.kind().exit_status(),
        Ok(task) if failed_tasks_count && task.status().is_failure() => ErrorKind::TaskFailed.exit_status(),
        Ok(_) => 0,
    }
}
