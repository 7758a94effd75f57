//! `midapi download`, and the downloads of `midapi wait --download`.

use std::num::NonZero;
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use midapi::{Client, Error, GetAll, ResultStream, Task};
use midapi_download::{Downloader, FileOutcome, FileStatus, Outcome, Template};
use tokio::sync::mpsc::{self, UnboundedReceiver};

use crate::args::{ConcurrencyArgs, DownloadCommand, GlobalArgs, OutputArgs, WaitArgs};
use crate::commands::batch::{Batch, IdStream, configure_wait};
use crate::commands::target::Target;
use crate::id_stream::Position;
use crate::output::sanitized::Sanitized;
use crate::output::terminal::{OutputError, print, print_raw, print_stderr};
use crate::output::{ErrorContext, format_bytes, format_count, format_error, json, print_result};
use crate::progress::Progress;

/// The maximum number of download records that are read concurrently.
const RECORDS_IN_FLIGHT: usize = 8;

/// The time limit for cancelling unfinished uploads when the command ends.
#[cfg(feature = "object-store")]
const ABORT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// The settings of a download.
pub(super) struct DownloadSettings {
    pub(super) to: Target,
    pub(super) name: Option<Template>,
    pub(super) max_in_flight: Option<NonZero<usize>>,
    pub(super) max_size: Option<u64>,
    pub(super) is_dry_run: bool,
    /// The format in which `midapi wait` prints each task before its files. None for `midapi download`, which prints
    /// only the files.
    pub(super) prints_tasks: Option<OutputArgs>,
}

/// Downloads the results of tasks, in the order of completion.
pub(crate) async fn run(global: &GlobalArgs, args: DownloadCommand) -> Result<u8, OutputError> {
    if let Err(message) = check_arguments(&args) {
        print_stderr(format_args!("error: {message}"));
        return Ok(2);
    }
    let to = match Target::parse(args.to) {
        Ok(to) => to,
        Err(error) => {
            print_stderr(format_error(&error, &ErrorContext::default()));
            return Ok(error.kind().exit_code());
        }
    };
    let batch = match Batch::start(global, "download", &args.ids, args.pending.pending_to, None).await {
        Ok(batch) => batch,
        Err(status) => return Ok(status),
    };
    let settings = DownloadSettings {
        to,
        name: args.name,
        max_in_flight: args.max_in_flight,
        max_size: args.max_size,
        is_dry_run: args.dry_run,
        prints_tasks: None,
    };
    let progress = Progress::start(&args.ids);
    let (waits, options) = (args.wait, args.wait_options);
    let call = move |client: &Client, ids: IdStream| {
        if waits {
            let unlimited = ConcurrencyArgs { max_in_flight: None, rate: None };
            return configure_wait(client.wait_all_keyed(ids), options, unlimited).stream();
        }
        options
            .timeout
            .into_iter()
            .fold(client.get_all_keyed(ids), GetAll::timeout)
            .fail_fast(options.fail_fast)
            .stream()
    };
    save_results(batch, progress, settings, args.json, call).await
}

fn check_arguments(args: &DownloadCommand) -> Result<(), String> {
    let WaitArgs { interval, first_delay, not_found_grace, .. } = args.wait_options;
    let of_waits = [("--interval", interval), ("--first-delay", first_delay), ("--not-found-grace", not_found_grace)];
    if let Some((name, _)) = of_waits.iter().find(|(_, value)| value.is_some() && !args.wait) {
        return Err(format!("{name} needs --wait"));
    }
    Ok(())
}

