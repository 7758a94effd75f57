//! `midapi get`

use std::collections::BTreeMap;

use futures_util::{StreamExt, pin_mut};
use midapi::{Error, ErrorKind, Task};

use crate::args::{Get, Global};
use crate::connect::connect;
use crate::ids::Place;
use crate::ledger::Ledger;
use crate::outcome;
use crate::print::{Closed, err};
use crate::record::Recorder;
use crate::signals;

/// Looks tasks up, and prints them in the order of their ids.
pub(crate) async fn run(global: &Global, options: Get) -> Result<u8, Closed> {
    let connection = match connect(global) {
        Ok(connection) => connection,
        Err(status) => return Ok(status),
    };
    let recorder = match Recorder::new(&options) {
        Ok(recorder) => recorder,
        Err(message) => {
            err(format_args!("error: {message}"));
            return Ok(1);
        }
    };
    let mut unrecorded = false;
    let ledger = Ledger::default();
    let ids = ledger.ids(options.ids);
    let answers = match &connection.client {
        Ok(client) => {
            let all = client.get_all_stream(ids).timeout(options.timeout).max_retries(options.retries);
            let all = all.max_in_flight(options.pace.max_in_flight.get());
            options.pace.rate.into_iter().fold(all, midapi::GetAll::rate).stream()
        }
        Err(error) => outcome::all_failed(ids, error),
    };
    pin_mut!(answers);
    let mut in_order = InOrder::default();
    let mut failed_task = None;
    let ended = signals::ended();
    pin_mut!(ended);
    loop {
        let answer = tokio::select! {
            answer = answers.next() => answer,
            status = &mut ended => return Ok(status),
        };
        let Some((id, answer)) = answer else { break };
        let Some(place) = ledger.answered(&id, &answer) else { continue };
        if let (Some(recorder), Ok(client)) = (&recorder, &connection.client)
            && let Err(message) = recorder.record(client, &id, &answer)
        {
            err(format_args!("error: {message}"));
            unrecorded = true;
        }
        if options.exit_status && answer.as_ref().is_ok_and(|task| task.status().is_failure()) {
            failed_task = failed_task.min(Some(place)).or(Some(place));
        }
        in_order.put(place, answer);
        while let Some(answer) = in_order.take(&ledger) {
            outcome::print(&answer, options.format, &connection)?;
        }
    }
    let status = ledger.exit_status_with(failed_task.map(|place| (place, ErrorKind::TaskFailed.exit_code())));
    Ok(if unrecorded && status == 0 { 1 } else { status })
}

/// ResultStream that have come before their turn.
#[derive(Default)]
struct InOrder(BTreeMap<Place, Result<Task, Error>>);

impl InOrder {
    fn put(&mut self, place: Place, answer: Result<Task, Error>) {
        self.0.insert(place, answer);
    }

    /// The next answer, if no id before it is still without one.
    fn take(&mut self, ledger: &Ledger) -> Option<Result<Task, Error>> {
        let first = *self.0.keys().next()?;
        let waits = ledger.first_unanswered().is_some_and(|place| place < first);
        if waits { None } else { self.0.remove(&first) }
    }
}
