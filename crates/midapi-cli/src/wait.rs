//! `midapi wait`

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt, pin_mut};
use midapi::{Client, Error, Task};

use crate::args::{Global, Wait};
use crate::connect::connect;
use crate::get::{self, INTERRUPTED};
use crate::ids;
use crate::print::{Closed, Plain, err};

/// Waits at once.
const IN_FLIGHT: usize = 32;

/// Ids that are being waited for, by their number in the order given.
type Running = Arc<Mutex<BTreeMap<usize, String>>>;

/// Waits for tasks, and prints them in the order of their ends.
pub(crate) async fn run(global: &Global, options: Wait) -> Result<u8, Closed> {
    let connection = match connect(global) {
        Ok(connection) => connection,
        Err(error) => {
            err(format_args!("error: no local server: {error}"));
            return Ok(1);
        }
    };
    let client = &connection.client;
    let base_url = client.as_ref().ok().map(Client::base_url);
    let running = Running::default();
    let format = options.format;
    let options = &options;
    let outcomes = ids::stream(options.ids.clone())
        .enumerate()
        .map(|(number, id)| {
            let running = Arc::clone(&running);
            async move {
                lock(&running).insert(number, id.clone());
                let outcome = wait(client, &id, options).await;
                lock(&running).remove(&number);
                (number, outcome)
            }
        })
        .buffer_unordered(IN_FLIGHT);
    pin_mut!(outcomes);
    // The exit status is the first failure's in the order of the ids, whichever ended first.
    let mut failures = BTreeMap::new();
    let interrupted = tokio::signal::ctrl_c();
    pin_mut!(interrupted);
    loop {
        let ended = tokio::select! {
            ended = outcomes.next() => ended,
            _ = &mut interrupted => {
                resume(&lock(&running).values().cloned().collect::<Vec<_>>());
                return Ok(INTERRUPTED);
            }
        };
        let Some((number, outcome)) = ended else { break };
        if let Err(error) = &outcome {
            failures.insert(number, error.kind().exit_status());
        }
        get::print(&outcome, format, base_url)?;
    }
    Ok(failures.into_values().next().unwrap_or(0))
}

async fn wait(client: &Result<Client, Error>, id: &str, options: &Wait) -> Result<Task, Error> {
    let client = match client {
        Ok(client) => client,
        Err(error) => return Err(error.clone().for_id(id)),
    };
    let mut wait = client.wait(id).timeout(options.timeout).first_delay(options.first_delay);
    if let Some(interval) = options.interval {
        wait = wait.interval(interval);
    }
    if std::io::stderr().is_terminal() {
        wait = wait.on_update(|task| {
            if !task.status().is_final() {
                err(format_args!("{}  {} …", Plain(task.id()), task.status()));
            }
        });
    }
    wait.await
}

fn lock(running: &Running) -> std::sync::MutexGuard<'_, BTreeMap<usize, String>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says what is still running, and how to go on.
fn resume(running: &[String]) {
    if running.is_empty() {
        return err("interrupted");
    }
    let ids: Vec<_> = running.iter().map(|id| Plain(id).to_string()).collect();
    err(format_args!("interrupted; {} still running\n  go on with: midapi wait {}", running.len(), ids.join(" ")));
}
