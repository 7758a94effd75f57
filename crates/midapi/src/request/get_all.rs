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
use crate::request::setters::{batch_setters, retry_setters};
use crate::retry::event::RetryEvent;
use crate::retry::policy::RetryPolicy;

/// A builder of lookups of many tasks; returned by [`Client::get_all`](crate::Client::get_all).
///
/// The stream returns a result for every id, like that of [`Client::get`](crate::Client::get). If an id is passed again
/// before its result has arrived, no further request is sent, and the stream returns the same result once more.
///
/// The stream ends early, with an error as its last result, if the API rejects the API key or the account has no
/// credits. With [`fail_fast`](Self::fail_fast), the stream ends after the first error.
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

    retry_setters!();
    batch_setters!();

    /// Sets a callback that is called before each retry. Replaces the callback of the client.
    pub fn on_retry(mut self, notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
        self.options.on_retry = Some(Arc::new(notify));
        self
    }

    /// Returns the results as a stream, in the order in which they arrive.
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
