//! The request builder of `wait_all`.

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
use crate::poll::policy::{FixedInterval, PollPolicy};
use crate::poll::wait_policy::WaitPolicy;
use crate::request::setters::{batch_setters, wait_setters};
use crate::request::update::Update;
use crate::retry::event::RetryEvent;

/// A builder of waits for many tasks; returned by [`Client::wait_all`](crate::Client::wait_all).
///
/// The stream returns a result for every id, like that of [`Client::wait`](crate::Client::wait). The timeout of an id
/// starts with its first poll. The id that has been due for the longest time is polled first. If an id is passed again
/// before its result has arrived, no further polls are made for it, and the stream returns the same result once more.
///
/// The stream ends early, with an error as its last result, if the API rejects the API key or the account has no
/// credits. With [`fail_fast`](Self::fail_fast), the stream ends after the first error.
///
/// # Cancel safety
/// Dropping the stream stops its requests. No requests are sent unless the stream is polled. An id whose deadline
/// passes while the stream is not polled still gets its last poll.
///
/// # Examples
/// ```
/// # async fn example(client: midapi::Client) {
/// use futures_util::StreamExt;
/// use midapi::Update;
///
/// let waits = client.wait_all(["id-1", "id-2"]).fail_fast(true).on_update(|id, update| match update {
///     Update::Changed(task) => println!("{id}: {}", task.status()),
///     Update::PollFailed(error) => eprintln!("{id}: {error}; polling again"),
///     _ => {}
/// });
/// let results: Vec<_> = waits.stream().collect().await;
/// # }
/// ```
#[must_use = "waits do nothing unless their stream is polled"]
pub struct WaitAll<K = String> {
    inner: Arc<Inner>,
    ids: Ids<K>,
    policy: WaitPolicy,
    options: BatchOptions,
}

impl<K: Send + 'static> WaitAll<K> {
    pub(crate) fn new(inner: Arc<Inner>, ids: Ids<K>) -> Self {
        let policy = inner.wait_policy.clone();
        let options = BatchOptions::new(BatchPolicy::Wait(policy.clone()));
        Self { inner, ids, policy, options }
    }

    wait_setters!();
    batch_setters!();

    /// Sets the delay before the first poll of each id. The delay counts towards the timeout, and is at most the
    /// timeout. Defaults to 0.
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.options.first_delay = delay;
        self
    }

    /// Sets the callback for every status change, including the final one, and for every failed poll after which the
    /// wait continues. The callback does not receive [`Update::Finished`], because the stream returns the result.
    pub fn on_update(mut self, notify: impl FnMut(&str, &Update) + Send + 'static) -> Self {
        self.options.on_update = Some(Box::new(notify));
        self
    }

    /// Sets the callback for every failed poll after which the wait continues. Replaces the callback of the client.
    pub fn on_retry(mut self, notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
        self.options.on_retry = Some(Arc::new(notify));
        self
    }

    /// Returns the results as a stream, in the order in which they arrive.
    pub fn stream(mut self) -> ResultStream<K> {
        self.options.policy = BatchPolicy::Wait(self.policy);
        self.ids.start(self.inner, self.options)
    }
}

impl<K> fmt::Debug for WaitAll<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitAll").field("policy", &self.policy).finish_non_exhaustive()
    }
}
