//! The number of requests in progress.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The current and the largest number of requests in progress.
#[derive(Debug, Default)]
pub(crate) struct ActiveRequests {
    current: AtomicUsize,
    max: AtomicUsize,
}

/// A request in progress: from its head to the end of its response body.
#[derive(Debug)]
pub(crate) struct ActiveRequest(Arc<ActiveRequests>);

impl ActiveRequests {
    pub(crate) fn begin(self: &Arc<Self>) -> ActiveRequest {
        let current = self.current.fetch_add(1, Relaxed) + 1;
        self.max.fetch_max(current, Relaxed);
        ActiveRequest(Arc::clone(self))
    }

    pub(crate) fn max(&self) -> usize {
        self.max.load(Relaxed)
    }

    /// Resets the largest number of requests in progress to the current number.
    pub(crate) fn reset_max(&self) {
        self.max.store(self.current.load(Relaxed), Relaxed);
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        self.0.current.fetch_sub(1, Relaxed);
    }
}
