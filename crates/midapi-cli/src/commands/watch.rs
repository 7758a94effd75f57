//! `midapi watch`

use jiff::Timestamp;
use midapi::{Error, Update};
use tokio::sync::mpsc;

use crate::args::{GlobalArgs, WatchCommand};
use crate::commands::batch::{Batch, configure_wait};
use crate::output::sanitized::Sanitized;
use crate::output::terminal::{OutputError, print, print_raw, print_stderr};
use crate::output::{TimeDisplay, json};

/// Prints each status change of tasks until they have succeeded or failed.
pub(crate) async fn run(global: &GlobalArgs, args: WatchCommand) -> Result<u8, OutputError> {
    let mut batch = match Batch::start(global, "watch", &args.ids, args.pending.pending_to, None).await {
        Ok(batch) => batch,
        Err(status) => return Ok(status),
    };
    let (printer, json) = (UpdatePrinter { times: TimeDisplay::new(args.time.utc), json: args.json }, args.json);
    // A callback cannot end the wait, so it sends output errors through a channel.
    let (sender, mut output_errors) = mpsc::unbounded_channel();
    let results = batch.results(|client, ids| {
        let waits = configure_wait(client.wait_all_keyed(ids), args.wait, args.concurrency);
        let waits = waits.on_update(move |id: &str, update: &Update| {
            if let Err(error) = printer.print(id, update) {
                // The receiver no longer exists only if the command is ending.
                let _ = sender.send(error);
            }
        });
        waits.stream()
    });
    let end = batch.follow(results, &mut output_errors, |batch, position, result| {
        // The last change of a finished task has been printed.
        if let Err(error) = &result {
            batch.reporter.report(error);
            if json {
                print_raw(json::format_failure(error))?;
            }
        }
        batch.tracker.record(position, &result);
        Ok(())
    });
    let end = end.await;
    batch.finish(end).await
}

struct UpdatePrinter {
    times: TimeDisplay,
    json: bool,
}

impl UpdatePrinter {
    fn print(&self, id: &str, update: &Update) -> Result<(), OutputError> {
        match update {
            // The result follows immediately and contains the task and the error.
            Update::Changed(task) if self.json && task.status().is_failure() => Ok(()),
            Update::Changed(task) if self.json => print_raw(json::format_task(task)),
            Update::Changed(task) => {
                let time = self.times.format_time_of_day(Timestamp::now());
                print(format_args!("{time}  {}  {}", Sanitized(id), task.status()))
            }
            Update::PollFailed(error) => {
                print_stderr(format_args!(
                    "warning: {}: {}, retrying",
                    Sanitized(id),
                    Sanitized(Error::message(error))
                ));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
