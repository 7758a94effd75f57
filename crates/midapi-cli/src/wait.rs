//! `midapi wait` and `midapi watch`

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt, pin_mut};
use jiff::Timestamp;
use midapi::{Answers, Client, Update};

use crate::args::{Global, Pace, Patience, Wait, Watch};
use crate::connect::{Connection, connect};
use crate::ledger::{Ledger, resume_command};
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
    let (ledger, progress) = (Ledger::default(), Progress::new(&options.ids));
    let shown = progress.clone();
    let notify = move |id: &str, update: &Update| shown.update(id, update);
    let answers = wait_all(&connection, &ledger, options.ids, options.patience, options.pace, notify);
    let status = follow(answers, &ledger, |id, answer| {
        progress.ended(id, answer);
        progress.aside(|| outcome::print(answer, options.format, connection.base_url()))
    })
    .await;
    progress.clear();
    let written = options.pending_to.as_deref().map(|file| write_pending(file, &ledger));
    match status {
        Ok(Ended::Signal(status)) => {
            say_what_is_running(&ledger, options.pending_to.as_deref());
            Ok(status)
        }
        Ok(Ended::All) if written == Some(false) => Ok(1),
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
    // A callback cannot end the wait; the next answer does.
    let closed = Arc::new(Mutex::new(None));
    let (json, gone) = (options.json, Arc::clone(&closed));
    let notify = move |id: &str, update: &Update| {
        let printed = match update {
            Update::Changed(task) if json => out_raw(outcome::json(task)),
            Update::Changed(task) => {
                out(format_args!("{}  {}  {}", Timestamp::now().strftime("%H:%M:%S"), Plain(id), task.status()))
            }
            Update::LookFailed(error) => {
                return err(format_args!("{}  {}; going on", Plain(id), Plain(error.message())));
            }
            _ => return,
        };
        if let Err(reason) = printed {
            gone.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
        }
    };
    let answers = wait_all(&connection, &ledger, options.ids, options.patience, options.pace, notify);
    let ended = follow(answers, &ledger, |_, answer| {
        if let Some(reason) = *closed.lock().unwrap_or_else(PoisonError::into_inner) {
            return Err(reason);
        }
        // A finished task's last change has been printed.
        let Err(error) = answer else { return Ok(()) };
        err(crate::report::error(error, connection.base_url()));
        if json { out_raw(outcome::json(error)) } else { Ok(()) }
    })
    .await?;
    match ended {
        Ended::Signal(status) => {
            say_what_is_running(&ledger, None);
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
) -> Answers {
    let ids = ledger.ids(arguments).map(|(_, id)| id);
    let client: &Client = match &connection.client {
        Ok(client) => client,
        Err(error) => return outcome::all_failed(ids, error),
    };
    let all = client.wait_all_from(ids).timeout(patience.timeout).first_delay(patience.first_delay);
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

/// Handles each answer as it comes, until all have come or a signal does.
async fn follow(
    mut answers: Answers,
    ledger: &Ledger,
    mut print: impl FnMut(&str, &Result<midapi::Task, midapi::Error>) -> Result<(), Closed>,
) -> Result<Ended, Closed> {
    let ended = signals::ended();
    pin_mut!(ended);
    loop {
        let answer = tokio::select! {
            answer = answers.next() => answer,
            status = &mut ended => return Ok(Ended::Signal(status)),
        };
        let Some((id, answer)) = answer else { return Ok(Ended::All) };
        ledger.answered(&id, &answer);
        print(&id, &answer)?;
    }
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

fn say_what_is_running(ledger: &Ledger, pending_to: Option<&Path>) {
    let pending = ledger.pending();
    if pending.is_empty() {
        return err("interrupted; nothing was still running");
    }
    let command = match pending_to {
        Some(file) => format!("midapi wait - < {}", crate::ledger::shell_word(&file.display().to_string())),
        None => resume_command(&pending),
    };
    err(format_args!("interrupted; {} still running\n  go on with: {}", pending.len(), Plain(&command)));
}
