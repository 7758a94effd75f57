//! Asking again while that makes sense.

pub(crate) mod backoff;
pub(crate) mod budget;
pub(crate) mod retry_after;
pub(crate) mod throttle;

use std::time::{Duration, Instant};

use crate::Task;
use crate::client::{OnRetry, Shared};
use crate::error::{Error, ErrorKind};
use crate::poll::state::{Nanos, Next, Rules, Watch};
use crate::retry::throttle::Held;
use crate::task::id::TaskId;

/// A failed attempt that is about to be retried.
///
/// # Examples
/// ```
/// let client = midapi::Client::builder()
///     .api_key("made-up-key")
///     .on_retry(|retry| eprintln!("attempt {}: {}; again in {:?}", retry.attempts, retry.error, retry.delay))
///     .build()?;
/// # Ok::<(), midapi::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct RetryEvent<'a> {
    /// What went wrong.
    pub error: &'a Error,
    /// Attempts made so far; 1 before the first retry.
    pub attempts: u32,
    /// The time until the next one.
    pub delay: Duration,
}

/// The limits of one call.
pub(crate) struct Limits {
    pub(crate) timeout: Duration,
    pub(crate) retries: u32,
    pub(crate) on_retry: Option<OnRetry>,
}

/// Looks until there is a task, the failure is not worth retrying, or time, retries or the client's budget are used up.
/// The error is the last failure's.
pub(crate) async fn retried(client: &Shared, id: &TaskId, limits: &Limits) -> Result<Task, Error> {
    let start = client.clock.now();
    let since_start = |instant: Instant| Nanos::from_duration(instant.saturating_duration_since(start));
    let now = || since_start(client.clock.now());
    let rules = Rules::Get { timeout: limits.timeout, retries: limits.retries };
    let mut watch = Watch::new(Nanos(0));
    let deadline = watch.deadline(&rules);
    let mut last: Option<Error> = None;
    let mut ready = start;
    loop {
        let sends = match client.leave_to_send(ready, deadline.since(since_start(ready))).await {
            Ok(sends) => sends,
            Err(held) => {
                let error = last.unwrap_or_else(|| held_beyond(held, client.clock.now()).with_task_id(id.as_str()));
                return Err(error.with_attempts(watch.looks(), now().since(Nanos(0))));
            }
        };
        let limit = watch.begin_look(&rules, since_start(sends));
        let look = client.look(id, limit).await;
        let (at, error) = match watch.after_look(client, &rules, look, now()) {
            Next::Ended { outcome, .. } => return outcome,
            Next::Again { at, failed, .. } => (at, failed),
        };
        let delay = at.since(now());
        if let Some(error) = &error {
            let retrying = RetryEvent { error, attempts: watch.looks(), delay };
            note(client, limits, &retrying);
        }
        last = error;
        client.clock.sleep(delay).await;
        ready = client.clock.now();
    }
}

fn note(client: &Shared, limits: &Limits, retrying: &RetryEvent<'_>) {
    tracing::info!(
        error.r#type = retrying.error.kind().as_str(),
        attempts = retrying.attempts,
        delay_ms = retrying.delay.as_millis(),
        "retrying"
    );
    if let Some(notify) = limits.on_retry.as_ref().or(client.on_retry.as_ref()) {
        notify(retrying);
    }
}

/// A call that could not send anything, since the server had asked to wait for longer than the call may take.
pub(crate) fn held_beyond(held: Held, now: Instant) -> Error {
    let left = held.until.saturating_duration_since(now);
    let why = match held.kind {
        ErrorKind::Unavailable => "is down for maintenance",
        _ => "had too many requests",
    };
    let message = format!("not asked: the server {why} and wants {:.1} s more without requests", left.as_secs_f64());
    Error::new(held.kind, message).with_retry_after(Some(left))
}
