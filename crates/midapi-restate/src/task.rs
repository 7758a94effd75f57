//! The workflow of a task. It polls the task, at the times (slots) that it books from the account, until the task has
//! finished.

use std::time::Duration;

use jiff::Timestamp;
use midapi::poll::{PollState, WaitPolicy};
use midapi::{Error, TaskId};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use tracing::Instrument;

use crate::account::{MidapiAccountClient, current_time};
use crate::clients::Clients;
use crate::key::{Account, parse_task_key};
use crate::options::WaitOptions;
use crate::outcome::Outcome;
use crate::poll::{Next, Polled};
use crate::slots::{Slot, add, until};

/// The maximum number of polls in one invocation. The journal of an invocation is replayed for each poll, so it must
/// not grow without limit.
const POLLS_PER_JOURNAL: usize = 50;
/// The threshold for durable sleeps. A worker waits for a slot with an ordinary sleep if the wait is at most this long,
/// and otherwise with a durable sleep. After a durable sleep, the worker checks that the slot is still valid, because
/// the account may have been paused in the meantime.
const DURABLE_SLEEP: Duration = Duration::from_millis(250);
/// The time between the end of a durable sleep and the slot. The sleep ends early because durable timers are late. The
/// poll then waits for the remaining time.
const TIMER_LATENESS: Duration = Duration::from_millis(100);
/// The maximum time that a poll waits for its slot. The slot can be further ahead only if the clocks of workers differ.
const MAX_AHEAD: Duration = Duration::from_secs(1);
/// The time that a request may take to reach the API. A poll is late if less than this time is left until the end of
/// its slot.
const TRANSIT: Duration = Duration::from_millis(50);
/// The maximum number of slots that a poll may miss. A poll misses its slot if the clocks of the workers differ, or if
/// a timer is late. After this number of missed slots, the poll is made even after the end of its slot.
const MAX_MISSED: u32 = 8;
/// How long a wait can be restarted after an outcome that is not final: 60 days, because the API keeps records for two
/// months.
const RESTARTABLE: Duration = Duration::from_hours(24 * 60);

/// The input of an invocation that polls.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Wait {
    options: WaitOptions,
    state: Option<PollState>,
}

/// The result of an invocation that polls.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Progress {
    Finished(Outcome),
    Unfinished(Option<PollState>),
}

/// The reply to a repeated submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Restart {
    Running,
    Finished,
    Restarted,
}

pub(crate) struct MidapiTask(pub(crate) Clients);

#[restate_sdk::workflow(
    name = "MidapiTask",
    client_visibility = "pub(crate)",
    workflow_completion_retention = "7 days",
    journal_retention = "0s",
    inactivity_timeout = "1s",
    invocation_retry_policy(
        initial_interval = "50ms",
        factor = 2.0,
        max_interval = "3s",
        // Practically unlimited: 70 attempts, the default of the server, would stop an invocation during a long outage
        // of the workers.
        max_attempts = 1_000_000_000
    )
)]
impl MidapiTask {
    /// Waits until the task has finished. The key of the workflow is `ACCOUNT/ID`.
    #[handler]
    pub(crate) async fn run(
        &self,
        ctx: WorkflowContext<'_>,
        options: Json<WaitOptions>,
    ) -> HandlerResult<Json<Outcome>> {
        let mut options = options.into_inner();
        for generation in 0_u32.. {
            let outcome = self.wait(&ctx, &options).await?;
            ctx.resolve_promise(&outcome_promise(generation), Json(outcome.clone()));
            if let Ok(Some(target)) = options.target() {
                ctx.request::<_, ()>(target, Json(outcome.clone())).send();
            }
            if outcome.is_final() {
                return Ok(Json(outcome));
            }
            let promise = restart_promise(generation);
            restate_sdk::select! {
                restarted = ctx.promise::<Json<WaitOptions>>(&promise) => options = restarted?.into_inner(),
                _ = ctx.sleep(RESTARTABLE) => return Ok(Json(outcome)),
            }
        }
        unreachable!("the number of restarts fits in a u32")
    }

    /// Polls until there is an outcome, or until the invocation has made `POLLS_PER_JOURNAL` polls.
    #[handler(ingress_private)]
    pub(crate) async fn poll(&self, ctx: SharedWorkflowContext<'_>, wait: Json<Wait>) -> HandlerResult<Json<Progress>> {
        let Wait { options, mut state } = wait.into_inner();
        let (account, id) = parse_task_key(ctx.key()).map_err(|error| terminal(&error))?;
        let polling = Polling {
            ctx: &ctx,
            clients: &self.0,
            account,
            id,
            policy: options.policy().map_err(|error| terminal(&error))?,
        };
        let mut due = None;
        for _ in 0..POLLS_PER_JOURNAL {
            match polling.poll_in_slot(state.as_ref(), due.take()).await? {
                Next::Poll { state: next, at } => {
                    (state, due) = (Some(next), Some(at));
                    ctx.sleep(until(Timestamp::now(), at)).await?;
                }
                Next::Finished(outcome) => return Ok(Json(Progress::Finished(outcome))),
                Next::Late | Next::Repeat => {}
            }
        }
        Ok(Json(Progress::Unfinished(state)))
    }

