//! The result stream of a batch.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::{BoxStream, Stream, StreamExt};

use crate::batch::options::BatchOptions;
use crate::batch::runner::{BatchRunner, IdResult};
use crate::client::inner::Inner;
use crate::error::Error;
use crate::task::Task;
use crate::task::id::TaskId;

/// The results of a batch, as they arrive, each with its key: the id, or the key that was passed with the id.
///
/// Requests are sent only while the stream is polled. Dropping the stream stops its requests. The stream is fused:
/// after the last result, it always returns None.
#[must_use = "streams do nothing unless polled"]
pub struct ResultStream<K = String>(BoxStream<'static, (K, Result<Task, Error>)>);

/// The ids of a batch. [`start`](Self::start) starts the batch once the options are known.
pub(crate) struct Ids<K>(Box<dyn FnOnce(Arc<Inner>, BatchOptions) -> ResultStream<K> + Send>);

impl Ids<String> {
    /// Takes a stream of ids for a batch. The key of each result is its id, as passed in.
    pub(crate) fn plain(ids: impl Stream<Item = String> + Send + 'static) -> Self {
        Self(Box::new(move |inner, options| {
            // The text of a valid id is stored once, in the id itself.
            let ids = ids.map(|id| match TaskId::new(&id) {
                Ok(id) => ((), Ok(id)),
                Err(error) => ((), Err(error.with_task_id(id))),
            });
            ResultStream::new(BatchRunner::new(inner, Box::pin(ids), options), |id, ()| id.to_string())
        }))
    }
}

impl<K: Send + 'static> Ids<K> {
    /// Creates the ids of a batch that uses the passed key of each id as the key of its result.
    pub(crate) fn keyed(ids: impl Stream<Item = (K, Result<TaskId, Error>)> + Send + 'static) -> Self {
        Self(Box::new(move |inner, options| {
            ResultStream::new(BatchRunner::new(inner, Box::pin(ids), options), |_, key| key)
        }))
    }

    pub(crate) fn start(self, inner: Arc<Inner>, options: BatchOptions) -> ResultStream<K> {
        (self.0)(inner, options)
    }
}

impl<K> ResultStream<K> {
    fn new<S: Send + 'static>(runner: BatchRunner<S>, key: fn(&str, S) -> K) -> Self
    where
        K: Send + 'static,
    {
        let results = futures_util::stream::unfold(runner, move |mut runner| async move {
            let IdResult { key: stored, id, result } = runner.next().await?;
            Some(((key(&id, stored), result), runner))
        });
        Self(results.fuse().boxed())
    }
}

impl<K> Stream for ResultStream<K> {
    type Item = (K, Result<Task, Error>);

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl<K> fmt::Debug for ResultStream<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResultStream").finish_non_exhaustive()
    }
}
