//! When the server says slow down, every call of a client slows down.
//!
//! Two things are shared by all calls: a pause, as long as the server asked for (or the back-off, if it asked for
//! nothing), and after it a rate. The rate is halved at each request to slow down, at most once a second, and grows by a
//! twentieth each second without one, until it is four times what it was cut from; then it is gone.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::clock::later;
use crate::error::ErrorKind;

/// The lowest rate, in looks a second.
const LOWEST: f64 = 0.5;
/// What the rate grows by each second.
const GROWTH: f64 = 1.05;
/// The rate is lifted when it is this many times what it was cut from.
const LIFTED: f64 = 4.0;
/// The time over which the present rate is counted.
const WINDOW: Duration = Duration::from_secs(1);

/// Paces all calls of a client.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    pause: Option<Held>,
    limit: Option<Limit>,
    /// The window that counts looks now, and the looks a second of the one before.
    window: Option<Instant>,
    looks: f64,
    before: f64,
}

/// Until when nothing is sent, and what the server gave as the reason.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) until: Instant,
    pub(crate) kind: ErrorKind,
}

#[derive(Debug, Clone, Copy)]
struct Limit {
    /// Looks a second at the end of the pause, from which on it grows.
    rate: f64,
    /// What it was first cut from.
    from: f64,
    cut: Instant,
    grows_from: Instant,
    next: Instant,
    kind: ErrorKind,
}

impl Limit {
    fn rate(&self, now: Instant) -> f64 {
        self.rate * GROWTH.powf(now.saturating_duration_since(self.grows_from).as_secs_f64())
    }
}

impl Throttle {
    /// Takes leave to send now; otherwise says when to ask again.
    pub(crate) fn try_take(&self, now: Instant) -> Result<(), Held> {
        let mut state = self.state();
        if let Some(held) = state.pause.filter(|held| held.until > now) {
            return Err(held);
        }
        state.pause = None;
        if let Some(mut limit) = state.limit {
            let rate = limit.rate(now);
            if rate >= limit.from * LIFTED {
                state.limit = None;
            } else if limit.next > now {
                return Err(Held { until: limit.next, kind: limit.kind });
            } else {
                limit.next = now + Duration::from_secs_f64(1.0 / rate);
                state.limit = Some(limit);
            }
        }
        state.count(now);
        Ok(())
    }

    /// Whether nothing may be sent now.
    pub(crate) fn is_holding(&self, now: Instant) -> bool {
        let state = self.state();
        let paused = state.pause.is_some_and(|held| held.until > now);
        paused || state.limit.is_some_and(|limit| limit.next > now)
    }

    /// The server asks everybody to slow down: nothing is sent for `pause`, and less from then on.
    pub(crate) fn slow_down(&self, now: Instant, pause: Duration, kind: ErrorKind) {
        let mut state = self.state();
        let until = later(now, pause);
        if state.pause.is_none_or(|held| held.until < until) {
            state.pause = Some(Held { until, kind });
        }
        let (rate, from) = match &mut state.limit {
            // The answers to one burst are one request to slow down; the longest of their pauses holds.
            Some(limit) if now.saturating_duration_since(limit.cut) < WINDOW => {
                limit.grows_from = limit.grows_from.max(until);
                return;
            }
            Some(limit) => (limit.rate(now), limit.from),
            None => {
                let rate = state.rate(now).max(LOWEST * 2.0);
                (rate, rate)
            }
        };
        state.limit =
            Some(Limit { rate: (rate / 2.0).max(LOWEST), from, cut: now, grows_from: until, next: until, kind });
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&mut self, now: Instant) {
        let begun = *self.window.get_or_insert(now);
        let lasted = now.saturating_duration_since(begun);
        if lasted >= WINDOW {
            self.before = self.looks / lasted.as_secs_f64();
            self.window = Some(now);
            self.looks = 0.0;
        }
        self.looks += 1.0;
    }

    /// The present looks a second.
    fn rate(&self, now: Instant) -> f64 {
        let lasted = self.window.map_or(WINDOW, |begun| now.saturating_duration_since(begun)).max(WINDOW);
        self.before.max(self.looks / lasted.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks that get leave within a time, asking as often as the throttle says.
    fn looks(throttle: &Throttle, start: Instant, time: Duration) -> u32 {
        let (mut now, mut looks) = (start, 0);
        while now < start + time {
            match throttle.try_take(now) {
                Ok(()) => {
                    looks += 1;
                    now += Duration::from_millis(10);
                }
                Err(held) => now = held.until,
            }
        }
        looks
    }

    #[test]
    fn the_rate_is_halved_and_grows_back_slowly() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let second = Duration::from_secs(1);
        assert_eq!(looks(&throttle, start, second * 10), 1000, "no limit without a reason");
        let mut now = start + second * 10;
        throttle.slow_down(now, second * 3, ErrorKind::RateLimited);
        throttle.slow_down(now, second, ErrorKind::RateLimited);
        assert_eq!(throttle.try_take(now).unwrap_err().until, now + second * 3, "the longer pause holds");
        now += second * 3;
        let half = looks(&throttle, now, second);
        assert!((50..=65).contains(&half), "{half} a second after 100");
        now += second;
        throttle.slow_down(now, Duration::ZERO, ErrorKind::RateLimited);
        let quarter = looks(&throttle, now, second);
        assert!((25..=35).contains(&quarter), "{quarter} a second after a second request to slow down");
        let later = looks(&throttle, now + second * 100, second);
        assert_eq!(later, 100, "and free again after a while");
    }

    #[test]
    fn the_rate_does_not_grow_back_during_a_long_pause() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        looks(&throttle, start, Duration::from_secs(3));
        let now = start + Duration::from_secs(3);
        throttle.slow_down(now, Duration::from_mins(2), ErrorKind::RateLimited);
        let half = looks(&throttle, now + Duration::from_mins(2), Duration::from_secs(1));
        assert!((45..=60).contains(&half), "{half} a second after 100");
    }

    #[test]
    fn one_burst_is_one_request_to_slow_down() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        looks(&throttle, start, Duration::from_secs(2));
        let now = start + Duration::from_secs(2);
        for _ in 0..50 {
            throttle.slow_down(now, Duration::ZERO, ErrorKind::RateLimited);
        }
        let half = looks(&throttle, now, Duration::from_secs(1));
        assert!((45..=60).contains(&half), "{half}");
    }

    #[test]
    fn it_never_stops_altogether() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        for second in 0..60 {
            throttle.slow_down(start + Duration::from_secs(second * 2), Duration::ZERO, ErrorKind::Unavailable);
        }
        let some = looks(&throttle, start + Duration::from_mins(2), Duration::from_secs(20));
        assert!((9..=30).contains(&some), "{some} in twenty seconds");
    }
}
