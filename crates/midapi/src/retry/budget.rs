//! The retry budget: limits retries during an outage.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The number of retries in a full budget.
const CAPACITY: f64 = 100.0;
/// The number of retries that the budget gains per second, so that an idle client can retry again after an outage.
const PER_SECOND: f64 = 1.0;
/// The number of retries that the budget gains per successful request, so that a busy client can retry a tenth of its
/// requests.
const PER_SUCCESS: f64 = 0.1;

/// A retry budget (token bucket) that all calls of a client share.
#[derive(Debug)]
pub(crate) struct RetryBudget(Mutex<Bucket>);

#[derive(Debug)]
struct Bucket {
    retries: f64,
    updated: Instant,
}

impl RetryBudget {
    /// Creates a full budget.
    pub(crate) fn new(now: Instant) -> Self {
        Self(Mutex::new(Bucket { retries: CAPACITY, updated: now }))
    }

    /// Withdraws one retry. Returns false if the budget is empty.
    pub(crate) fn withdraw(&self, now: Instant) -> bool {
        let mut bucket = self.lock();
        let refilled = now.saturating_duration_since(bucket.updated).as_secs_f64() * PER_SECOND;
        bucket.retries = (bucket.retries + refilled).min(CAPACITY);
        bucket.updated = bucket.updated.max(now);
        let is_enough = bucket.retries >= 1.0;
        if is_enough {
            bucket.retries -= 1.0;
        }
        is_enough
    }

    /// Adds [`PER_SUCCESS`] to the budget after a successful request.
    pub(crate) fn record_success(&self) {
        let mut bucket = self.lock();
        bucket.retries = (bucket.retries + PER_SUCCESS).min(CAPACITY);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Bucket> {
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
    fn refills_one_retry_per_second() {
        let start = Instant::now();
        let budget = RetryBudget::new(start);
        assert_eq!(spend_all(&budget, start), 100);
        assert_eq!(spend_all(&budget, start + Duration::from_secs(7)), 7);
        assert_eq!(spend_all(&budget, start + Duration::from_secs(3600)), 100, "at most the capacity");
    }

    #[test]
    fn ten_successes_refill_one_retry() {
        let start = Instant::now();
        let budget = RetryBudget::new(start);
        spend_all(&budget, start);
        (0..9).for_each(|_| budget.record_success());
        assert_eq!(spend_all(&budget, start), 0);
        (0..21).for_each(|_| budget.record_success());
        assert_eq!(spend_all(&budget, start), 3);
    }

    #[test]
    fn a_clock_going_back_refills_nothing() {
        let start = Instant::now() + Duration::from_secs(100);
        let budget = RetryBudget::new(start);
        spend_all(&budget, start);
        assert_eq!(spend_all(&budget, start.checked_sub(Duration::from_secs(50)).unwrap()), 0);
        assert_eq!(spend_all(&budget, start), 0);
    }
}
