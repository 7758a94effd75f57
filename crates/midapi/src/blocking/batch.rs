//! Blocking forms of `get_all` and `wait_all`.

use std::fmt;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{Stream, StreamExt};

use crate::blocking::background::{is_current, nested_call, run};
use crate::blocking::setters::forward_setters;
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
            // The stream of a nested call returns its error without waiting.
            (stream.next().now_or_never().flatten(), stream)
        } else {
            run(async move { (stream.next().await, stream) }, |()| {}, None).ok()?
        };
        // A finished stream is not polled again.
        self.stream = item.is_some().then_some(stream);
        item
    }
}

impl<T: Send + 'static> FusedIterator for Items<T> {}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").finish_non_exhaustive()
    }
}

/// The blocking form of a batch builder.
macro_rules! batch_builder {
    ($builder:ident) => {
        impl<K: Send + 'static> $builder<K> {
            pub(crate) fn new(batch: crate::$builder<K>) -> Self {
                Self(batch)
            }

            fn map(self, set: impl FnOnce(crate::$builder<K>) -> crate::$builder<K>) -> Self {
                Self(set(self.0))
            }

            forward_setters! {
                $builder:
                timeout(timeout: Duration),
                max_in_flight(requests: usize),
                rate(per_second: f64),
                fail_fast(fail_fast: bool),
                /// The callback runs on the background thread.
                on_retry(notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static),
            }
        }

        impl<K: Send + 'static> IntoIterator for $builder<K> {
            type Item = (K, Result<Task, Error>);
            type IntoIter = Items<Self::Item>;

            fn into_iter(self) -> Self::IntoIter {
                let batch = if is_current() { self.0.reject_all(nested_call()) } else { self.0 };
                Items::new(batch.stream())
            }
        }
    };
}

/// The blocking form of [`crate::GetAll`]: an iterable of results.
#[derive(Debug)]
#[must_use = "batches do nothing unless iterated"]
pub struct GetAll<K = String>(crate::GetAll<K>);

batch_builder!(GetAll);

impl<K: Send + 'static> GetAll<K> {
    forward_setters!(GetAll: max_retries(max_retries: u32));
}

/// The blocking form of [`crate::WaitAll`]: an iterable of results.
#[derive(Debug)]
#[must_use = "batches do nothing unless iterated"]
pub struct WaitAll<K = String>(crate::WaitAll<K>);

batch_builder!(WaitAll);

impl<K: Send + 'static> WaitAll<K> {
    forward_setters! {
        WaitAll:
        interval(interval: Duration),
        poll_policy(poll_policy: impl PollPolicy),
        first_delay(delay: Duration),
        not_found_grace(grace: Duration),
        /// The callback runs on the background thread.
        on_update(notify: impl FnMut(&str, &Update) + Send + 'static),
    }
}
