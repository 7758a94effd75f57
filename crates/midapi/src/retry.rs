//! Asking again while that makes sense.

use std::time::{Duration, Instant};

use crate::Task;
use crate::client::{OnRetry, Shared};
use crate::error::{Error, ErrorKind};
use crate::pause::Paused;
use crate::task_id::TaskId;

/// A failed attempt that is about to be retried.
#[derive(Debug)]
#[non_exhaustive]
pub struct Retrying<'a> {
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
    let deadline = start + limits.timeout;
    let mut attempts = 0;
    let mut last: Option<Error> = None;
    loop {
        let ended = |error: Error, attempts| {
            let elapsed = client.clock.now().saturating_duration_since(start);
            error.with_attempts(attempts, elapsed)
        };
        if let Err(paused) = client.pause(deadline).await {
            let error = last.unwrap_or_else(|| paused_beyond(paused, id, client.clock.now()));
            return Err(ended(error, attempts));
        }
        let left = deadline.saturating_duration_since(client.clock.now());
        attempts += 1;
        let error = match client.look(id, left).await {
            Ok(task) => return Ok(task),
            Err(error) => error,
        };
        if !error.is_retryable() || attempts > limits.retries {
            return Err(ended(error, attempts));
        }
        let backoff = client.backoff.delay(attempts, client.random());
        let delay = error.retry_after().map_or(backoff, |asked| asked.max(backoff));
        let now = client.clock.now();
        if now + delay >= deadline || !client.budget.withdraw(now) {
            return Err(ended(error, attempts));
        }
        if error.kind().slows_everybody() {
            client.pause.extend(now + delay, error.kind());
        }
        let retrying = Retrying { error: &error, attempts, delay };
        tracing::info!(error.r#type = error.kind().as_str(), attempts, delay_ms = delay.as_millis(), "retrying");
        if let Some(notify) = limits.on_retry.as_ref().or(client.on_retry.as_ref()) {
            notify(&retrying);
        }
        last = Some(error);
        client.clock.sleep(delay).await;
    }
}

/// A call that could not send anything, since the server had asked to wait for longer than the call may take.
pub(crate) fn paused_beyond(paused: Paused, id: &TaskId, now: Instant) -> Error {
    let left = paused.until.saturating_duration_since(now);
    let why = match paused.kind {
        ErrorKind::Unavailable => "is down for maintenance",
        _ => "had too many requests",
    };
    let message = format!("not asked: the server {why} and wants {:.1} s more without requests", left.as_secs_f64());
    Error::new(paused.kind, message).for_id(id.as_str()).with_retry_after(Some(left))
}
