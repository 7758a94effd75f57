//! Rate limits of batches and clients.

use std::time::{Duration, Instant};

use crate::clock::add_duration;
use crate::error::Error;
use crate::error::kind::ErrorKind;

/// A limit on the rate of requests: a period of `t` seconds contains at most `per_second · t + 2` requests.
///
/// Requests are spaced evenly (GCRA). After a late request, the next one may be sent early, so that late timers do not
/// lower the rate.
#[derive(Debug, Clone)]
pub(crate) struct RateLimit {
    spacing: Duration,
    /// The theoretical time of the next request.
    next: Option<Instant>,
}

impl RateLimit {
    /// Creates a limit.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if the rate is not a positive number.
    pub(crate) fn new(per_second: f64) -> Result<Self, Error> {
        if !per_second.is_finite() || per_second <= 0.0 {
            let message = format!("the rate {per_second} is not a positive number of requests per second");
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let mut spacing = Duration::try_from_secs_f64(1.0 / per_second).unwrap_or(Duration::MAX);
        if spacing.as_secs_f64() * per_second < 1.0 {
            // Rounded down, a spacing would permit one request too many in a long window.
            spacing = spacing.saturating_add(Duration::from_nanos(1));
        }
        Ok(Self { spacing, next: None })
    }

    /// The time when the next request is permitted. None if it is permitted now.
    pub(crate) fn blocked_until(&self, now: Instant) -> Option<Instant> {
        let next = self.next?;
        // One spacing of tolerance makes up for a late request.
        let permitted = next.checked_sub(self.spacing).unwrap_or(now);
        (permitted > now).then_some(permitted)
    }

    /// Counts a request that is being sent.
    pub(crate) fn count(&mut self, now: Instant) {
        let next = self.next.map_or(now, |next| next.max(now));
        self.next = Some(add_duration(next, self.spacing));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_timers_keep_the_rate() {
        for (per_second, lateness_micros) in [(50.0, 1100), (500.0, 1100), (1000.0, 900)] {
            let mut limit = RateLimit::new(per_second).unwrap();
            let start = Instant::now();
            let (mut now, mut times) = (start, Vec::new());
            while now < start + Duration::from_secs(10) {
                match limit.blocked_until(now) {
                    None => {
                        limit.count(now);
                        times.push((now - start).as_secs_f64());
                    }
                    Some(until) => now = until + Duration::from_micros(lateness_micros),
                }
            }
            let used = f64::from(u32::try_from(times.len()).unwrap()) / 10.0;
            assert!(used >= 0.97 * per_second, "{used} of {per_second} requests per second");
            for (index, first) in times.iter().enumerate() {
                for (offset, last) in times[index..].iter().take(200).enumerate() {
                    let allowed = per_second * (last - first) + 2.0;
                    assert!(f64::from(u32::try_from(offset + 1).unwrap()) <= allowed + 1e-6);
                }
            }
        }
    }

    #[test]
    fn rejects_rates_that_are_not_positive() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(RateLimit::new(rate).unwrap_err().kind(), ErrorKind::Usage);
        }
    }
}