    /// Returns the outcome of the current wait as soon as there is one. It need not be final.
    #[handler]
    pub(crate) async fn outcome(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<Json<Outcome>> {
        let mut generation = 0;
        loop {
            let outcome = ctx.promise::<Json<Outcome>>(&outcome_promise(generation)).await?;
            let promise = restart_promise(generation);
            if ctx.peek_promise::<Json<WaitOptions>>(&promise).await?.is_none() {
                return Ok(outcome);
            }
            generation += 1;
        }
    }

    /// Starts the wait again if its outcome was not final.
    #[handler]
    pub(crate) async fn restart(
        &self,
        ctx: SharedWorkflowContext<'_>,
        options: Json<WaitOptions>,
    ) -> HandlerResult<Json<Restart>> {
        let mut generation = 0;
        loop {
            let promise = outcome_promise(generation);
            match ctx.peek_promise::<Json<Outcome>>(&promise).await? {
                None => return Ok(Json(Restart::Running)),
                Some(outcome) if outcome.0.is_final() => return Ok(Json(Restart::Finished)),
                Some(_) => {}
            }
            let promise = restart_promise(generation);
            if ctx.peek_promise::<Json<WaitOptions>>(&promise).await?.is_none() {
                ctx.resolve_promise(&promise, options);
                return Ok(Json(Restart::Restarted));
            }
            generation += 1;
        }
    }
}

/// The error for an invalid input. Does not normally occur, because the input was checked before.
fn terminal(error: &Error) -> TerminalError {
    TerminalError::new_with_code(400, error.to_string())
}

fn outcome_promise(generation: u32) -> String {
    format!("outcome-{generation}")
}

fn restart_promise(generation: u32) -> String {
    format!("restart-{generation}")
}

impl MidapiTask {
    /// Waits for the outcome, and downloads the results if the options say so.
    async fn wait(&self, ctx: &WorkflowContext<'_>, options: &WaitOptions) -> Result<Outcome, TerminalError> {
        let (account, _) = match options.check().and_then(|()| parse_task_key(ctx.key())) {
            Ok(parsed) => parsed,
            Err(error) => return Ok(Outcome::new(self.0.client(&Account::default()), &Err(error))),
        };
        let delay = options.first_delay_duration().map_err(|error| terminal(&error))?;
        let mut state = None;
        if !delay.is_zero() {
            // The delay counts towards the timeout, so the wait starts before it.
            let start = ctx.run(current_time).name("start").await?.into_inner();
            state = Some(PollState::new(start.into()));
            ctx.sleep(delay).await?;
        }
        let outcome = loop {
            let wait = Json(Wait { options: options.clone(), state });
            match ctx.workflow_client::<MidapiTaskClient>(ctx.key()).poll(wait).call().await?.into_inner() {
                Progress::Finished(outcome) => break outcome,
                Progress::Unfinished(next) => state = next,
            }
        };
        let (Some(directory), None) =
            (options.download_directory().map_err(|error| terminal(&error))?, outcome.error_kind())
        else {
            return Ok(outcome);
        };
        let (clients, directory) = (self.0.clone(), directory.to_owned());
        let download = move || async move { Ok(Json(clients.download(&account, &directory, outcome).await)) };
        Ok(ctx.run(download).name("download").await?.into_inner())
    }
}

/// An invocation that polls.
struct Polling<'a, 'c> {
    ctx: &'a SharedWorkflowContext<'c>,
    clients: &'a Clients,
    account: Account,
    id: TaskId,
    policy: WaitPolicy,
}

impl Polling<'_, '_> {
    /// Waits for a slot of the account and polls in this slot. `due` is the time at which the poll is due; None means
    /// now.
    ///
    /// This function reads the clock only to calculate the lengths of sleeps. When the journal is replayed, the lengths
    /// may differ, but every decision must be the same.
    async fn poll_in_slot(&self, state: Option<&PollState>, mut due: Option<Timestamp>) -> Result<Next, TerminalError> {
        let ctx = self.ctx;
        let account = || ctx.object_client::<MidapiAccountClient>(self.account.as_str());
        let mut missed = 0;
        loop {
            let reply = account().book(Json(due.take())).call().await?.into_inner();
            let (not_before, pause) = (reply.booking.not_before, reply.booking.pause);
            let deadline = state.map(|state| state.deadline(&self.policy).timestamp());
            // No poll is made during a pause, and a pause does not extend the deadline.
            let ends_before =
                |deadline: Timestamp| pause.is_some_and(|pause| pause.until.is_none_or(|end| end > deadline));
            let expiry = deadline.filter(|deadline| ends_before(*deadline));
            let left = expiry.map(|deadline| until(Timestamp::now(), deadline));
            let Some(slot) = reply.booking.slot.filter(|_| expiry.is_none()) else {
                let resumption = reply.resumption.map(|id| ctx.invocation_handle(id).attach::<()>());
                let has_expired = match (resumption, left) {
                    (Some(resumed), Some(left)) => restate_sdk::select! {
                        result = resumed => check_resumed(ctx, result).await?,
                        _ = ctx.sleep(left) => true,
                    },
                    (Some(resumed), None) => check_resumed(ctx, resumed.await).await?,
                    (None, left) => {
                        ctx.sleep(left.unwrap_or(Duration::from_secs(1))).await?;
                        left.is_some()
                    }
                };
                match state.zip(expiry).filter(|_| has_expired) {
                    Some((state, deadline)) => return Ok(self.expire(state, deadline.max(not_before))),
                    None => continue,
                }
            };
            if until(not_before, slot.at) > DURABLE_SLEEP {
                let ahead = until(Timestamp::now(), slot.at);
                ctx.sleep(ahead.saturating_sub(TIMER_LATENESS)).await?;
                if !account().confirm(Json(slot)).call().await? {
                    continue;
                }
            }
            let polled = self.poll(state.cloned(), slot, missed).await?;
            if let Some(pause) = polled.pause {
                // The call is awaited, so that the next booking of this task sees the pause.
                account().slow_down(Json(pause)).call().await?;
            }
            match polled.next {
                Next::Late => missed += 1,
                Next::Repeat => {}
                next => return Ok(next),
            }
        }
    }