/// Downloads the results of the tasks that `call` requests, prints the outcomes and the summary, and returns the exit
/// status of the command. Tasks that are recorded as complete are not requested.
pub(super) async fn save_results(
    mut batch: Batch,
    progress: Progress,
    settings: DownloadSettings,
    json: bool,
    call: impl FnOnce(&Client, IdStream) -> ResultStream<Position>,
) -> Result<u8, OutputError> {
    let downloader = batch.connection.client.as_ref().ok().map(|client| settings.downloader(client));
    if let Some(downloader) = downloader.as_ref().filter(|_| !settings.is_dry_run)
        && let Err(error) = downloader.prepare().await
    {
        progress.clear();
        print_stderr(format_error(&error, &ErrorContext::default()));
        let finished = batch.finish(Ok(crate::commands::batch::End::Stream)).await?;
        return Ok(if finished == 0 { error.kind().exit_code() } else { finished });
    }
    #[cfg(feature = "object-store")]
    let aborting = downloader.clone();
    let bytes = downloader.clone().and_then(|downloader| progress.show_bytes(move || downloader.received_bytes()));
    let mut totals = Totals::default();
    let outcomes = outcomes(&batch, downloader, settings.is_dry_run, call);
    let (_sender, mut output_errors) = mpsc::unbounded_channel();
    let end = batch.follow(outcomes, &mut output_errors, |batch, position, (task, outcome)| {
        progress.finish_one();
        if let Some(result) = &task {
            batch.record(result);
        }
        print_outcome(batch, task.as_ref(), &outcome, &settings, json)?;
        totals.add(&outcome);
        batch.tracker.record(position, &outcome.into_result());
        Ok(())
    });
    let end = end.await;
    #[cfg(feature = "object-store")]
    if let Some(downloader) = aborting {
        // A store that does not respond must not delay the end of the command.
        let _ = tokio::time::timeout(ABORT_TIMEOUT, downloader.finish_aborts()).await;
    }
    if let Some(bytes) = bytes {
        bytes.abort();
    }
    progress.clear();
    if !settings.is_dry_run {
        totals.print(settings.to.path());
    }
    batch.finish(end).await
}

impl DownloadSettings {
    fn downloader(&self, client: &Client) -> Downloader {
        let downloader = self.to.downloader(client);
        let downloader = self.name.iter().cloned().fold(downloader, Downloader::name);
        let downloader = self.max_size.into_iter().fold(downloader, Downloader::max_file_bytes);
        self.max_in_flight.into_iter().fold(downloader, |downloader, files| downloader.max_in_flight(files.get()))
    }
}

/// The result of the request, if one was sent, and the outcome of the download.
type Saved = (Option<Result<Task, Error>>, Outcome);
/// An outcome with the position of its id.
type Item = (Position, Saved);

/// Returns the outcomes of all ids: recorded outcomes, and the outcomes of the tasks that the call returns.
fn outcomes(
    batch: &Batch,
    downloader: Option<Downloader>,
    is_dry_run: bool,
    call: impl FnOnce(&Client, IdStream) -> ResultStream<Position>,
) -> BoxStream<'static, Item> {
    let Some(downloader) = downloader else {
        // Without a client, the result of each id is the error of the settings.
        let failed = batch.results(call).map(|(position, result)| (position, (None, failed_outcome(result))));
        return failed.boxed();
    };
    let (sender, recorded) = mpsc::unbounded_channel();
    let reader = downloader.clone();
    let unrecorded = batch.tracker.ids().map(move |(position, id)| {
        let reader = reader.clone();
        async move {
            let found = match &id {
                Ok(id) => reader.recorded(id.as_str()).await,
                Err(_) => Ok(None),
            };
            (position, id, found)
        }
    });
    let unrecorded = unrecorded.buffered(RECORDS_IN_FLIGHT).filter_map(move |(position, id, found)| {
        let outcome = match found {
            Ok(None) => return std::future::ready(Some((position, id))),
            Ok(Some(outcome)) => outcome,
            Err(error) => failed_outcome(Err(error)),
        };
        // The receiver no longer exists only if the command is ending.
        let _ = sender.send((position, (None, outcome)));
        std::future::ready(None)
    });
    let results =
        batch.results_for(unrecorded, call).map(|(position, result)| ((position, Arc::new(result.clone())), result));
    let saved = if is_dry_run {
        let previewed = results.map(move |(key, result)| {
            let outcome = match result {
                Ok(task) => downloader.preview(&task),
                error => failed_outcome(error),
            };
            (key, outcome)
        });
        previewed.boxed()
    } else {
        downloader.download_all(results).boxed()
    };
    let saved = saved.map(|((position, result), outcome)| (position, (Some(Arc::unwrap_or_clone(result)), outcome)));
    stream::unfold((Some(saved), recorded), next_outcome).boxed()
}

