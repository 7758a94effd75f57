//! How many retries a client may spend, so that an outage is not multiplied.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Retries that may be spent at once.
const CAPACITY: f64 = 100.0;
/// Retries earned back a second, so that a client that is mostly idle can retry again after an outage.
const PER_SECOND: f64 = 1.0;
/// Retries earned back by a success, so that a busy client can live with a few failures in a hundred.
const PER_SUCCESS: f64 = 0.1;

/// A purse of retries, shared by all calls of a client.
#[derive(Debug)]
pub(crate) struct RetryBudget(Mutex<Purse>);

#[derive(Debug)]
struct Purse {
    retries: f64,
    since: Instant,
}

impl RetryBudget {
    /// A full purse.
    pub(crate) fn new(now: Instant) -> Self {
        Self(Mutex::new(Purse { retries: CAPACITY, since: now }))
    }

    /// Takes a retry out. False if there is none.
    pub(crate) fn withdraw(&self, now: Instant) -> bool {
        let mut purse = self.purse();
        let earned = now.saturating_duration_since(purse.since).as_secs_f64() * PER_SECOND;
        purse.retries = (purse.retries + earned).min(CAPACITY);
        purse.since = purse.since.max(now);
        let enough = purse.retries >= 1.0;
        if enough {
            purse.retries -= 1.0;
        }
        enough
    }

    /// Puts the part of a retry back that a success earns.
    pub(crate) fn succeed(&self) {
        let mut purse = self.purse();
        purse.retries = (purse.retries + PER_SUCCESS).min(CAPACITY);
    }

    fn purse(&self) -> std::sync::MutexGuard<'_, Purse> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn spend_all(budget: &RetryBudget, now: Instant) -> u32 {
        (0..1000).take_while(|_| budget.withdraw(now)).count().try_into().unwrap()
    }

    #[test]
    fn an_outage_gets_a_hundred_retries_and_one_more_a_second() {
        let start = Instant::now();
        let budget = RetryBudget::new(start);
        assert_eq!(spend_all(&budget, start), 100);
        assert_eq!(spend_all(&budget, start + Duration::from_secs(7)), 7);
        assert_eq!(spend_all(&budget, start + Duration::from_hours(1)), 100, "never more than the purse holds");
    }

    #[test]
    fn ten_successes_earn_a_retry() {
        let start = Instant::now();
        let budget = RetryBudget::new(start);
        spend_all(&budget, start);
        (0..9).for_each(|_| budget.succeed());
        assert_eq!(spend_all(&budget, start), 0);
        (0..21).for_each(|_| budget.succeed());
        assert_eq!(spend_all(&budget, start), 3);
    }

    #[test]
    fn a_clock_that_goes_back_earns_nothing() {
        let start = Instant::now() + Duration::from_secs(100);
        let budget = RetryBudget::new(start);
        spend_all(&budget, start);
        assert_eq!(spend_all(&budget, start.checked_sub(Duration::from_secs(50)).unwrap()), 0);
        assert_eq!(spend_all(&budget, start), 0);
    }
}
