//! `midapi wait` and `midapi watch`

use std::path::Path;

use futures_util::{StreamExt, pin_mut};
use jiff::Timestamp;
use midapi::{Client, ResultStream, Update};

use crate::args::{Global, Pace, Patience, Wait, Watch};
use crate::connect::{Connection, connect};
use crate::ledger::{Ledger, resume_command, shell_word};
use crate::outcome;
use crate::print::{Closed, Plain, err, out, out_raw};
use crate::progress::Progress;
use crate::signals;

/// Waits for tasks, and prints them in the order of their ends.
pub(crate) async fn run(global: &Global, options: Wait) -> Result<u8, Closed> {
    let connection = match connect(global) {
        Ok(connection) => connection,
        Err(status) => return Ok(status),
    };
    let pending_to = options.pending_to.as_deref();
    // Before hours of waiting, not after them.
    if pending_to.is_some_and(|file| !can_be_written(file)) {
        return Ok(2);
    }
    let (ledger, progress) = (Ledger::default(), Progress::new(&options.ids));
    let shown = progress.clone();
    let notify = move |id: &str, update: &Update| shown.update(id, update);
    let answers = wait_all(&connection, &ledger, options.ids, options.patience, options.pace, notify);
    let ended = follow(answers, &ledger, std::future::pending(), |id, answer| {
        progress.ended(id, answer);
        progress.aside(|| outcome::print(answer, options.format, &connection))
    })
    .await;
    progress.clear();
    if !ledger.take_in_rest().await {
        err("warning: standard input was not read to its end; ids that had not come by now are not accounted for");
    }
    let written = pending_to.filter(|file| write_pending(file, &ledger));
    match ended {
        Ok(Ended::Signal(status)) => {
            say_what_is_running(&ledger, written, &connection.command);
            Ok(status)
        }
        _ if written != pending_to => Ok(1),
        Ok(Ended::All) => Ok(ledger.exit_status()),
        Err(closed) => Err(closed),
    }
}

/// Prints every change of state until tasks are done.
pub(crate) async fn watch(global: &Global, options: Watch) -> Result<u8, Closed> {
    let connection = match connect(global) {
        Ok(connection) => connection,
        Err(status) => return Ok(status),
    };
    let ledger = Ledger::default();
    let json = options.json;
    // A callback cannot end the wait by itself.
    let (close, mut closed) = tokio::sync::mpsc::unbounded_channel();
    let notify = move |id: &str, update: &Update| {
        let printed = match update {
            Update::Changed(task) if json => out_raw(outcome::json(task)),
            Update::Changed(task) => {
                out(format_args!("{}  {}  {}", Timestamp::now().strftime("%H:%M:%S"), Plain(id), task.status()))
            }
            Update::PollFailed(error) => {
                return err(format_args!("{}  {}; going on", Plain(id), Plain(error.message())));
            }
            _ => return,
        };
        if let Err(reason) = printed {
            let _ = close.send(reason);
        }
    };
    let answers = wait_all(&connection, &ledger, options.ids, options.patience, options.pace, notify);
    let closed = async move {
        match closed.recv().await {
            Some(reason) => reason,
            None => std::future::pending().await,
        }
    };
    let ended = follow(answers, &ledger, closed, |_, answer| {
        // A finished task's last change has been printed.
        let Err(error) = answer else { return Ok(()) };
        err(crate::report::error(error, connection.base_url(), &connection.command));
        if json { out_raw(outcome::json(error)) } else { Ok(()) }
    })
    .await?;
    match ended {
        Ended::Signal(status) => {
            ledger.take_in_rest().await;
            say_what_is_running(&ledger, None, &connection.command);
            Ok(status)
        }
        Ended::All => Ok(ledger.exit_status()),
    }
}

fn wait_all(
    connection: &Connection,
    ledger: &Ledger,
    arguments: Vec<String>,
    patience: Patience,
    pace: Pace,
    notify: impl FnMut(&str, &Update) + Send + 'static,
) -> ResultStream {
    let ids = ledger.ids(arguments);
    let client: &Client = match &connection.client {
        Ok(client) => client,
        Err(error) => return outcome::all_failed(ids, error),
    };
    let all = client.wait_all_stream(ids).timeout(patience.timeout).first_delay(patience.first_delay);
    let all = all.max_in_flight(pace.max_in_flight.get()).fail_fast(patience.fail_fast).on_update(notify);
    let all = patience.interval.into_iter().fold(all, midapi::WaitAll::interval);
    pace.rate.into_iter().fold(all, midapi::WaitAll::rate).stream()
}

/// What ended a wait.
enum Ended {
    All,
    /// A signal, with the exit status for it.
    Signal(u8),
}

/// Handles each answer as it comes, until all have come, a signal does, or nobody reads any more. An answer that could not be
/// printed has not been given.
async fn follow(
    mut answers: ResultStream,
    ledger: &Ledger,
    closed: impl Future<Output = Closed>,
    mut print: impl FnMut(&str, &midapi::Result) -> Result<(), Closed>,
) -> Result<Ended, Closed> {
    let ended = signals::ended();
    pin_mut!(ended, closed);
    loop {
        let answer = tokio::select! {
            answer = answers.next() => answer,
            status = &mut ended => return Ok(Ended::Signal(status)),
            reason = &mut closed => return Err(reason),
        };
        let Some((id, answer)) = answer else { return Ok(Ended::All) };
        print(&id, &answer)?;
        ledger.answered(&id, &answer);
    }
}

/// Whether a file can be written. What is in it stays: it may be what standard input reads from.
fn can_be_written(file: &Path) -> bool {
    let opened = std::fs::File::options().append(true).create(true).open(file);
    if let Err(error) = &opened {
        err(format_args!("error: cannot write the pending ids to {}: {error}", file.display()));
    }
    opened.is_ok()
}

/// Writes the ids that may still finish, one a line. False if that failed, which is said.
fn write_pending(file: &Path, ledger: &Ledger) -> bool {
    let mut lines = ledger.pending().join("\n");
    if !lines.is_empty() {
        lines.push('\n');
    }
    let written = std::fs::write(file, lines);
    if let Err(error) = &written {
        err(format_args!("error: cannot write the pending ids to {}: {error}", file.display()));
    }
    written.is_ok()
}

fn say_what_is_running(ledger: &Ledger, pending_to: Option<&Path>, command: &str) {
    let pending = ledger.pending();
    if pending.is_empty() {
        return err("interrupted; nothing was still running");
    }
    let command = match pending_to {
        Some(file) => format!("{command} wait - < {}", shell_word(&file.display().to_string())),
        None => resume_command(command, &pending),
    };
    err(format_args!("interrupted; {} still running\n  go on with: {}", pending.len(), Plain(&command)));
}
