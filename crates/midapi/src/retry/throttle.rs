//! Client-side throttling: the rate limit of the client, and the effect of HTTP 429 and 503 responses.
//!
//! An HTTP 429 or 503 response pauses all requests of the client for the time that the server requested, or else for
//! the backoff delay. If the client sent at a rate of at least twice [`MIN_REDUCED_RATE`] before the response, the rate
//! is also limited to half of the observed rate, but never below [`MIN_REDUCED_RATE`]. This limit grows by 5 % per
//! second. It is removed when it reaches four times the observed rate before the first reduction.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::batch::rate_limit::RateLimit;
use crate::clock::add_duration;
use crate::defaults::MIN_REDUCED_RATE;
use crate::duration::format_duration;
use crate::error::Error;
use crate::error::kind::ErrorKind;
use crate::error::reason::Reason;

/// The factor by which the reduced rate limit grows per second.
const GROWTH: f64 = 1.05;
/// The multiple of the original rate at which the reduced rate limit is removed. The original rate was observed just
/// before the first reduction.
const REMOVED_AT: f64 = 4.0;
/// The length of the window over which the rate of the client is observed. Several HTTP 429 and 503 responses within
/// this time reduce the rate only once.
const WINDOW: Duration = Duration::from_secs(1);

/// The throttle of a client.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    pause: Option<Throttled>,
    limit: Option<Limit>,
    /// The rate limit of the client's settings.
    rate_limit: Option<RateLimit>,
    /// The start of the current window.
    window: Option<Instant>,
    /// The number of requests in the current window.
    count: f64,
    /// The rate in the previous window, in requests per second.
    previous_rate: f64,
}

/// The reason why no request may be sent before the time `until`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Throttled {
    pub(crate) until: Instant,
    /// The kind of the response that caused the pause or the reduced rate. [`ErrorKind::RateLimited`] if a limit of the
    /// client's settings is the cause.
    pub(crate) kind: ErrorKind,
    pub(crate) cause: ThrottleCause,
}

/// The reason why no request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ThrottleCause {
    /// The server requested a pause.
    Pause,
    /// The client reduced its rate after a response of the server.
    ReducedRate,
    /// The rate limit of the client's settings permits no request yet.
    RateLimit,
    /// The client already has its maximum number of requests in flight.
    InFlight,
}

#[derive(Debug, Clone, Copy)]
struct Limit {
    /// The permitted rate at the time `grows_from`, in requests per second.
    rate: f64,
    /// The observed rate before the first reduction, in requests per second.
    reduced_from: f64,
    reduced_at: Instant,
    grows_from: Instant,
    next: Instant,
    kind: ErrorKind,
}

impl Limit {
    fn rate(&self, now: Instant) -> f64 {
        self.rate * GROWTH.powf(now.saturating_duration_since(self.grows_from).as_secs_f64())
    }
}

impl Throttled {
    /// The error of a call that sent no request within its time limit.
    pub(crate) fn to_error(self, now: Instant) -> Error {
        let remaining = self.until.saturating_duration_since(now);
        let time = format_duration(remaining);
        let why = match self.cause {
            ThrottleCause::Pause => format!("the server requested a pause; next request in {time}"),
            ThrottleCause::ReducedRate => {
                format!("the client reduced its rate after a response of the server; next request in {time}")
            }
            ThrottleCause::RateLimit => format!("the rate limit of the client permits the next request in {time}"),
            ThrottleCause::InFlight => "the client already has its maximum number of requests in flight".to_owned(),
        };
        let retry_after = (self.cause != ThrottleCause::InFlight).then_some(remaining);
        let error = Error::new(self.kind, format!("request not sent: {why}"));
        error.with_reason(Reason::Throttled).with_retry_after(retry_after)
    }

    /// Whether the cause is a pause that the server requested.
    pub(crate) fn is_pause(&self) -> bool {
        self.cause == ThrottleCause::Pause
    }
}

impl Throttle {
    /// Creates a throttle with the rate limit of the client's settings.
    pub(crate) fn new(rate_limit: Option<RateLimit>) -> Self {
        Self(Mutex::new(State { rate_limit, ..State::default() }))
    }

    /// Acquires a permit to send a request now.
    ///
    /// # Errors
    /// The reason why no permit is available, with the time from which a permit may be available.
    pub(crate) fn try_acquire(&self, now: Instant) -> Result<(), Throttled> {
        let mut state = self.lock();
        if let Some(pause) = state.pause.filter(|pause| pause.until > now) {
            return Err(pause);
        }
        state.pause = None;
        if let Some(until) = state.rate_limit.as_ref().and_then(|limit| limit.blocked_until(now)) {
            return Err(Throttled { until, kind: ErrorKind::RateLimited, cause: ThrottleCause::RateLimit });
        }
        if let Some(mut limit) = state.limit {
            let rate = limit.rate(now);
            if rate >= limit.reduced_from * REMOVED_AT {
                state.limit = None;
            } else if limit.next > now {
                return Err(Throttled { until: limit.next, kind: limit.kind, cause: ThrottleCause::ReducedRate });
            } else {
                limit.next = now + Duration::from_secs_f64(1.0 / rate);
                state.limit = Some(limit);
            }
        }
        if let Some(limit) = &mut state.rate_limit {
            limit.count(now);
        }
        state.count_request(now);
        Ok(())
    }

