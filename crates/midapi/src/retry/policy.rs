//! The retry policy of a call.

use std::time::Duration;

use crate::error::Error;
use crate::error::transience::Transience;
use crate::retry::backoff::Backoff;

/// The minimum remaining time for a retry. A retry with less time would time out, and its error would replace the more
/// useful error of the attempt before it.
const MIN_ATTEMPT_TIME: Duration = Duration::from_millis(50);

/// The retry policy of one call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPolicy {
    /// The time limit for all attempts together.
    pub(crate) timeout: Duration,
    pub(crate) max_retries: u32,
    pub(crate) backoff: Backoff,
}

impl RetryPolicy {
    /// The delay before the next attempt. None if the call ends with this error.
    ///
    /// `attempts` is the number of attempts, including the failed one. `elapsed` is the time since the call started.
    /// `random` is a number from 0 to 1.
    pub(crate) fn retry_delay(&self, error: &Error, attempts: u32, elapsed: Duration, random: f64) -> Option<Duration> {
        let max_retries = match error.transience() {
            Transience::Transient => self.max_retries,
            Transience::RetryOnce => self.max_retries.min(1),
            Transience::Permanent | Transience::PollAgain | Transience::Misconfigured => 0,
        };
        let delay = self.backoff.delay(attempts, random).max(error.retry_after().unwrap_or_default());
        let is_in_time = elapsed.saturating_add(delay).saturating_add(MIN_ATTEMPT_TIME) <= self.timeout;
        (attempts <= max_retries && is_in_time).then_some(delay)
    }
}
