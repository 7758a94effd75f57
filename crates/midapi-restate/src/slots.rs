//! The slots of an account: the times at which its tasks may be polled.

use std::time::Duration;

use jiff::Timestamp;
use midapi::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// The default rate of an account: 10 polls per second.
pub const DEFAULT_RATE: f64 = 10.0;

/// The state of an account: its rate, its next free slot, and its pause.
///
/// Slots are spaced evenly. Durable timers are not exact, so a poll may use its slot up to burst / rate seconds late.
/// The burst is the number of polls that the rate permits in a quarter of a second, at least 1. A window that starts
/// and ends with a poll therefore contains at most rate · window + burst + 1 polls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Slots {
    rate: f64,
    next: Option<Timestamp>,
    /// The number of changes that make earlier slots invalid: pauses and new rates.
    epoch: u32,
    pause: Option<Pause>,
}

/// A pause of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pause {
    /// The end of the pause. None if it lasts until the account is resumed.
    pub until: Option<Timestamp>,
    /// The cause, as a human-readable text.
    pub reason: String,
}

/// A reserved slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Slot {
    pub(crate) at: Timestamp,
    /// The last time at which the slot may be used.
    pub(crate) until: Timestamp,
    epoch: u32,
}

/// The result of a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Booking {
    /// The earliest permitted time of the slot: the due time that the caller passed, or else the time of the booking.
    pub(crate) not_before: Timestamp,
    /// The reserved slot. None if the account is paused until it is resumed.
    pub(crate) slot: Option<Slot>,
    pub(crate) pause: Option<Pause>,
}

impl Default for Slots {
    fn default() -> Self {
        Self { rate: DEFAULT_RATE, next: None, epoch: 0, pause: None }
    }
}

impl Slots {
    pub(crate) const fn rate(&self) -> f64 {
        self.rate
    }

    pub(crate) fn pause(&self, now: Timestamp) -> Option<&Pause> {
        self.pause.as_ref().filter(|pause| pause.until.is_none_or(|until| until > now))
    }

    /// Reserves the next free slot.
    pub(crate) fn book(&mut self, now: Timestamp) -> Booking {
        let pause = self.pause(now).cloned();
        self.pause.clone_from(&pause);
        if let Some(Pause { until: None, .. }) = pause {
            return Booking { not_before: now, slot: None, pause };
        }
        let paused_until = pause.as_ref().and_then(|pause| pause.until);
        let at = self.next.into_iter().chain(paused_until).fold(now, Timestamp::max);
        self.next = Some(add(at, Duration::from_secs_f64(1.0 / self.rate)));
        let slot = Slot { at, until: add(at, self.tolerance()), epoch: self.epoch };
        Booking { not_before: now, slot: Some(slot), pause }
    }

    /// Whether a slot is still valid: since it was reserved, the account was not paused and its rate was not set.
    pub(crate) const fn is_valid(&self, slot: Slot) -> bool {
        slot.epoch == self.epoch
    }

    /// Pauses the account. A current pause that ends at the same time or later is kept.
    pub(crate) fn pause_until(&mut self, pause: Pause) {
        let is_longer =
            |until: Option<Timestamp>| until.is_none_or(|until| pause.until.is_some_and(|new| new <= until));
        if self.pause.as_ref().is_some_and(|current| is_longer(current.until)) {
            return;
        }
        self.next = pause.until;
        self.pause = Some(pause);
        self.epoch = self.epoch.wrapping_add(1);
    }

    /// Ends the pause.
    pub(crate) fn resume(&mut self) {
        self.pause = None;
    }

    /// Sets the rate. Slots that were reserved at the old rate become invalid, and their polls must book again.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if the rate is not between one poll per hour and 10,000 polls per second.
    pub(crate) fn set_rate(&mut self, now: Timestamp, rate: f64) -> Result<(), Error> {
        check_rate(rate)?;
        self.rate = rate;
        self.next = Some(add(now, Duration::from_secs_f64(1.0 / rate)));
        self.epoch = self.epoch.wrapping_add(1);
        Ok(())
    }

