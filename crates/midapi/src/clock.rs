//! Time, so that tests need not wait for it.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// As long as anything takes: a hundred years.
const FAR: Duration = Duration::from_hours(24 * 365 * 100);

/// The time when a duration will have passed; a hundred years from now for all that is longer.
pub(crate) fn later(now: Instant, duration: Duration) -> Instant {
    now.checked_add(duration.min(FAR)).unwrap_or(now)
}

/// A sleep that has begun.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where a client takes the time from, and how it waits.
///
/// All waiting that the client chooses to do goes through here: delays between attempts and looks, deadlines, pauses. How
/// long the network may take is measured in real time, because the network is real.
pub trait Clock: Debug + Send + Sync + 'static {
    /// A time that never goes back.
    fn now(&self) -> Instant;

    /// The time of day, for dates in `Retry-After`.
    fn timestamp(&self) -> Timestamp;

    /// Sleeps. Dropping the future ends the sleep.
    fn sleep(&self, duration: Duration) -> Sleep;

    /// Whether a sleep ends without that time having passed for the network. The client then sleeps only while no answer
    /// is on its way, since the sleep would jump past it.
    fn is_virtual(&self) -> bool {
        false
    }
}

/// The time of the system, and tokio's sleep.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock for tests: it stands still until somebody sleeps, and then jumps to the end of the sleep. A day of waiting takes
/// as long as the answers do.
///
/// Clones are the same clock.
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
    /// A clock that begins at midnight UTC of 1 January 2026.
    pub fn new() -> Self {
        let epoch = Timestamp::from_second(1_767_225_600).unwrap_or_default();
        Self { start: Instant::now(), epoch, state: Arc::default() }
    }

    /// Lets time pass.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.state();
        state.elapsed = state.elapsed.saturating_add(duration.min(FAR));
    }

    /// Every sleep so far, in the order of their beginnings.
    pub fn sleeps(&self) -> Vec<Duration> {
        self.state().sleeps.clone()
    }

    /// The time since the clock was made.
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
        // Beyond a hundred years too: what is due then has to come.
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
            // Others get their turn before time jumps, as they would if it passed.
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
    fn each_sleep_passes_however_long_the_ones_before_it_were() {
        let clock = ManualClock::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for duration in [FAR, Duration::MAX, FAR, Duration::from_nanos(1)] {
            let before = clock.now();
            runtime.block_on(clock.sleep(duration));
            assert_eq!(clock.now() - before, duration.min(FAR), "a look that is due then would never be made");
        }
    }
}
