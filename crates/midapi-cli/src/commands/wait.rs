//! `midapi wait`

use midapi::Update;
use tokio::sync::mpsc;

use crate::args::{GlobalArgs, WaitCommand};
use crate::commands::batch::{Batch, configure_wait};
use crate::commands::download::{DownloadSettings, save_results};
use crate::commands::target::Target;
use crate::output::terminal::{OutputError, print_stderr};
use crate::output::{ErrorContext, format_error, print_result};
use crate::progress::Progress;

/// Waits for tasks, and prints them in the order of completion.
pub(crate) async fn run(global: &GlobalArgs, args: WaitCommand) -> Result<u8, OutputError> {
    let download = match args.download.map(Target::parse).transpose() {
        Ok(download) => download,
        Err(error) => {
            print_stderr(format_error(&error, &ErrorContext::default()));
            return Ok(error.kind().exit_code());
        }
    };
    let started = Batch::start(global, "wait", &args.ids, args.pending.pending_to, Some(args.record)).await;
    let mut batch = match started {
        Ok(batch) => batch,
        Err(status) => return Ok(status),
    };
    let progress = Progress::start(&args.ids);
    let updated = progress.clone();
    let (wait, concurrency) = (args.wait, args.concurrency);
    let call = move |client: &midapi::Client, ids| {
        let waits = configure_wait(client.wait_all_keyed(ids), wait, concurrency);
        waits.on_update(move |id: &str, update: &Update| updated.update(id, update)).stream()
    };
    if let Some(to) = download {
        let settings = DownloadSettings {
            to,
            name: None,
            max_in_flight: None,
            max_size: None,
            is_dry_run: false,
            prints_tasks: Some(args.output),
        };
        return save_results(batch, progress, settings, args.output.json, call).await;
    }
    let results = batch.results(call);
    let (_sender, mut output_errors) = mpsc::unbounded_channel();
    let end = batch.follow(results, &mut output_errors, |batch, position, result| {
        batch.record(&result);
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
