//! Retries: the retry loop of `get` and `call`.

pub(crate) mod backoff;
pub(crate) mod budget;
pub(crate) mod event;
pub(crate) mod policy;
pub(crate) mod retry_after;
pub(crate) mod throttle;

use std::sync::Arc;
use std::time::Duration;

use crate::client::inner::Inner;
use crate::error::Error;
use crate::error::kind::ErrorKind;
use crate::retry::event::{OnRetry, RetryEvent};
use crate::retry::policy::RetryPolicy;

/// A call that is retried.
pub(crate) struct RetriedCall<'a> {
    pub(crate) inner: &'a Arc<Inner>,
    pub(crate) policy: RetryPolicy,
    pub(crate) task_id: Option<&'a str>,
    pub(crate) on_retry: Option<&'a OnRetry>,
    /// Whether the call respects pauses that the server requested, and the client's rate and concurrency limits.
    pub(crate) is_throttled: bool,
}

/// A failed attempt of a [`RetriedCall`].
pub(crate) struct FailedAttempt {
    pub(crate) error: Error,
    /// Whether the request may be sent again. True if the request only reads, or if the caller has set the number of
    /// retries.
    pub(crate) is_repeatable: bool,
}

impl RetriedCall<'_> {
    /// Makes attempts until an attempt succeeds. Returns the error of the last attempt if that error is not retried, or
    /// if the time, the retries or the client's retry budget are used up.
    ///
    /// `attempt` receives the remaining time and the number of earlier attempts. On success, returns the value and the
    /// number of attempts.
    pub(crate) async fn run<T, Fut>(&self, mut attempt: impl FnMut(Duration, u32) -> Fut) -> Result<(T, u32), Error>
    where
        Fut: Future<Output = Result<T, FailedAttempt>>,
    {
        let Self { inner, policy, task_id, on_retry, is_throttled } = *self;
        let start = inner.clock.now();
        let since_start = |now: std::time::Instant| now.saturating_duration_since(start);
        let mut attempts = 0;
        let mut last: Option<Error> = None;
        let mut now = start;
        loop {
            let remaining = policy.timeout.saturating_sub(since_start(now));
            let acquired = if is_throttled {
                inner.acquire_permit(now, remaining, Duration::ZERO).await.map(Some)
            } else {
                Ok(None)
            };
            now = inner.clock.now();
            let permit = match acquired {
                Ok(permit) => permit,
                Err(throttled) => {
                    let error = last.unwrap_or_else(|| throttled.to_error(now));
                    let error = task_id.into_iter().fold(error, Error::with_task_id);
                    return Err(error.with_attempts(attempts, since_start(now)));
                }
            };
            let result = attempt(policy.timeout.saturating_sub(since_start(now)), attempts).await;
            drop(permit);
            attempts += 1;
            let FailedAttempt { error, is_repeatable } = match result {
                Ok(value) => return Ok((value, attempts)),
                Err(failed) => failed,
            };
            now = inner.clock.now();
            let delay = policy.retry_delay(&error, attempts, since_start(now), inner.random());
            // An attempt beyond the request limit sends no request.
            let sent = attempts - u32::from(error.kind() == ErrorKind::Usage);
            let error = error.with_attempts(sent, since_start(now));
            let Some(delay) = delay.filter(|_| is_repeatable && inner.budget.withdraw(now)) else {
                return Err(error);
            };
            inner.notify_retry(&RetryEvent { task_id, error: &error, attempts, delay }, on_retry);
            last = Some(error);
            inner.clock.sleep(delay).await;
            now = inner.clock.now();
        }
    }
}
