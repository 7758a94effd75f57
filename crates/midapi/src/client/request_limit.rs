//! A cap on what somebody else may have sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many requests may still be sent: retries and the looks of waits count, each one.
///
/// For hosts that hand a client to code they do not trust: see [`Client::with_request_limit`](crate::Client::with_request_limit). What would be sent
/// beyond the cap fails with [`ErrorKind::Usage`](crate::ErrorKind::Usage) instead. Clones count together, and so do all
/// clients that have the same cap.
///
/// # Examples
/// ```
/// # async fn example(client: midapi::Client) {
/// use midapi::{ErrorKind, RequestLimit};
///
/// let cap = RequestLimit::new(1);
/// let lent = client.with_request_limit(&cap);
/// let _ = lent.get("id-1").await;
/// assert_eq!(cap.left(), 0);
/// assert_eq!(lent.get("id-2").await.unwrap_err().kind(), ErrorKind::Usage);
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct RequestLimit(Arc<AtomicU64>);

impl RequestLimit {
    /// A cap that lets so many requests through.
    pub fn new(requests: u64) -> Self {
        Self(Arc::new(AtomicU64::new(requests)))
    }

    /// How many are left.
    pub fn left(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether one more may be sent; it counts then.
    pub(crate) fn take(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}
