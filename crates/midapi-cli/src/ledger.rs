//! Which ids a command was given, and which of them have yet to be answered.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt};
use midapi::{Error, Task};

use crate::ids::{self, Place};

/// Ids with their places, as they come.
type Source = Pin<Box<dyn Stream<Item = (Place, String)> + Send>>;

/// The ids of a command, shared with the stream that takes them in.
#[derive(Clone, Default)]
pub(crate) struct Ledger {
    state: Arc<Mutex<State>>,
    source: Arc<Mutex<Option<Source>>>,
    input_failed: Arc<AtomicBool>,
}

#[derive(Default)]
struct State {
    /// Ids without an answer, and those whose answer leaves the task open.
    pending: BTreeMap<Place, String>,
    /// The places of each id that has yet to be answered there.
    places: HashMap<String, Vec<Place>>,
    /// Places that have been taken in and have no answer yet.
    unanswered: BTreeSet<Place>,
    /// The exit status of each failure.
    failures: BTreeMap<Place, u8>,
}

impl Ledger {
    /// Takes in the ids of the arguments; those of standard input when they are read.
    pub(crate) fn ids(&self, arguments: Vec<String>) -> impl Stream<Item = String> + Send + use<> {
        let given = arguments.iter().enumerate().filter(|(_, argument)| *argument != "-");
        self.state().pending = given.map(|(number, id)| ((number, 0), id.clone())).collect();
        *lock(&self.source) = Some(Box::pin(ids::stream(arguments, Arc::clone(&self.input_failed))));
        let ledger = self.clone();
        stream::poll_fn(move |context| ledger.poll_source(context))
    }

    fn poll_source(&self, context: &mut Context<'_>) -> Poll<Option<String>> {
        let mut source = lock(&self.source);
        let Some(ids) = source.as_mut() else { return Poll::Ready(None) };
        let next = ids.poll_next_unpin(context).map(|next| {
            let (place, id) = next?;
            let mut state = lock(&self.state);
            state.pending.insert(place, id.clone());
            state.places.entry(id.clone()).or_default().push(place);
            state.unanswered.insert(place);
            Some(id)
        });
        if let Poll::Ready(None) = next {
            *source = None;
        }
        next
    }

    /// Takes in the ids that nobody has taken in yet, for a command that ends early. False if standard input had not come to
    /// its end by then.
    pub(crate) async fn take_in_rest(&self) -> bool {
        /// A file is read by then; whoever types ids has stopped.
        const PATIENCE: Duration = Duration::from_millis(400);
        let rest = stream::poll_fn(|context| self.poll_source(context)).for_each(|_| std::future::ready(()));
        tokio::time::timeout(PATIENCE, rest).await.is_ok()
    }

    /// Notes what came of an id, at the first of its places without an answer. Returns the place.
    pub(crate) fn answered(&self, id: &str, outcome: &Result<Task, Error>) -> Option<Place> {
        let mut state = self.state();
        let places = state.places.get_mut(id)?;
        let place = places.remove(0);
        if places.is_empty() {
            state.places.remove(id);
        }
        state.unanswered.remove(&place);
        let open = outcome.as_ref().is_err_and(|error| error.kind().is_task_open());
        if !open {
            // It has ended wherever else it stands, too.
            let elsewhere = state.places.get(id).cloned().unwrap_or_default();
            for place in elsewhere.iter().chain([&place]) {
                state.pending.remove(place);
            }
        }
        if let Err(error) = outcome {
            state.failures.insert(place, error.kind().exit_code());
        }
        Some(place)
    }

    /// The ids that may still finish, each once, in the order given.
    pub(crate) fn pending(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        self.state().pending.values().filter(|id| seen.insert((*id).clone())).cloned().collect()
    }

    /// The first place in the order of the ids that has no answer yet, of those taken in.
    pub(crate) fn first_unanswered(&self) -> Option<Place> {
        self.state().unanswered.first().copied()
    }

    /// The exit status of the first failure in the order of the ids; 1 if ids may be missing, 0 if all is well.
    pub(crate) fn exit_status(&self) -> u8 {
        let without_failure = u8::from(self.input_failed.load(Ordering::Relaxed));
        self.state().failures.values().next().copied().unwrap_or(without_failure)
    }

    /// The same, where a task that failed is a failure too.
    pub(crate) fn exit_status_with(&self, failed_task: Option<(Place, u8)>) -> u8 {
        if let Some((place, status)) = failed_task {
            self.state().failures.entry(place).or_insert(status);
        }
        self.exit_status()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A word for a shell: quoted unless it is plain. What begins with a hyphen has to stand behind `--`.
pub(crate) fn shell_word(word: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '=' | '@' | '%' | '+' | ',');
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The command that goes on with these ids: `command`, such as `midapi --mock`, and what follows it.
pub(crate) fn resume_command(command: &str, ids: &[String]) -> String {
    /// More would not be read, let alone typed.
    const SHOWN: usize = 50;
    let options_end = if ids.iter().any(|id| id.starts_with('-')) { " --" } else { "" };
    // A "-" would be read as standard input.
    let words: Vec<_> = ids.iter().filter(|id| *id != "-").take(SHOWN).map(|id| shell_word(id)).collect();
    let more = match ids.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" … and {more} more (--pending-to FILE writes them all)"),
    };
    format!("{command} wait{options_end} {}{more}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_to_go_on_with_survives_a_shell() {
        let table: &[(&[&str], &str)] = &[
            (&["a1", "b_2"], "midapi wait a1 b_2"),
            (&["two words"], "midapi wait 'two words'"),
            (&["$(reboot)", "it's"], r"midapi wait '$(reboot)' 'it'\''s'"),
            (&["-x"], "midapi wait -- -x"),
            (&["猫"], "midapi wait '猫'"),
        ];
        for (ids, expected) in table {
            let ids: Vec<_> = ids.iter().map(|id| (*id).to_owned()).collect();
            assert_eq!(resume_command("midapi", &ids), *expected);
        }
        let many: Vec<_> = (0..60).map(|number| number.to_string()).collect();
        assert!(resume_command("midapi", &many).ends_with("49 … and 10 more (--pending-to FILE writes them all)"));
    }
}
