//! The request builder of `get`.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tracing::Instrument;

use crate::client::inner::Inner;
use crate::error::Error;
use crate::request::setters::retry_setters;
use crate::retry::event::{OnRetry, RetryEvent};
use crate::retry::policy::RetryPolicy;
use crate::retry::{FailedAttempt, RetriedCall};
use crate::task::Task;
use crate::task::id::TaskId;
use crate::telemetry::CallSpan;

/// A builder of a lookup; returned by [`Client::get`](crate::Client::get).
///
/// A lookup also succeeds if the task has failed or is unfinished: see [`Task::status`].
///
/// # Errors
/// When awaited:
/// - [`ErrorKind::Usage`](crate::ErrorKind::Usage) for an invalid id. No request is sent.
/// - Any kind that is not retryable, as soon as it occurs.
/// - The kind of the last failure, if the timeout expires, or if the retries or the client's retry budget are used up.
///
/// # Cancel safety
/// Dropping the future stops the request. The task continues on the server.
///
/// # Examples
/// ```
/// # async fn example(client: midapi::Client) -> Result<(), midapi::Error> {
/// use std::time::Duration;
///
/// let task = client
///     .get("0f1e2d3c4b5a69788796a5b4c3d2e1f0")
///     .timeout(Duration::from_secs(10))
///     .max_retries(1)
///     .on_retry(|retry| eprintln!("{}; retrying in {:?}", retry.error, retry.delay))
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "requests do nothing unless awaited"]
pub struct Get {
    inner: Arc<Inner>,
    id: Result<TaskId, Error>,
    policy: RetryPolicy,
    on_retry: Option<OnRetry>,
    is_throttled: bool,
}

impl Get {
    pub(crate) fn new(inner: Arc<Inner>, id: Result<TaskId, Error>) -> Self {
        let policy = inner.retry_policy();
        Self { inner, id, policy, on_retry: None, is_throttled: true }
    }

    retry_setters!();

    /// Sets a callback that is called before each retry of this lookup. Replaces the callback of the client.
    pub fn on_retry(mut self, notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
        self.on_retry = Some(Arc::new(notify));
        self
    }

    /// Makes the lookup ignore pauses that the server requested, and the client's rate and concurrency limits. Use this
    /// setting in programs, such as workflow engines, that pause all requests of an account themselves: see
    /// [`ErrorKind::slows_account`](crate::ErrorKind::slows_account).
    pub fn ignore_pauses(mut self) -> Self {
        self.is_throttled = false;
        self
    }

    async fn run(self) -> Result<Task, Error> {
        let Self { inner, id, policy, on_retry, is_throttled } = self;
        let id = id?;
        let mut span = CallSpan::get(id.as_str());
        let call = RetriedCall {
            inner: &inner,
            policy,
            task_id: Some(id.as_str()),
            on_retry: on_retry.as_ref(),
            is_throttled,
        };
        let result = pin!(call.run(async |limit, resend_count| {
            let result = inner.lookup(&id, limit, resend_count).await;
            result.map_err(|error| FailedAttempt { error, is_repeatable: true })
        }));
        let (task, attempts) = result.instrument(span.span().clone()).await.inspect_err(|error| span.fail(error))?;
        span.succeed(attempts, task.status().as_str());
        Ok(task)
    }
}

impl IntoFuture for Get {
    type Output = Result<Task, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Get {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Get").field("id", &self.id).finish_non_exhaustive()
    }
}