    /// Polls once, unless the account is paused or the slot has passed. The slot can have passed because a worker may
    /// run this step late, or again after the worker was killed. After `MAX_MISSED` missed slots, the poll ignores the
    /// end of its slot.
    async fn poll(&self, state: Option<PollState>, slot: Slot, missed: u32) -> Result<Polled, TerminalError> {
        let (clients, account, id) = (self.clients.clone(), self.account.clone(), self.id.clone());
        let policy = self.policy.clone();
        let span = tracing::info_span!("midapi.restate.poll", %account, task.id = %id);
        let poll = async move {
            let ahead = until(Timestamp::now(), slot.at);
            if !ahead.is_zero() {
                tokio::time::sleep(ahead.min(MAX_AHEAD)).await;
            }
            let now = Timestamp::now();
            if clients.is_paused(&account, now) || (add(now, TRANSIT) > slot.until && missed < MAX_MISSED) {
                return Ok(Json(Polled { next: Next::Late, pause: None }));
            }
            if missed >= MAX_MISSED {
                tracing::warn!(
                    missed,
                    "the poll is made after the end of its slot: clocks of workers differ, or timers are late"
                );
            }
            let polled = crate::poll::poll(clients.client(&account), &id, &policy, state).await;
            clients.note_pause(&account, polled.pause.as_ref());
            Ok(Json(polled))
        };
        Ok(self.ctx.run(move || poll.instrument(span)).name("poll").await?.into_inner())
    }

    fn expire(&self, state: &PollState, now: Timestamp) -> Next {
        let error = state.expire(now.into()).with_task_id(self.id.as_str());
        Next::Finished(Outcome::new(self.clients.client(&self.account), &Err(error)))
    }
}

/// Handles the result of attaching to the `resumption` invocation. Always returns false, which means that the deadline
/// has not passed.
///
/// An error is treated as if the account had been resumed, because the engine also returns an error if `resumption`
/// ended before the workflow attached to it. The exception is a cancellation of this invocation.
///
/// # Errors
/// The error of the engine if this invocation was cancelled.
async fn check_resumed(
    ctx: &SharedWorkflowContext<'_>,
    result: Result<(), TerminalError>,
) -> Result<bool, TerminalError> {
    /// The code of a cancellation.
    const CANCELLED: u16 = 409;
    match result {
        Err(error) if error.code() == CANCELLED => return Err(error),
        Err(_) => ctx.sleep(Duration::from_secs(1)).await?,
        Ok(()) => {}
    }
    Ok(false)
}
