//! One look-up, retried while that makes sense.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::client::Client;
use crate::retry::{self, Limits, RetryEvent};
use crate::task::id::TaskId;
use crate::{Error, Task};

/// A look-up to be awaited; made by [`Client::get`].
///
/// A failed or unfinished task is a successful look-up: [`Task::status`] tells.
///
/// # Errors
/// When awaited:
/// - [`ErrorKind::Usage`](crate::ErrorKind::Usage) for an id that cannot be asked for; nothing was sent.
/// - any kind that is not retryable, as soon as it is seen;
/// - the kind of the last failure, when time, retries or the client's retry budget are used up.
///
/// # Cancel safety
/// Dropping the future ends its traffic. Nothing is lost: the server keeps the task.
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
///     .on_retry(|retry| eprintln!("{}; again in {:?}", retry.error, retry.delay))
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a look-up does nothing unless it is awaited"]
pub struct Get {
    client: Client,
    id: Result<TaskId, Error>,
    limits: Limits,
}

impl Get {
    pub(crate) fn new(client: Client, id: Result<TaskId, Error>) -> Self {
        let limits = Limits { timeout: client.0.timeout, retries: client.0.retries, on_retry: None };
        Self { client, id, limits }
    }

    /// The time for all attempts together. 60 s unless the client says otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// How often a failed attempt is made again. 4 (that is five attempts) unless the client says otherwise.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.limits.retries = retries;
        self
    }

    /// Called before each retry of this look-up, instead of the client's own notification.
    pub fn on_retry(mut self, notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
        self.limits.on_retry = Some(Arc::new(notify));
        self
    }
}

impl IntoFuture for Get {
    type Output = Result<Task, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { retry::retried(&self.client.0, &self.id?, &self.limits).await })
    }
}

impl fmt::Debug for Get {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Get").field("id", &self.id).finish_non_exhaustive()
    }
}