    fn tolerance(&self) -> Duration {
        Duration::from_secs_f64((self.rate / 4.0).max(1.0) / self.rate)
    }
}

/// Checks a rate: one poll per hour to 10,000 polls per second.
///
/// # Errors
/// [`ErrorKind::Usage`] for any other rate.
pub(crate) fn check_rate(rate: f64) -> Result<(), Error> {
    if (1.0 / 3600.0..=10_000.0).contains(&rate) {
        return Ok(());
    }
    let message = format!("the rate {rate} is not between one poll per hour and 10,000 polls per second");
    Err(Error::new(ErrorKind::Usage, message))
}

/// Adds a duration to a time. Returns the largest time on overflow.
pub(crate) fn add(time: Timestamp, duration: Duration) -> Timestamp {
    time.checked_add(duration).unwrap_or(Timestamp::MAX)
}

/// The time from `from` to `to`. Zero if `to` is before `from`.
pub(crate) fn until(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    fn pause(until: Option<i64>) -> Pause {
        Pause { until: until.map(at), reason: "HTTP 429".into() }
    }

    /// The times of the next slots, in milliseconds.
    fn book(slots: &mut Slots, now: i64, count: usize) -> Vec<i64> {
        (0..count).map(|_| slots.book(at(now)).slot.unwrap().at.as_millisecond()).collect()
    }

    #[test]
    fn slots_are_spaced_by_the_rate() {
        let mut slots = Slots::default();
        assert_eq!(book(&mut slots, 0, 3), [0, 100, 200]);
        assert_eq!(book(&mut slots, 1000, 2), [1000, 1100], "unused time is not caught up");
    }

    #[test]
    fn pauses_move_all_slots() {
        let mut slots = Slots::default();
        let held = slots.book(at(0)).slot.unwrap();
        assert!(slots.is_valid(held));
        slots.pause_until(pause(Some(5000)));
        assert!(!slots.is_valid(held));
        let booking = slots.book(at(60));
        assert_eq!((booking.slot.unwrap().at, booking.pause), (at(5000), Some(pause(Some(5000)))));
        slots.pause_until(pause(Some(4000)));
        assert_eq!(book(&mut slots, 80, 1), [5100], "the longer pause stays");
        slots.pause_until(pause(Some(6000)));
        assert_eq!(book(&mut slots, 100, 2), [6000, 6100]);
        assert_eq!(slots.book(at(7000)).pause, None);
    }

    #[test]
    fn rejected_keys_pause_until_resumed() {
        let mut slots = Slots::default();
        slots.pause_until(pause(None));
        slots.pause_until(pause(Some(5000)));
        assert_eq!(slots.book(at(1_000_000)).slot, None);
        slots.resume();
        assert_eq!(book(&mut slots, 1_000_000, 1), [1_000_000]);
    }

    #[test]
    fn new_rates_apply_to_reserved_slots() {
        let mut slots = Slots::default();
        book(&mut slots, 0, 100);
        let held = slots.book(at(0)).slot.unwrap();
        slots.set_rate(at(0), 2.0).unwrap();
        assert!(!slots.is_valid(held));
        assert_eq!(book(&mut slots, 0, 1), [500]);
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert_eq!(slots.set_rate(at(0), rate).unwrap_err().kind(), ErrorKind::Usage);
        }
    }

    #[test]
    fn late_use_stays_within_the_burst() {
        for rate in [0.5, 1.0, 5.0, 10.0, 60.0, 500.0] {
            let tolerance = Slots { rate, ..Slots::default() }.tolerance().as_secs_f64();
            // The polls in a window if earlier polls are as late as allowed and the other polls are on time.
            let polls = |window: f64| rate * (window + tolerance) + 1.0;
            let burst = (rate / 4.0_f64).max(1.0);
            assert!(polls(1.0) <= rate + burst + 1.0 + 1e-6, "{rate}: {tolerance}");
        }
    }
}
