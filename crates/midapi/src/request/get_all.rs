//! The request builder of `get_all`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::batch::options::BatchOptions;
use crate::batch::policy::BatchPolicy;
use crate::batch::rate_limit::RateLimit;
use crate::batch::stream::{Ids, ResultStream};
use crate::client::inner::Inner;
#[cfg(feature = "blocking")]
use crate::error::Error;
use crate::retry::event::RetryEvent;
use crate::retry::policy::RetryPolicy;

/// A builder of lookups of many tasks; returned by [`Client::get_all`](crate::Client::get_all).
///
/// Every id gets a result, as from [`Client::get`](crate::Client::get). An id that is given several times at once is
/// requested once. The stream ends early if the API rejects the API key or the account has no credits, with that error as
/// the last result, and after the first error with [`fail_fast`](Self::fail_fast).
///
/// # Cancel safety
/// Dropping the stream stops its requests. No requests are sent unless the stream is polled.
///
/// # Examples
/// ```
/// # async fn example(client: midapi::Client) {
/// use futures_util::StreamExt;
///
/// let mut results = client.get_all((1..=100_000).map(|n| format!("id-{n}"))).rate(50.0).max_retries(2).stream();
/// while let Some((id, result)) = results.next().await {
///     println!("{id}: {}", result.map_or_else(|error| error.to_string(), |task| task.status().to_string()));
/// }
/// # }
/// ```
#[must_use = "requests do nothing unless their stream is polled"]
pub struct GetAll<K = String> {
    inner: Arc<Inner>,
    ids: Ids<K>,
    policy: RetryPolicy,
    options: BatchOptions,
}

impl<K: Send + 'static> GetAll<K> {
    pub(crate) fn new(inner: Arc<Inner>, ids: Ids<K>) -> Self {
        let policy = inner.retry_policy();
        Self { inner, ids, policy, options: BatchOptions::new(BatchPolicy::Get(policy)) }
    }

    /// Sets the time limit for all attempts for one id. Defaults to that of the client, 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.policy.timeout = timeout;
        self
    }

    /// Sets the maximum number of retries for one id. Defaults to that of the client, 4.
    pub fn max_retries(mut self, max_retries: u32) -> Self {
        self.policy.max_retries = max_retries;
        self
    }

    /// Sets the maximum number of concurrent requests. Defaults to 32; at least 1.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.options.max_in_flight = requests.max(1);
        self
    }

    /// Limits the rate, in requests per second: no window contains more than rate · window + 2 requests. Defaults to no
    /// limit. With a rate that is not a positive number, every result is an error of kind
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage).
    pub fn rate(mut self, per_second: f64) -> Self {
        self.options.rate_limit = Some(RateLimit::new(per_second));
        self
    }

    /// Sets the callback before each retry. Replaces the callback of the client.
    pub fn on_retry(mut self, notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
        self.options.on_retry = Some(Arc::new(notify));
        self
    }

    /// Ends the stream after the first error. Defaults to false.
    pub fn fail_fast(mut self, fail_fast: bool) -> Self {
        self.options.fail_fast = fail_fast;
        self
    }

    /// Sets an error that becomes the result of every id.
    #[cfg(feature = "blocking")]
    pub(crate) fn reject_all(mut self, error: Error) -> Self {
        self.options.rate_limit = Some(Err(error));
        self
    }

    /// Starts the batch. Returns the results as they arrive.
    pub fn stream(mut self) -> ResultStream<K> {
        self.options.policy = BatchPolicy::Get(self.policy);
        self.ids.start(self.inner, self.options)
    }
}

impl<K> fmt::Debug for GetAll<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetAll").field("policy", &self.policy).finish_non_exhaustive()
    }
}
