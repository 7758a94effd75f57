//! At most so many looks a second, in any window.

use std::time::{Duration, Instant};

/// Spaces looks evenly, so that a window of any length holds no more than rate · window + 1 of them. Nothing is saved up.
#[derive(Debug, Clone)]
pub(crate) struct Rate {
    spacing: Duration,
    next: Option<Instant>,
}

impl Rate {
    /// `per_second` looks a second. A rate that is no positive number is none.
    pub(crate) fn new(per_second: f64) -> Option<Self> {
        let spacing = Duration::try_from_secs_f64(1.0 / per_second).ok()?;
        (per_second > 0.0).then_some(Self { spacing, next: None })
    }

    /// When the next look may begin, if not now.
    pub(crate) fn held_until(&self, now: Instant) -> Option<Instant> {
        self.next.filter(|next| *next > now)
    }

    /// Counts a look that begins now.
    pub(crate) fn count(&mut self, now: Instant) {
        self.next = now.checked_add(self.spacing);
    }
}
