//! At most so many looks a second, in any window.

use std::time::{Duration, Instant};

use crate::clock::later;

/// Spaces looks evenly, so that a window of any length holds no more than rate · window + 1 of them. Nothing is saved up.
#[derive(Debug, Clone)]
pub(crate) struct Rate {
    spacing: Duration,
    next: Option<Instant>,
}

impl Rate {
    /// `per_second` looks a second. A rate that is no positive number is none.
    pub(crate) fn new(per_second: f64) -> Option<Self> {
        if per_second.is_nan() || per_second <= 0.0 {
            return None;
        }
        let mut spacing = Duration::try_from_secs_f64(1.0 / per_second).unwrap_or(Duration::MAX);
        if spacing.as_secs_f64() * per_second < 1.0 {
            // Part of a nanosecond too short is a look too many in a long window.
            spacing = spacing.saturating_add(Duration::from_nanos(1));
        }
        Some(Self { spacing, next: None })
    }

    /// When the next look may begin, if not now.
    pub(crate) fn held_until(&self, now: Instant) -> Option<Instant> {
        self.next.filter(|next| *next > now)
    }

    /// Counts a look that begins now.
    pub(crate) fn count(&mut self, now: Instant) {
        self.next = Some(later(now, self.spacing));
    }
}
