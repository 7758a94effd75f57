//! Limits on the number of requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A limit on the number of requests, including retries and polls.
///
/// Use a limit to pass a client to untrusted code: see
/// [`Client::with_request_limit`](crate::Client::with_request_limit). Requests beyond the limit fail with
/// [`ErrorKind::Usage`](crate::ErrorKind::Usage). Clones of a limit, and all clients that have it, share one count.
///
/// # Examples
/// ```
/// # async fn example(client: midapi::Client) {
/// use midapi::{ErrorKind, RequestLimit};
///
/// let limit = RequestLimit::new(1);
/// let limited = client.with_request_limit(&limit);
/// let _ = limited.get("id-1").await;
/// assert_eq!(limit.remaining(), 0);
/// assert_eq!(limited.get("id-2").await.unwrap_err().kind(), ErrorKind::Usage);
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct RequestLimit(Arc<AtomicU64>);

impl RequestLimit {
    /// Creates a limit of this number of requests.
    pub fn new(requests: u64) -> Self {
        Self(Arc::new(AtomicU64::new(requests)))
    }

    /// The number of requests that may still be sent.
    pub fn remaining(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts one request. Returns false if the limit is used up.
    pub(crate) fn consume(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |remaining| remaining.checked_sub(1)).is_ok()
    }
}
