//! One poll of a durable wait. The [`PollState`] of the SDK makes every decision.

use jiff::Timestamp;
use midapi::poll::{Decision, PollState, WaitPolicy};
use midapi::{Client, Error, Task, TaskId};
use serde::{Deserialize, Serialize};

use crate::outcome::Outcome;
use crate::slots::{Pause, add};

/// The result of a poll, as stored in the journal.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Polled {
    pub(crate) next: Next,
    /// The pause that the response requires of the account. None if it requires no pause.
    pub(crate) pause: Option<Pause>,
}

/// The next step after a poll.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Next {
    /// No poll was made, because the slot had passed or the account is paused.
    Late,
    /// The account is now paused, because the API rejected the key or there are no credits left. The same poll is
    /// repeated when the pause ends.
    Repeat,
    /// The task is polled again at `at`.
    Poll {
        state: PollState,
        at: Timestamp,
    },
    Finished(Outcome),
}

/// Polls a task once.
pub(crate) async fn poll(client: &Client, id: &TaskId, policy: &WaitPolicy, state: Option<PollState>) -> Polled {
    let start = Timestamp::now();
    let mut state = state.unwrap_or_else(|| PollState::new(start.into()));
    let Some(limit) = state.begin_poll(policy, start.into()) else {
        return finish(client, id, Err(state.expire(start.into())), None);
    };
    // Pauses are handled by the account for all workers, so the client must ignore its own.
    let result = client.get(id).max_retries(0).timeout(limit).ignore_pauses().await;
    let now = Timestamp::now();
    let pause = result.as_ref().err().and_then(|error| account_pause(client, error, now));
    if pause.as_ref().is_some_and(|pause| pause.until.is_none()) {
        return Polled { next: Next::Repeat, pause };
    }
    match state.complete_poll(policy, result, now.into(), fastrand::f64()) {
        Decision::Finished { result, .. } => finish(client, id, result, pause),
        Decision::PollAt { at, error, .. } => {
            if let Some(error) = error {
                tracing::info!(error.r#type = error.kind().as_str(), error.message = error.message(), "poll failed");
            }
            Polled { next: Next::Poll { state, at: at.timestamp() }, pause }
        }
    }
}

/// Returns the pause that an error requires of the account. None if it requires no pause.
fn account_pause(client: &Client, error: &Error, now: Timestamp) -> Option<Pause> {
    let until = if error.kind().stops_account() { None } else { Some(add(now, client.pause_after(error)?)) };
    Some(Pause { until, reason: client.redact(error.message()) })
}

fn finish(client: &Client, id: &TaskId, result: Result<Task, Error>, pause: Option<Pause>) -> Polled {
    let result =
        result.map_err(|error| if error.task_id().is_none() { error.with_task_id(id.as_str()) } else { error });
    match &result {
        Ok(task) => tracing::info!(status = %task.status(), "finished"),
        Err(error) => tracing::info!(error.r#type = error.kind().as_str(), "finished"),
    }
    Polled { next: Next::Finished(Outcome::new(client, &result)), pause }
}
