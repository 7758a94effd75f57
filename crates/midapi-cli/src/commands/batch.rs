//! The parts that `get`, `wait`, `watch` and `download` share: ids, results, pending ids and the exit status.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, pin_mut};
use midapi::{Client, Error, ErrorKind, ResultStream, Task, TaskId, WaitAll};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::args::{ConcurrencyArgs, GlobalArgs, RecordArgs, WaitArgs};
use crate::connection::{Connection, build_client};
use crate::id_stream::Position;
use crate::id_tracker::IdTracker;
use crate::output::terminal::{OutputError, print_stderr};
use crate::output::{ErrorReporter, print_summary};
use crate::pending_file::PendingFile;
use crate::record::Recorder;
use crate::signals::{force_exit, shutdown_signal};

/// The ids of a command with their positions.
pub(super) type IdStream = BoxStream<'static, (Position, Result<TaskId, Error>)>;
/// The results of a command as they arrive.
pub(super) type Results = BoxStream<'static, (Position, Result<Task, Error>)>;

/// The state of a command for many ids.
pub(super) struct Batch {
    pub(super) connection: Connection,
    pub(super) tracker: IdTracker,
    pub(super) reporter: ErrorReporter,
    pending_file: Option<Arc<PendingFile>>,
    recorder: Option<Recorder>,
    has_record_failed: bool,
    /// The subcommand with which the user can continue after an incomplete batch, such as `wait`.
    verb: &'static str,
    is_many: bool,
}

/// The reason why a batch ended.
pub(super) enum End {
    /// The stream of results ended.
    Stream,
    /// A signal arrived. Contains the exit status for it.
    Signal(u8),
}

impl Batch {
    /// Checks the file of `--pending-to`, creates the directory of `--record`, and builds the client. If the directory
    /// cannot be created or [`build_client`] fails, saves all ids to the file of `--pending-to`.
    ///
    /// # Errors
    /// The exit status, after printing the error.
    pub(super) async fn start(
        global: &GlobalArgs,
        verb: &'static str,
        ids: &[String],
        pending_to: Option<PathBuf>,
        record: Option<RecordArgs>,
    ) -> Result<Self, u8> {
        let pending_file = match pending_to.map(|path| PendingFile::new(path.clone()).map_err(|error| (path, error))) {
            None => None,
            Some(Ok(file)) => Some(Arc::new(file)),
            Some(Err((path, error))) => {
                print_stderr(format_args!("error: cannot write the pending ids to {}: {error}", path.display()));
                return Err(ErrorKind::Usage.exit_code());
            }
        };
        let tracker = IdTracker::new(ids.to_vec());
        let (forced_tracker, forced_file) = (tracker.clone(), pending_file.clone());
        tokio::spawn(force_exit(async move || {
            if let Some(file) = forced_file {
                forced_tracker.read_rest().await;
                save(&file, &forced_tracker);
            }
        }));
        let recorder = record.map_or(Ok(None), Recorder::new).map_err(|message| {
            print_stderr(format_args!("error: {message}"));
            1
        });
        let started = recorder.and_then(|recorder| Ok((recorder, build_client(global)?)));
        let (recorder, mut connection) = match started {
            Ok(started) => started,
            Err(status) => {
                if let Some(file) = &pending_file {
                    tracker.read_rest().await;
                    save(file, &tracker);
                }
                return Err(status);
            }
        };
        let is_many = ids.len() > 1 || ids.iter().any(|id| id == "-");
        connection.context.has_summary = is_many;
        let reporter = ErrorReporter::new(connection.context.clone());
        Ok(Self { connection, tracker, reporter, pending_file, recorder, has_record_failed: false, verb, is_many })
    }

    /// Starts the requests for all ids. If the client could not be built, the result of each valid id is the error of
    /// the client's settings.
    pub(super) fn results(&self, call: impl FnOnce(&Client, IdStream) -> ResultStream<Position>) -> Results {
        self.results_for(self.tracker.ids(), call)
    }

    /// Like [`results`](Self::results), for some of the ids.
    pub(super) fn results_for(
        &self,
        ids: impl Stream<Item = (Position, Result<TaskId, Error>)> + Send + 'static,
        call: impl FnOnce(&Client, IdStream) -> ResultStream<Position>,
    ) -> Results {
        match &self.connection.client {
            Ok(client) => call(client, ids.boxed()).boxed(),
            Err(error) => {
                let error = error.clone();
                ids.map(move |(position, id)| (position, Err(add_id(&error, id)))).boxed()
            }
        }
    }

