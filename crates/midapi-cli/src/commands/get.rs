//! `midapi get`

use std::collections::BTreeMap;

use midapi::{Error, ErrorKind, GetAll, Task};
use tokio::sync::mpsc;

use crate::args::{GetCommand, GlobalArgs, OutputArgs};
use crate::commands::batch::Batch;
use crate::id_stream::Position;
use crate::output::print_result;
use crate::output::terminal::OutputError;

/// Requests tasks, and prints them in the order of their ids.
pub(crate) async fn run(global: &GlobalArgs, args: GetCommand) -> Result<u8, OutputError> {
    let pending_to = args.pending.pending_to.clone();
    let mut batch = match Batch::start(global, "get", &args.ids, pending_to, Some(args.record.clone())).await {
        Ok(batch) => batch,
        Err(status) => return Ok(status),
    };
    let results = batch.results(|client, ids| configure(client.get_all_keyed(ids), &args).stream());
    let mut waiting = BTreeMap::new();
    let (_sender, mut output_errors) = mpsc::unbounded_channel();
    let end = batch.follow(results, &mut output_errors, |batch, position, result| {
        batch.record(&result);
        waiting.insert(position, result);
        while let Some(entry) = waiting.first_entry()
            && batch.tracker.first_unanswered().is_none_or(|unanswered| unanswered > *entry.key())
        {
            let (position, result) = entry.remove_entry();
            print(batch, position, &result, args.output, args.exit_status)?;
        }
        Ok(())
    });
    let mut end = end.await;
    if end.is_ok() {
        // The remaining results, if the batch ended early and earlier ids have none.
        let printed = waiting
            .iter()
            .try_for_each(|(position, result)| print(&mut batch, *position, result, args.output, args.exit_status));
        end = printed.and(end);
    }
    batch.finish(end).await
}

fn configure(mut calls: GetAll<Position>, args: &GetCommand) -> GetAll<Position> {
    calls = args.timeout.into_iter().fold(calls, GetAll::timeout);
    calls = args.retries.into_iter().fold(calls, GetAll::max_retries);
    calls = args.concurrency.max_in_flight.into_iter().fold(calls, |calls, limit| calls.max_in_flight(limit.get()));
    args.concurrency.rate.into_iter().fold(calls, GetAll::rate)
}

fn print(
    batch: &mut Batch,
    position: Position,
    result: &Result<Task, Error>,
    output: OutputArgs,
    fails_with_task: bool,
) -> Result<(), OutputError> {
    let exit_status = print_result(result, output, &mut batch.reporter)?;
    batch.tracker.record(position, result);
    if let Some(status) = exit_status {
        batch.tracker.record_failure(position, status);
    }
    if fails_with_task && result.as_ref().is_ok_and(|task| task.status().is_failure()) {
        batch.tracker.record_failure(position, ErrorKind::TaskFailed.exit_code());
    }
    Ok(())
}
