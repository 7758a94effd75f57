//! Blocking forms of `get_all` and `wait_all`.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{Stream, StreamExt};

use crate::blocking::background::{is_current, nested_call, run};
use crate::error::Error;
use crate::poll::policy::PollPolicy;
use crate::request::update::Update;
use crate::retry::event::RetryEvent;
use crate::task::Task;

/// A blocking iterator over the results of a batch or the updates of a wait.
///
/// Requests are sent only during [`next`](Iterator::next). Dropping the iterator stops its requests.
#[must_use = "iterators are lazy"]
pub struct Items<T> {
    stream: Option<Pin<Box<dyn Stream<Item = T> + Send>>>,
}

impl<T> Items<T> {
    pub(crate) fn new(stream: impl Stream<Item = T> + Send + 'static) -> Self {
        Self { stream: Some(Box::pin(stream)) }
    }
}

impl<T: Send + 'static> Iterator for Items<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let mut stream = self.stream.take()?;
        let (item, stream) = if is_current() {
            // The stream of a nested call has its error at once.
            (stream.next().now_or_never().flatten(), stream)
        } else {
            run(async move { (stream.next().await, stream) }, |()| {}, None).ok()?
        };
        // A finished stream is not polled again.
        self.stream = item.is_some().then_some(stream);
        item
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").finish_non_exhaustive()
    }
}

/// The setters that both batch builders have.
macro_rules! batch_setters {
    ($async:ident) => {
        pub(crate) fn new(batch: crate::$async<K>) -> Self {
            Self(batch)
        }

        #[doc = concat!("Like [`crate::", stringify!($async), "::timeout`].")]
        pub fn timeout(self, timeout: Duration) -> Self {
            Self(self.0.timeout(timeout))
        }

        #[doc = concat!("Like [`crate::", stringify!($async), "::max_in_flight`].")]
        pub fn max_in_flight(self, requests: usize) -> Self {
            Self(self.0.max_in_flight(requests))
        }

        #[doc = concat!("Like [`crate::", stringify!($async), "::rate`].")]
        pub fn rate(self, per_second: f64) -> Self {
            Self(self.0.rate(per_second))
        }

        #[doc = concat!("Like [`crate::", stringify!($async), "::on_retry`]. Called on the background thread.")]
        pub fn on_retry(self, notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
            Self(self.0.on_retry(notify))
        }

        #[doc = concat!("Like [`crate::", stringify!($async), "::fail_fast`].")]
        pub fn fail_fast(self, fail_fast: bool) -> Self {
            Self(self.0.fail_fast(fail_fast))
        }
    };
}

/// The blocking form of [`crate::GetAll`]: an iterable of results.
#[derive(Debug)]
#[must_use = "requests do nothing unless iterated"]
pub struct GetAll<K = String>(crate::GetAll<K>);

impl<K: Send + 'static> GetAll<K> {
    batch_setters!(GetAll);

    /// Like [`crate::GetAll::max_retries`].
    pub fn max_retries(self, max_retries: u32) -> Self {
        Self(self.0.max_retries(max_retries))
    }
}

impl<K: Send + 'static> IntoIterator for GetAll<K> {
    type Item = (K, Result<Task, Error>);
    type IntoIter = Items<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        let batch = if is_current() { self.0.reject_all(nested_call()) } else { self.0 };
        Items::new(batch.stream())
    }
}

/// The blocking form of [`crate::WaitAll`]: an iterable of results.
#[derive(Debug)]
#[must_use = "waits do nothing unless iterated"]
pub struct WaitAll<K = String>(crate::WaitAll<K>);

impl<K: Send + 'static> WaitAll<K> {
    batch_setters!(WaitAll);

    /// Like [`crate::WaitAll::interval`].
    pub fn interval(self, interval: Duration) -> Self {
        Self(self.0.interval(interval))
    }

    /// Like [`crate::WaitAll::poll_policy`].
    pub fn poll_policy(self, poll_policy: impl PollPolicy) -> Self {
        Self(self.0.poll_policy(poll_policy))
    }

    /// Like [`crate::WaitAll::first_delay`].
    pub fn first_delay(self, delay: Duration) -> Self {
        Self(self.0.first_delay(delay))
    }

    /// Like [`crate::WaitAll::not_found_grace`].
    pub fn not_found_grace(self, grace: Duration) -> Self {
        Self(self.0.not_found_grace(grace))
    }

    /// Like [`crate::WaitAll::on_update`]. Called on the background thread.
    pub fn on_update(self, notify: impl FnMut(&str, &Update) + Send + 'static) -> Self {
        Self(self.0.on_update(notify))
    }
}

impl<K: Send + 'static> IntoIterator for WaitAll<K> {
    type Item = (K, Result<Task, Error>);
    type IntoIter = Items<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        let batch = if is_current() { self.0.reject_all(nested_call()) } else { self.0 };
        Items::new(batch.stream())
    }
}
