//! The policy of a batch: retries for `get_all`, polls for `wait_all`.

use std::time::Duration;

use crate::client::inner::Inner;
use crate::defaults::MAX_DURATION;
use crate::error::Error;
use crate::poll::state::{Decision, PollState, PollTime};
use crate::poll::wait_policy::WaitPolicy;
use crate::retry::policy::RetryPolicy;
use crate::task::Task;

/// The policy that applies to every id of a batch.
#[derive(Debug, Clone)]
pub(crate) enum BatchPolicy {
    Get(RetryPolicy),
    Wait(WaitPolicy),
}

impl BatchPolicy {
    fn timeout(&self) -> Duration {
        match self {
            Self::Get(policy) => policy.timeout.min(MAX_DURATION),
            Self::Wait(policy) => policy.get_timeout(),
        }
    }

    /// Limits the delay before the first attempt to the timeout.
    pub(crate) fn cut_first_delay(&self, delay: Duration) -> Duration {
        delay.min(self.timeout())
    }

    /// Delays the first attempt and returns its due time.
    pub(crate) fn delay_first_attempt(&self, state: &mut PollState, delay: Duration) -> PollTime {
        match self {
            Self::Get(_) => state.start().add(delay),
            Self::Wait(policy) => state.delay_first_poll(policy, delay),
        }
    }

    /// The deadline of an id.
    pub(crate) fn deadline(&self, state: &PollState) -> PollTime {
        state.start().add(self.timeout())
    }

    /// Counts an attempt that begins now and returns its time limit. None if no further attempt is allowed.
    pub(crate) fn begin_attempt(&self, state: &mut PollState, now: PollTime) -> Option<Duration> {
        match self {
            Self::Get(_) => {
                state.count_attempt();
                Some(self.deadline(state).since(now))
            }
            Self::Wait(policy) => state.begin_poll(policy, now),
        }
    }

    /// Decides what to do after an attempt.
    pub(crate) fn decide(
        &self,
        inner: &Inner,
        state: &mut PollState,
        result: Result<Task, Error>,
        now: PollTime,
    ) -> Decision {
        let policy = match self {
            Self::Wait(policy) => return state.decide(policy, result, now, inner.clock.timestamp(), inner.random()),
            Self::Get(policy) => policy,
        };
        let error = match result {
            Ok(task) => return Decision::Finished { result: Ok(task), changed: true },
            Err(error) => error,
        };
        let delay = policy.retry_delay(&error, state.attempt_count(), now.since(state.start()), inner.random());
        let error = state.count_attempts(error, now);
        match delay.filter(|_| inner.budget.withdraw(inner.clock.now())) {
            Some(delay) => Decision::PollAt { at: now.add(delay), changed: None, error: Some(error) },
            None => Decision::Finished { result: Err(error), changed: false },
        }
    }
}
