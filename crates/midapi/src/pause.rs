//! When the server says slow down, every call of a client slows down.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::error::ErrorKind;

/// A pause that all calls of a client share.
#[derive(Debug, Default)]
pub(crate) struct Pause(Mutex<Option<Paused>>);

/// Until when nothing is sent, and what the server gave as the reason.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paused {
    pub(crate) until: Instant,
    pub(crate) kind: ErrorKind,
}

impl Pause {
    /// Pauses everybody at least until then.
    pub(crate) fn extend(&self, until: Instant, kind: ErrorKind) {
        let mut pause = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pause.is_none_or(|paused| paused.until < until) {
            *pause = Some(Paused { until, kind });
        }
    }

    /// The pause that lasts now, if one does.
    pub(crate) fn current(&self, now: Instant) -> Option<Paused> {
        let mut pause = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *pause = pause.filter(|paused| paused.until > now);
        *pause
    }
}
