//! The limit on the concurrent requests of a client.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A limit on the concurrent requests of a client and its clones. Waiting requests get permits in the order in which
/// they began to wait.
#[derive(Debug, Clone)]
pub(crate) struct ConcurrencyLimit(Arc<Semaphore>);

/// A permit for one request in flight, released when it is dropped. The permit is empty if the client has no limit.
#[derive(Debug, Default)]
pub(crate) struct InFlightPermit {
    _permit: Option<OwnedSemaphorePermit>,
}

impl ConcurrencyLimit {
    /// Creates a limit of this number of concurrent requests, at least one.
    pub(crate) fn new(requests: usize) -> Self {
        Self(Arc::new(Semaphore::new(requests.clamp(1, Semaphore::MAX_PERMITS))))
    }

    /// Acquires a permit without waiting. None if no permit is free, or if other requests already wait for one.
    pub(crate) fn try_acquire(&self) -> Option<InFlightPermit> {
        let permit = Arc::clone(&self.0).try_acquire_owned().ok()?;
        Some(InFlightPermit { _permit: Some(permit) })
    }

    /// Waits for a permit.
    pub(crate) fn acquire(&self) -> impl Future<Output = InFlightPermit> + Send + 'static {
        let acquire = Arc::clone(&self.0).acquire_owned();
        // The semaphore is never closed.
        async move { InFlightPermit { _permit: acquire.await.ok() } }
    }
}
