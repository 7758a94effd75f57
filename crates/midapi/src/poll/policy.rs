//! When a wait looks again.

use std::fmt::Debug;
use std::time::Duration;

use jiff::Timestamp;

use crate::Task;

/// Decides how long a wait sleeps between two looks.
///
/// The wait adds ±10 % of jitter, waits 0.1 s at the least and longer where the server asks for it, and cuts the sleep to its
/// deadline.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use midapi::poll::{Progress, PollPolicy};
///
/// /// Every five seconds in the first minute, every half minute after it.
/// #[derive(Debug)]
/// struct TwoSpeeds;
///
/// impl PollPolicy for TwoSpeeds {
///     fn delay(&self, progress: &Progress<'_>) -> Duration {
///         Duration::from_secs(if progress.elapsed.as_secs() < 60 { 5 } else { 30 })
///     }
/// }
/// ```
pub trait PollPolicy: Debug + Send + Sync + 'static {
    /// The time from the look just made to the next one.
    fn delay(&self, progress: &Progress<'_>) -> Duration;

    /// Called with each task that a wait has seen end, for schedules that learn.
    fn observe(&self, task: &Task) {
        let _ = task;
    }
}

/// What a wait knows when it decides when to look again.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// Looks made so far; 1 after the first.
    pub attempt_count: u32,
    /// The time since the wait began.
    pub elapsed: Duration,
    /// The task as just seen. None if the look failed.
    pub task: Option<&'a Task>,
    /// The time since the task was created: by its `createTime` and this machine's clock if both are known, else since the
    /// wait began.
    pub age: Duration,
}

impl<'a> Progress<'a> {
    /// What a wait would know after so many looks (from 1), this long after it began, at this time of day: for tests and
    /// simulations of schedules.
    pub fn new(attempt_count: u32, elapsed: Duration, task: Option<&'a Task>, now: Timestamp) -> Self {
        let age = task.and_then(Task::create_time).map(|created| now.duration_since(created));
        let age = age.and_then(|age| Duration::try_from(age).ok()).unwrap_or(elapsed);
        Self { attempt_count, elapsed, task, age }
    }
}

/// The same time between all looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedInterval(pub Duration);

impl PollPolicy for FixedInterval {
    fn delay(&self, _: &Progress<'_>) -> Duration {
        self.0
    }
}

/// A time that grows by a factor from look to look, up to a limit. The default: 5 s growing ×1.25 to 30 s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExponentialInterval {
    initial: Duration,
    factor: f64,
    max: Duration,
}

impl ExponentialInterval {
    /// 5 s, then a quarter longer each time, up to 30 s.
    pub const DEFAULT: Self = Self::new(Duration::from_secs(5), 1.25, Duration::from_secs(30));

    /// A schedule that begins with `initial` and multiplies by `factor` (at least 1) up to `max`.
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
        // Beyond a thousand looks any factor above 1 has reached its limit, and 1 never grows.
        let growths = progress.attempt_count.saturating_sub(1).min(1000);
        let factor = self.factor.max(1.0).powf(f64::from(growths));
        let seconds = self.initial.as_secs_f64() * factor;
        Duration::try_from_secs_f64(seconds).unwrap_or(self.max).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(schedule: &dyn PollPolicy, looks: &[u32]) -> Vec<f64> {
        let progress = |looks| Progress::new(looks, Duration::ZERO, None, Timestamp::UNIX_EPOCH);
        looks.iter().map(|looks| schedule.delay(&progress(*looks)).as_secs_f64()).collect()
    }

    #[test]
    fn the_default_grows_by_a_quarter_to_half_a_minute() {
        assert_eq!(
            delays(&ExponentialInterval::DEFAULT, &[1, 2, 3, 9, 10, 1_000, u32::MAX]),
            [5.0, 6.25, 7.8125, 29.802_322_388, 30.0, 30.0, 30.0]
        );
    }

    #[test]
    fn parts_of_a_second_are_kept() {
        assert_eq!(delays(&FixedInterval(Duration::from_millis(250)), &[1, 7]), [0.25, 0.25]);
    }

    #[test]
    fn a_factor_that_shrinks_or_explodes_stays_within_the_bounds() {
        let shrinking = ExponentialInterval::new(Duration::from_secs(4), 0.5, Duration::from_secs(8));
        assert_eq!(delays(&shrinking, &[1, 5]), [4.0, 4.0]);
        let exploding = ExponentialInterval::new(Duration::from_secs(4), 1e300, Duration::from_secs(8));
        assert_eq!(delays(&exploding, &[1, 5]), [4.0, 8.0]);
    }
}
