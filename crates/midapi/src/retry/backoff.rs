//! Exponential backoff.

use std::time::Duration;

/// Exponential backoff with full jitter: the delay before retry *n* (from 1) is random between zero and
/// `initial · 2^(n−1)`, at most `max`. By default, `initial` is 0.5 s and `max` is 30 s.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use midapi::Backoff;
///
/// let backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(60));
/// let client = midapi::Client::builder().api_key("example-key").backoff(backoff).max_retries(6).build()?;
/// # Ok::<(), midapi::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Backoff {
    initial: Duration,
    max: Duration,
}

impl Backoff {
    /// The default backoff. Each delay is random, up to a limit: 0.5 s for the first retry, and twice as much for each
    /// further retry, but at most 30 s.
    pub const DEFAULT: Self = Self::new(Duration::from_millis(500), Duration::from_secs(30));

    /// Creates a backoff. `initial` is the longest delay before the first retry, and `max` the longest delay before any
    /// retry.
    pub const fn new(initial: Duration, max: Duration) -> Self {
        Self { initial, max }
    }

    /// The delay before retry `retry` (from 1), for a random number from 0 to 1.
    pub(crate) fn delay(&self, retry: u32, random: f64) -> Duration {
        let doublings = retry.saturating_sub(1).min(31);
        let ceiling = self.initial.saturating_mul(1 << doublings).min(self.max).as_secs_f64();
        Duration::try_from_secs_f64(ceiling * random.clamp(0.0, 1.0)).unwrap_or(self.max)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_limit() {
        let table = [
            ("the first retry", 1, 1.0, 0.5),
            ("the second retry", 2, 1.0, 1.0),
            ("the fifth retry", 5, 1.0, 8.0),
            ("never beyond the limit", 12, 1.0, 30.0),
            ("the largest number of retries", u32::MAX, 1.0, 30.0),
            ("full jitter starts at zero", 5, 0.0, 0.0),
            ("half of the range", 5, 0.5, 4.0),
            ("a random number out of range", 1, 7.0, 0.5),
        ];
        for (why, retry, random, expected) in table {
            let delay = Backoff::DEFAULT.delay(retry, random).as_secs_f64();
            assert!((delay - expected).abs() < 1e-9, "{why}: {delay}");
        }
    }
}
