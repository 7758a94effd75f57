//! The state that the clones of a client share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use http::HeaderMap;

use crate::client::api_key::ApiKey;
use crate::client::base_url::BaseUrl;
use crate::client::concurrency_limit::{ConcurrencyLimit, InFlightPermit};
use crate::client::request_hook::RequestHook;
use crate::client::request_limit::RequestLimit;
use crate::clock::{Clock, add_duration};
use crate::error::Error;
use crate::error::kind::ErrorKind;
use crate::poll::wait_policy::WaitPolicy;
use crate::retry::backoff::Backoff;
use crate::retry::budget::RetryBudget;
use crate::retry::event::{OnRetry, RetryEvent};
use crate::retry::policy::RetryPolicy;
use crate::retry::throttle::{Throttle, ThrottleCause, Throttled};
use crate::transport::Backend;

/// The shared state of a client. A client with a request limit has a copy that shares all parts except the limit.
#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) backend: Arc<Backend>,
    /// Builds the requests of the generated client, and never sends them.
    pub(crate) request_builder: reqwest::Client,
    /// The headers of every request. The API key is marked as sensitive.
    pub(crate) headers: Arc<HeaderMap>,
    pub(crate) request_hook: Option<RequestHook>,
    pub(crate) base_url: BaseUrl,
    pub(crate) key: ApiKey,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Fn() -> f64 + Send + Sync>,
    pub(crate) budget: Arc<RetryBudget>,
    pub(crate) throttle: Arc<Throttle>,
    pub(crate) concurrency: Option<ConcurrencyLimit>,
    pub(crate) request_limit: Option<RequestLimit>,
    pub(crate) timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) max_retries: u32,
    pub(crate) backoff: Backoff,
    pub(crate) wait_policy: WaitPolicy,
    pub(crate) on_retry: Option<OnRetry>,
}

impl Inner {
    /// Counts a request that is about to be sent.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if the request limit is used up.
    pub(crate) fn consume_request(&self) -> Result<(), Error> {
        if self.request_limit.as_ref().is_none_or(RequestLimit::consume) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Usage, "the request limit is used up; no request was sent"))
    }

    /// Waits until the client's limits, and pauses that the server requested, permit a request. `remaining` is the time
    /// until the deadline. A request that a pause delays must begin before the deadline. A request that only the
    /// client's limits delay may also begin after the deadline, within the time `window`.
    ///
    /// # Errors
    /// [`Throttled`], with the cause, if no request is permitted in time. The error is returned immediately if this is
    /// known in advance, otherwise when the time is over.
    pub(crate) async fn acquire_permit(
        &self,
        mut now: Instant,
        remaining: Duration,
        window: Duration,
    ) -> Result<InFlightPermit, Throttled> {
        let deadline = add_duration(now, remaining);
        let last = add_duration(deadline, window);
        loop {
            let permit = self.acquire_in_flight(now, last).await?;
            now = self.clock.now();
            let Err(throttled) = self.throttle.try_acquire(now) else { return Ok(permit) };
            drop(permit);
            let bound = if throttled.is_pause() { deadline } else { last };
            if throttled.until >= bound {
                return Err(throttled);
            }
            let pause = throttled.until.saturating_duration_since(now);
            // Jitter keeps waiting calls from resuming all at once. They still resume before the deadline.
            let slack = bound.saturating_duration_since(throttled.until) / 2;
            let jitter = pause.mul_f64(self.random() / 10.0).min(slack);
            self.clock.sleep(pause + jitter).await;
            now = self.clock.now();
        }
    }

    /// Waits until the client may have one more request in flight, but only until `last`. With a virtual clock, the
    /// wait has no time limit.
    async fn acquire_in_flight(&self, now: Instant, last: Instant) -> Result<InFlightPermit, Throttled> {
        let Some(limit) = &self.concurrency else { return Ok(InFlightPermit::default()) };
        if let Some(permit) = limit.try_acquire() {
            return Ok(permit);
        }
        let acquire = Box::pin(limit.acquire());
        if self.clock.is_virtual() {
            // A virtual sleep would end before the requests in flight have their responses.
            return Ok(acquire.await);
        }
        match select(acquire, self.clock.sleep(last.saturating_duration_since(now))).await {
            Either::Left((permit, _)) => Ok(permit),
            Either::Right(_) => {
                Err(Throttled { until: last, kind: ErrorKind::RateLimited, cause: ThrottleCause::InFlight })
            }
        }
    }

    /// Logs a retry and calls the `on_retry` callback of the call, or the callback of the client if the call has none.
    pub(crate) fn notify_retry(&self, event: &RetryEvent<'_>, on_retry: Option<&OnRetry>) {
        tracing::info!(
            target: "midapi",
            {
                task.id = event.task_id,
                attempt = event.attempts,
                delay_ms = u64::try_from(event.delay.as_millis()).unwrap_or(u64::MAX),
                error.r#type = event.error.kind().as_str(),
                error.message = event.error.message(),
            },
            "retrying"
        );
        if let Some(notify) = on_retry.or(self.on_retry.as_ref()) {
            notify(event);
        }
    }

    /// Updates the shared budget and throttle with the result of an attempt.
    pub(crate) fn record_result<T>(&self, result: &Result<T, Error>) {
        match result {
            Ok(_) => self.budget.record_success(),
            Err(error) => {
                if let Some(pause) = self.pause_after(error) {
                    self.throttle.slow_down(self.clock.now(), pause, error.kind());
                }
            }
        }
    }

    /// The time for which all requests should pause after an error. None if no pause is needed.
    pub(crate) fn pause_after(&self, error: &Error) -> Option<Duration> {
        let is_response = error.http_status().is_some();
        (error.kind().slows_account() && is_response)
            .then(|| error.retry_after().unwrap_or_else(|| self.backoff.delay(1, self.random())))
    }

    /// The default retry policy of calls.
    pub(crate) const fn retry_policy(&self) -> RetryPolicy {
        RetryPolicy { timeout: self.timeout, max_retries: self.max_retries, backoff: self.backoff }
    }

    /// Removes the API key from the message of the final error of a wait, or of an id in a batch. The message may
    /// contain a text from the server, such as the error message of a failed task, and the server may have echoed a
    /// request in it.
    pub(crate) fn redact<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        result.map_err(|error| error.map_message(|message| self.key.redact(message)))
    }

    /// A random number from 0 to 1. Numbers outside this range are clamped, and NaN becomes 0.5.
    pub(crate) fn random(&self) -> f64 {
        let random = (self.rng)();
        if random.is_nan() { 0.5 } else { random.clamp(0.0, 1.0) }
    }
}