    /// Pauses all requests of the client for the time `pause`. Also reduces the rate of the client if the rate was
    /// high.
    pub(crate) fn slow_down(&self, now: Instant, pause: Duration, kind: ErrorKind) {
        let mut state = self.lock();
        let until = add_duration(now, pause);
        if state.pause.is_none_or(|pause| pause.until < until) {
            state.pause = Some(Throttled { until, kind, cause: ThrottleCause::Pause });
        }
        let (rate, reduced_from) = match &mut state.limit {
            // Several responses to one burst reduce the rate once; the longest pause applies.
            Some(limit) if now.saturating_duration_since(limit.reduced_at) < WINDOW => {
                limit.grows_from = limit.grows_from.max(until);
                limit.next = limit.next.max(until);
                return;
            }
            Some(limit) => (limit.rate(now), limit.reduced_from),
            None => {
                let rate = state.observed_rate(now);
                // A low rate cannot have caused the response, so the pause is sufficient.
                if rate < 2.0 * MIN_REDUCED_RATE {
                    return;
                }
                (rate, rate)
            }
        };
        let rate = (rate / 2.0).max(MIN_REDUCED_RATE);
        state.limit = Some(Limit { rate, reduced_from, reduced_at: now, grows_from: until, next: until, kind });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count_request(&mut self, now: Instant) {
        let start = *self.window.get_or_insert(now);
        let elapsed = now.saturating_duration_since(start);
        if elapsed >= WINDOW {
            self.previous_rate = self.count / elapsed.as_secs_f64();
            self.window = Some(now);
            self.count = 0.0;
        }
        self.count += 1.0;
    }

    /// The current rate in requests per second.
    fn observed_rate(&self, now: Instant) -> f64 {
        let elapsed = self.window.map_or(WINDOW, |start| now.saturating_duration_since(start)).max(WINDOW);
        // A window that ended long ago does not show the current rate.
        let previous = if elapsed > 2 * WINDOW { 0.0 } else { self.previous_rate };
        previous.max(self.count / elapsed.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests that are permitted within a time, for a client that sends every 10 ms unless it is throttled.
    fn send(throttle: &Throttle, start: Instant, time: Duration) -> u32 {
        let (mut now, mut requests) = (start, 0);
        while now < start + time {
            match throttle.try_acquire(now) {
                Ok(()) => {
                    requests += 1;
                    now += Duration::from_millis(10);
                }
                Err(throttled) => now = throttled.until,
            }
        }
        requests
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn halves_the_rate_and_grows_back() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        assert_eq!(send(&throttle, start, SECOND * 10), 1000, "no limit without a reason");
        let mut now = start + SECOND * 10;
        throttle.slow_down(now, SECOND * 3, ErrorKind::RateLimited);
        throttle.slow_down(now, SECOND, ErrorKind::RateLimited);
        assert_eq!(throttle.try_acquire(now).unwrap_err().until, now + SECOND * 3, "the longer pause counts");
        now += SECOND * 3;
        let half = send(&throttle, now, SECOND);
        assert!((50..=65).contains(&half), "{half} per second after 100");
        now += SECOND;
        throttle.slow_down(now, Duration::ZERO, ErrorKind::RateLimited);
        let quarter = send(&throttle, now, SECOND);
        assert!((25..=35).contains(&quarter), "{quarter} per second after the second response");
        assert_eq!(send(&throttle, now + SECOND * 100, SECOND), 100, "no limit after a while");
    }

    #[test]
    fn does_not_grow_during_a_pause() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        send(&throttle, start, SECOND * 3);
        let now = start + SECOND * 3;
        throttle.slow_down(now, SECOND * 120, ErrorKind::RateLimited);
        let half = send(&throttle, now + SECOND * 120, SECOND);
        assert!((45..=60).contains(&half), "{half} per second after 100");
    }

    #[test]
    fn one_burst_counts_once() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        send(&throttle, start, SECOND * 2);
        let now = start + SECOND * 2;
        for _ in 0..50 {
            throttle.slow_down(now, Duration::ZERO, ErrorKind::RateLimited);
        }
        let half = send(&throttle, now, SECOND);
        assert!((45..=60).contains(&half), "{half}");
    }

    #[test]
    fn never_falls_below_the_lowest_rate() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        send(&throttle, start, SECOND * 2);
        for second in 2..60 {
            throttle.slow_down(start + SECOND * second * 2, Duration::ZERO, ErrorKind::Unavailable);
        }
        let requests = send(&throttle, start + SECOND * 118, SECOND * 10);
        assert!((45..=70).contains(&requests), "{requests} in ten seconds, at 5 per second and growing");
    }

    #[test]
    fn small_clients_are_only_paused() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        throttle.try_acquire(start).unwrap();
        throttle.slow_down(start, SECOND, ErrorKind::RateLimited);
        assert!(throttle.try_acquire(start).is_err(), "the pause holds");
        assert_eq!(send(&throttle, start + SECOND, SECOND), 100, "no limit after the pause");
    }
}
