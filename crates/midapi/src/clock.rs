//! Clocks, injectable for tests.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// The longest duration that a clock can add: a hundred years.
const FAR: Duration = Duration::from_secs(24 * 365 * 100 * 3600);

/// Adds `duration` to `now`. A duration of more than a hundred years is shortened to a hundred years.
pub(crate) fn add_duration(now: Instant, duration: Duration) -> Instant {
    now.checked_add(duration.min(FAR)).unwrap_or(now)
}

/// The future of [`Clock::sleep`].
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A clock: the current time, and sleeping.
///
/// A client uses its clock for the delays between attempts and polls, for deadlines and for pauses. The time limits of
/// single requests use tokio's clock instead.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The monotonic time.
    fn now(&self) -> Instant;

    /// The wall-clock time, for dates in `Retry-After` and for the age of tasks.
    fn timestamp(&self) -> Timestamp;

    /// Returns a future that completes after `duration`. Dropping the future cancels the sleep.
    fn sleep(&self, duration: Duration) -> Sleep;

    /// Whether sleeping takes no real time. Defaults to false. With a virtual clock, a batch does not sleep while a
    /// request is in flight: the sleep would end before the response arrives.
    fn is_virtual(&self) -> bool {
        false
    }
}

/// The system clock, with tokio's sleep.
///
/// It uses tokio's paused time in tests with `#[tokio::test(start_paused = true)]`, where waits take no real time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A virtual clock for tests. Its time advances only when code calls [`advance`](Self::advance) or sleeps. A sleep
/// advances the time to the end of the sleep.
///
/// Clones share the same time.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use midapi::clock::{Clock, ManualClock};
///
/// # async fn example() {
/// let clock = ManualClock::new();
/// let before = clock.now();
/// clock.sleep(Duration::from_secs(3600)).await;
/// assert_eq!(clock.now() - before, Duration::from_secs(3600));
/// assert_eq!(clock.sleeps(), [Duration::from_secs(3600)]);
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example());
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    start: Instant,
    epoch: Timestamp,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    elapsed: Duration,
    sleeps: Vec<Duration>,
}

impl ManualClock {
    /// Creates a clock that starts at 2026-01-01T00:00:00Z.
    pub fn new() -> Self {
        let epoch = Timestamp::from_second(1_767_225_600).unwrap_or_default();
        Self { start: Instant::now(), epoch, state: Arc::default() }
    }

    /// Advances the time.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.state();
        state.elapsed = state.elapsed.saturating_add(duration.min(FAR));
    }

    /// The durations of all sleeps so far, in the order in which the sleeps started.
    pub fn sleeps(&self) -> Vec<Duration> {
        self.state().sleeps.clone()
    }

    /// The time since the clock was created.
    pub fn elapsed(&self) -> Duration {
        self.state().elapsed
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.start.checked_add(self.elapsed()).unwrap_or(self.start)
    }

    fn timestamp(&self) -> Timestamp {
        self.epoch.checked_add(self.elapsed()).unwrap_or(Timestamp::MAX)
    }

    fn is_virtual(&self) -> bool {
        true
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.clone();
        let end = {
            let mut state = self.state();
            state.sleeps.push(duration);
            state.elapsed.saturating_add(duration.min(FAR))
        };
        Box::pin(async move {
            // Other tasks run before the time advances, as they would in real time.
            tokio::task::yield_now().await;
            let mut state = clock.state();
            state.elapsed = state.elapsed.max(end);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sleeps_advance_the_time() {
        let clock = ManualClock::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for duration in [FAR, Duration::MAX, FAR, Duration::from_nanos(1)] {
            let before = clock.now();
            runtime.block_on(clock.sleep(duration));
            assert_eq!(clock.now() - before, duration.min(FAR));
        }
    }
}
