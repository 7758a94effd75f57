//! The policy of a wait.

use std::sync::Arc;
use std::time::Duration;

use crate::defaults::{MAX_DURATION, WAIT_TIMEOUT};
use crate::poll::policy::{ExponentialInterval, PollPolicy};

/// The policy of a wait: the timeout, the polling intervals, and the grace period for "task not found" errors.
///
/// Used by [`ClientBuilder::wait_policy`](crate::ClientBuilder::wait_policy) and [`PollState`](crate::poll::PollState).
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use midapi::poll::{ExponentialInterval, WaitPolicy};
///
/// let interval = ExponentialInterval::new(Duration::from_secs(2), 1.5, Duration::from_secs(60));
/// let policy = WaitPolicy::new().timeout(Duration::from_secs(3600)).poll_policy(interval);
/// ```
#[derive(Debug, Clone)]
pub struct WaitPolicy {
    timeout: Duration,
    poll_policy: Arc<dyn PollPolicy>,
    not_found_grace: Duration,
}

impl WaitPolicy {
    /// Creates the default policy: a timeout of 15 minutes, polling intervals that grow from 5 s to 30 s, and no grace
    /// period for "task not found".
    pub fn new() -> Self {
        Self {
            timeout: WAIT_TIMEOUT,
            poll_policy: Arc::new(ExponentialInterval::DEFAULT),
            not_found_grace: Duration::ZERO,
        }
    }

    /// Sets the time from the first poll to the deadline. Defaults to 15 minutes; at most ten years.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(MAX_DURATION);
        self
    }

    /// Sets the poll policy. Defaults to [`ExponentialInterval::DEFAULT`].
    pub fn poll_policy(mut self, poll_policy: impl PollPolicy) -> Self {
        self.poll_policy = Arc::new(poll_policy);
        self
    }

    /// Sets the grace period for new tasks, which may not be visible yet. The period starts when the timeout starts. A
    /// "task not found" error in this period does not end the wait. Defaults to 0.
    pub fn not_found_grace(mut self, grace: Duration) -> Self {
        self.not_found_grace = grace;
        self
    }

    pub(crate) const fn get_timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) fn get_poll_policy(&self) -> &dyn PollPolicy {
        &*self.poll_policy
    }

    pub(crate) const fn get_not_found_grace(&self) -> Duration {
        self.not_found_grace
    }
}

impl Default for WaitPolicy {
    fn default() -> Self {
        Self::new()
    }
}