    /// Handles each result, until the stream ends, a signal arrives, or standard output cannot be written.
    pub(super) async fn follow<T>(
        &mut self,
        mut results: BoxStream<'static, (Position, T)>,
        output_errors: &mut UnboundedReceiver<OutputError>,
        mut handle: impl FnMut(&mut Self, Position, T) -> Result<(), OutputError>,
    ) -> Result<End, OutputError> {
        let signal = shutdown_signal();
        pin_mut!(signal);
        loop {
            let next = tokio::select! {
                next = results.next() => next,
                status = &mut signal => return Ok(End::Signal(status)),
                Some(error) = output_errors.recv() => return Err(error),
            };
            if let Ok(error) = output_errors.try_recv() {
                return Err(error);
            }
            let Some((position, result)) = next else { return Ok(End::Stream) };
            self.tracker.mark_answered(position);
            handle(self, position, result)?;
        }
    }

    /// Saves the response of a result if `--record` is set.
    pub(super) fn record(&mut self, result: &Result<Task, Error>) {
        if let (Some(recorder), Ok(client)) = (&self.recorder, &self.connection.client)
            && let Err(message) = recorder.record(client, result)
        {
            print_stderr(format_args!("error: {message}"));
            self.has_record_failed = true;
        }
    }

    /// Saves the pending ids, prints the summary, and returns the exit status.
    pub(super) async fn finish(mut self, end: Result<End, OutputError>) -> Result<u8, OutputError> {
        let is_complete = self.tracker.read_rest().await;
        let is_saved = self.pending_file.as_ref().is_none_or(|file| save(file, &self.tracker));
        if matches!(end, Err(OutputError::BrokenPipe)) && is_saved {
            return Err(OutputError::BrokenPipe);
        }
        self.reporter.finish();
        if !is_complete {
            print_stderr(
                "warning: standard input was not read to the end; ids that were not read are missing from the list of pending ids",
            );
        }
        if self.tracker.is_nothing_found() {
            print_stderr("warning: none of the ids was found: the API key may belong to another account");
        }
        self.print_summary(matches!(end, Ok(End::Signal(_))), is_saved);
        match end {
            Ok(End::Signal(status)) => Ok(status),
            _ if !is_saved => Ok(1),
            Ok(End::Stream) => Ok(match self.tracker.exit_status() {
                0 => u8::from(self.has_record_failed),
                status => status,
            }),
            Err(error) => Err(error),
        }
    }

    fn print_summary(&self, is_interrupted: bool, is_saved: bool) {
        let (counts, pending) = (self.tracker.counts(), self.tracker.pending());
        let is_incomplete = self.is_many && (counts.failed > 0 || !pending.is_empty());
        if !is_interrupted && !is_incomplete {
            return;
        }
        let prefix = if is_interrupted { "interrupted: " } else { "" };
        let saved_to = self.pending_file.as_ref().filter(|_| is_saved).map(|file| file.path());
        print_summary(prefix, &counts, &pending, &self.connection.context.command, self.verb, saved_to);
    }
}

/// Adds an id to `error`, the error from building the client. If the id is invalid, returns the error of the id
/// instead.
fn add_id(error: &Error, id: Result<TaskId, Error>) -> Error {
    match id {
        Ok(id) => error.clone().with_task_id(id),
        Err(invalid) => invalid,
    }
}

/// Saves the pending ids. Prints an error and returns false if this fails.
fn save(file: &PendingFile, tracker: &IdTracker) -> bool {
    let saved = file.save(&tracker.pending());
    if let Err(error) = &saved {
        print_stderr(format_args!("error: cannot write the pending ids to {}: {error}", file.path().display()));
    }
    saved.is_ok()
}

/// Applies the wait and concurrency options that are set.
pub(super) fn configure_wait(
    mut waits: WaitAll<Position>,
    wait: WaitArgs,
    concurrency: ConcurrencyArgs,
) -> WaitAll<Position> {
    waits = waits.fail_fast(wait.fail_fast);
    waits = wait.timeout.into_iter().fold(waits, WaitAll::timeout);
    waits = wait.interval.into_iter().fold(waits, WaitAll::interval);
    waits = wait.first_delay.into_iter().fold(waits, WaitAll::first_delay);
    waits = wait.not_found_grace.into_iter().fold(waits, WaitAll::not_found_grace);
    waits = concurrency.max_in_flight.into_iter().fold(waits, |waits, limit| waits.max_in_flight(limit.get()));
    concurrency.rate.into_iter().fold(waits, WaitAll::rate)
}
