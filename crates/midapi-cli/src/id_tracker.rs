//! The ids of a command and their results.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt};
use midapi::{Error, ErrorKind, TaskId};

use crate::id_stream::{Position, id_stream};

type IdResult = (Position, Result<TaskId, Error>);
type Source = Pin<Box<dyn Stream<Item = IdResult> + Send>>;

/// The ids of a command, shared with the stream that reads them.
#[derive(Clone, Default)]
pub(crate) struct IdTracker {
    state: Arc<Mutex<State>>,
    source: Arc<Mutex<Option<Source>>>,
    has_input_failed: Arc<AtomicBool>,
}

#[derive(Default)]
struct State {
    /// Ids to try again.
    pending: BTreeMap<Position, String>,
    /// Ids that were not found.
    not_found: BTreeMap<Position, String>,
    /// Ids with a final result. They are not pending, even if they also occur at another position.
    closed: HashSet<String>,
    /// The positions that have been read and have no result yet.
    unanswered: BTreeSet<Position>,
    /// The exit status of each failure.
    failures: BTreeMap<Position, u8>,
    counts: Counts,
}

/// The numbers of ids with a final result: successes (`done`) and errors (`failed`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) done: usize,
    pub(crate) failed: usize,
}

impl IdTracker {
    /// Tracks the ids of the arguments immediately, and those of standard input when they are read.
    pub(crate) fn new(arguments: Vec<String>) -> Self {
        let tracker = Self::default();
        let given = arguments.iter().enumerate().filter(|(_, argument)| *argument != "-");
        let given = given.map(|(argument, id)| (Position { argument, line: 0 }, id.clone()));
        tracker.state().pending = given.collect();
        *lock(&tracker.source) = Some(Box::pin(id_stream(arguments, Arc::clone(&tracker.has_input_failed))));
        tracker
    }

    /// Returns the stream of ids in order. An id counts as read when the stream yields it.
    pub(crate) fn ids(&self) -> impl Stream<Item = IdResult> + Send + use<> {
        let tracker = self.clone();
        stream::poll_fn(move |context| tracker.poll_source(context))
    }

    fn poll_source(&self, context: &mut Context<'_>) -> Poll<Option<IdResult>> {
        let mut source = lock(&self.source);
        let Some(ids) = source.as_mut() else { return Poll::Ready(None) };
        let next = ids.poll_next_unpin(context).map(|next| {
            let (position, id) = next?;
            let mut state = lock(&self.state);
            let text = match &id {
                Ok(id) => id.as_str(),
                Err(error) => error.task_id().unwrap_or_default(),
            };
            state.pending.insert(position, text.to_owned());
            state.unanswered.insert(position);
            Some((position, id))
        });
        if let Poll::Ready(None) = next {
            *source = None;
        }
        next
    }

    /// Reads the remaining ids without requesting them, so that a command that ends early can save them as pending.
    /// Returns false if standard input did not end within 400 ms.
    pub(crate) async fn read_rest(&self) -> bool {
        /// A time limit that is long enough to read a file to its end.
        const TIMEOUT: Duration = Duration::from_millis(400);
        let rest = stream::poll_fn(|context| self.poll_source(context)).for_each(|_| std::future::ready(()));
        tokio::time::timeout(TIMEOUT, rest).await.is_ok()
    }

    /// Marks a position as having a result.
    pub(crate) fn mark_answered(&self, position: Position) {
        self.state().unanswered.remove(&position);
    }

    /// Records a result that has been printed.
    pub(crate) fn record<T>(&self, position: Position, result: &Result<T, Error>) {
        let mut state = self.state();
        if let Err(error) = result {
            state.failures.insert(position, error.kind().exit_code());
            if error.is_task_open() {
                return;
            }
        }
        match result {
            Ok(_) => state.counts.done += 1,
            Err(_) => state.counts.failed += 1,
        }
        if let Some(id) = state.pending.remove(&position) {
            if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
                state.not_found.insert(position, id.clone());
            }
            state.closed.insert(id);
        }
    }

    /// Records an exit status for a position, unless the position already has one. Example: the request succeeded, but
    /// the requested task has failed.
    pub(crate) fn record_failure(&self, position: Position, exit_status: u8) {
        self.state().failures.entry(position).or_insert(exit_status);
    }

    /// The ids to try again, each once, in order: the same command may have a result for them later.
    ///
    /// If there are several ids and none was found, all of them are pending, because the key may belong to another
    /// account.
    pub(crate) fn pending(&self) -> Vec<String> {
        let state = self.state();
        let ids = if state.is_nothing_found() { &state.not_found } else { &state.pending };
        let closed = |id: &String| !state.is_nothing_found() && state.closed.contains(id);
        let mut seen = HashSet::new();
        ids.values().filter(|id| !closed(id) && seen.insert((*id).clone())).cloned().collect()
    }

    pub(crate) fn counts(&self) -> Counts {
        let state = self.state();
        if state.is_nothing_found() { Counts::default() } else { state.counts }
    }

    /// Whether there are several ids and none of them was found.
    pub(crate) fn is_nothing_found(&self) -> bool {
        self.state().is_nothing_found()
    }

    /// The first position that has been read and has no result yet.
    pub(crate) fn first_unanswered(&self) -> Option<Position> {
        self.state().unanswered.first().copied()
    }

    /// The exit status of the first failure in the order of the ids. Without a failure: 1 if standard input could not
    /// be read to its end, otherwise 0.
    pub(crate) fn exit_status(&self) -> u8 {
        let without_failure = u8::from(self.has_input_failed.load(Ordering::Relaxed));
        self.state().failures.values().next().copied().unwrap_or(without_failure)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn is_nothing_found(&self) -> bool {
        let others = self.counts.done + self.counts.failed - self.not_found.len();
        self.closed.len() > 1 && others == 0 && self.pending.is_empty()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