/// Returns the next recorded or saved outcome. After the last saved outcome, returns only the recorded outcomes that
/// have already arrived. It does not wait for more, because the remaining ids may never be read.
async fn next_outcome<S>(
    (mut saved, mut recorded): (Option<S>, UnboundedReceiver<Item>),
) -> Option<(Item, (Option<S>, UnboundedReceiver<Item>))>
where
    S: Stream<Item = Item> + Unpin,
{
    while let Some(outcomes) = &mut saved {
        tokio::select! {
            biased;
            Some(item) = recorded.recv() => return Some((item, (saved, recorded))),
            next = outcomes.next() => match next {
                Some(item) => return Some((item, (saved, recorded))),
                None => saved = None,
            },
        }
    }
    let item = recorded.try_recv().ok()?;
    Some((item, (saved, recorded)))
}

fn failed_outcome(result: Result<Task, Error>) -> Outcome {
    Outcome::from_error(result.err().unwrap_or_else(|| Error::new(midapi::ErrorKind::Config, "the client is missing")))
}

fn print_outcome(
    batch: &mut Batch,
    task: Option<&Result<Task, Error>>,
    outcome: &Outcome,
    settings: &DownloadSettings,
    json: bool,
) -> Result<(), OutputError> {
    let errors = outcome.error.iter().chain(outcome.files.iter().filter_map(|file| file.error.as_ref()));
    if json {
        errors.for_each(|error| batch.reporter.report(error));
        return print_raw(json::to_line(outcome));
    }
    // Also prints the error if the request or the task failed.
    if let (Some(output), Some(result)) = (settings.prints_tasks, task) {
        print_result(result, output, &mut batch.reporter)?;
    }
    let is_printed = settings.prints_tasks.is_some() && matches!(task, Some(Err(_)));
    errors.filter(|_| !is_printed).for_each(|error| batch.reporter.report(error));
    outcome.files.iter().filter_map(|file| format_file(file, settings)).try_for_each(print)
}

/// Formats the output line of a file. Returns None for a failed file, which is reported as an error.
fn format_file(file: &FileOutcome, settings: &DownloadSettings) -> Option<String> {
    let verb = match file.outcome {
        FileStatus::Saved => "saved",
        FileStatus::Exists => "exists",
        FileStatus::Planned => "would save",
        _ => return None,
    };
    let path = settings.to.path().join(file.path.as_deref()?);
    let size = file.bytes.map(|bytes| format!("  {}", format_bytes(bytes))).unwrap_or_default();
    Some(format!("{verb}  {}{size}", Sanitized(&path.display().to_string())))
}

/// The numbers of files and saved bytes, for the summary.
#[derive(Debug, Default)]
struct Totals {
    saved: usize,
    bytes: u64,
    existing: usize,
    failed: usize,
}

impl Totals {
    fn add(&mut self, outcome: &Outcome) {
        for file in &outcome.files {
            match file.outcome {
                FileStatus::Saved => {
                    self.saved += 1;
                    self.bytes += file.bytes.unwrap_or_default();
                }
                FileStatus::Exists => self.existing += 1,
                _ => self.failed += 1,
            }
        }
    }

    fn print(&self, directory: &std::path::Path) {
        let [saved, existing, failed] = [self.saved, self.existing, self.failed].map(format_count);
        let mut text = format!("{saved} files saved ({})", format_bytes(self.bytes));
        if self.existing > 0 {
            text = format!("{text}, {existing} already there");
        }
        if self.failed > 0 {
            text = format!("{text}, {failed} failed");
        }
        print_stderr(format_args!("{text} in {}", Sanitized(&directory.display().to_string())));
    }
}
