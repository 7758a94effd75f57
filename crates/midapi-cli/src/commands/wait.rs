//! `midapi wait`

use midapi::Update;
use tokio::sync::mpsc;

use crate::args::{GlobalArgs, WaitCommand};
use crate::commands::batch::{Batch, configure_wait};
use crate::output::print_result;
use crate::output::terminal::OutputError;
use crate::progress::Progress;

/// Waits for tasks, and prints them in the order of completion.
pub(crate) async fn run(global: &GlobalArgs, args: WaitCommand) -> Result<u8, OutputError> {
    let mut batch = match Batch::start(global, "wait", &args.ids, args.pending.pending_to, Some(args.record)).await {
        Ok(batch) => batch,
        Err(status) => return Ok(status),
    };
    let progress = Progress::start(&args.ids);
    let updated = progress.clone();
    let results = batch.results(|client, ids| {
        let waits = configure_wait(client.wait_all_keyed(ids), args.wait, args.concurrency);
        waits.on_update(move |id: &str, update: &Update| updated.update(id, update)).stream()
    });
    let (_sender, mut output_errors) = mpsc::unbounded_channel();
    let end = batch.follow(results, &mut output_errors, |batch, position, result| {
        progress.finish_one();
        let exit_status = print_result(&result, args.output, &mut batch.reporter)?;
        batch.tracker.record(position, &result);
        if let Some(status) = exit_status {
            batch.tracker.record_failure(position, status);
        }
        Ok(())
    });
    let end = end.await;
    progress.clear();
    batch.finish(end).await
}
