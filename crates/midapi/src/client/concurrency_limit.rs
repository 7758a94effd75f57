//! The limit on the concurrent requests of a client.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A limit on the concurrent requests of a client and its clones. Waiting requests get their turn in order.
#[derive(Debug, Clone)]
pub(crate) struct ConcurrencyLimit(Arc<Semaphore>);

/// The right to have one request in flight, until it is dropped. Without a limit it has no effect.
#[derive(Debug, Default)]
pub(crate) struct InFlightPermit {
    _permit: Option<OwnedSemaphorePermit>,
}

impl ConcurrencyLimit {
    /// Creates a limit, of at least one request.
    pub(crate) fn new(requests: usize) -> Self {
        Self(Arc::new(Semaphore::new(requests.clamp(1, Semaphore::MAX_PERMITS))))
    }

    /// Acquires a permit. None if there is none, or if others wait for it.
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
