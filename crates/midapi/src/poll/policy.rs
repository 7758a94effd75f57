//! Poll policies: the interval between two polls.

use std::fmt::Debug;
use std::time::Duration;

use jiff::Timestamp;

use crate::defaults::{INITIAL_INTERVAL, INTERVAL_FACTOR, MAX_INTERVAL};
use crate::task::Task;

/// A policy that decides the interval between two polls.
///
/// The wait raises the interval to at least 100 ms, and then adds a jitter of ±10 %. If the server requests a longer
/// pause, the wait polls after the pause. The last poll is made at the deadline.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use midapi::poll::{PollPolicy, Progress};
///
/// /// 5 s in the first minute, 30 s after it.
/// #[derive(Debug)]
/// struct TwoIntervals;
///
/// impl PollPolicy for TwoIntervals {
///     fn delay(&self, progress: &Progress<'_>) -> Duration {
///         Duration::from_secs(if progress.elapsed.as_secs() < 60 { 5 } else { 30 })
///     }
/// }
/// ```
pub trait PollPolicy: Debug + Send + Sync + 'static {
    /// The interval between the poll that was just made and the next one.
    fn delay(&self, progress: &Progress<'_>) -> Duration;

    /// Observes a finished task. Each wait calls this method when its task has succeeded or failed. The default
    /// implementation does nothing; policies that learn override it.
    fn observe(&self, task: &Task) {
        let _ = task;
    }
}

/// The progress of a wait, after a poll.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// The number of polls so far: 1 after the first poll.
    pub attempt_count: u32,
    /// The time since the first poll.
    pub elapsed: Duration,
    /// The task. None if the poll failed.
    pub task: Option<&'a Task>,
    /// The time since the task was created, computed from its `createTime` and the clock of this machine. Equal to
    /// `elapsed` if `createTime` is unknown or in the future.
    pub age: Duration,
}

impl<'a> Progress<'a> {
    /// Creates a progress, for tests and simulations of policies. `now` is the wall-clock time.
    pub fn new(attempt_count: u32, elapsed: Duration, task: Option<&'a Task>, now: Timestamp) -> Self {
        let age = task.and_then(Task::create_time).map(|created| now.duration_since(created));
        let age = age.and_then(|age| Duration::try_from(age).ok()).unwrap_or(elapsed);
        Self { attempt_count, elapsed, task, age }
    }
}

/// A fixed interval.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use midapi::poll::FixedInterval;
///
/// # fn example(client: midapi::Client) {
/// let waits = client.wait_all(["id-1", "id-2"]).poll_policy(FixedInterval(Duration::from_secs(10)));
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FixedInterval(pub Duration);

impl PollPolicy for FixedInterval {
    fn delay(&self, _: &Progress<'_>) -> Duration {
        self.0
    }
}

/// An interval that grows by a factor with each poll, up to a limit. Defaults to 5 s, growing by the factor 1.25 up to
/// 30 s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExponentialInterval {
    initial: Duration,
    factor: f64,
    max: Duration,
}

impl ExponentialInterval {
    /// The default policy: starts with 5 s and multiplies the interval by 1.25 up to 30 s.
    pub const DEFAULT: Self = Self::new(INITIAL_INTERVAL, INTERVAL_FACTOR, MAX_INTERVAL);

    /// Creates a policy that starts with `initial` and multiplies the interval by `factor` (at least 1) up to `max`.
    pub const fn new(initial: Duration, factor: f64, max: Duration) -> Self {
        Self { initial, factor, max }
    }
}

impl Default for ExponentialInterval {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl PollPolicy for ExponentialInterval {
    fn delay(&self, progress: &Progress<'_>) -> Duration {
        // Any practical factor above 1 has reached the limit after a thousand polls.
        let exponent = progress.attempt_count.saturating_sub(1).min(1000);
        let factor = self.factor.max(1.0).powf(f64::from(exponent));
        let seconds = self.initial.as_secs_f64() * factor;
        Duration::try_from_secs_f64(seconds).unwrap_or(self.max).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(policy: &dyn PollPolicy, attempts: &[u32]) -> Vec<f64> {
        let progress = |attempt| Progress::new(attempt, Duration::ZERO, None, Timestamp::UNIX_EPOCH);
        attempts.iter().map(|attempt| policy.delay(&progress(*attempt)).as_secs_f64()).collect()
    }

    #[test]
    fn default_grows_to_thirty_seconds() {
        assert_eq!(
            delays(&ExponentialInterval::DEFAULT, &[1, 2, 3, 9, 10, 1_000, u32::MAX]),
            [5.0, 6.25, 7.8125, 29.802_322_388, 30.0, 30.0, 30.0]
        );
    }

    #[test]
    fn keeps_fractions_of_a_second() {
        assert_eq!(delays(&FixedInterval(Duration::from_millis(250)), &[1, 7]), [0.25, 0.25]);
    }

    #[test]
    fn extreme_factors_stay_within_bounds() {
        let shrinking = ExponentialInterval::new(Duration::from_secs(4), 0.5, Duration::from_secs(8));
        assert_eq!(delays(&shrinking, &[1, 5]), [4.0, 4.0]);
        let exploding = ExponentialInterval::new(Duration::from_secs(4), 1e300, Duration::from_secs(8));
        assert_eq!(delays(&exploding, &[1, 5]), [4.0, 8.0]);
    }
}
