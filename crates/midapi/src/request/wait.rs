//! The request builder of `wait`.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::stream::{BoxStream, Stream, StreamExt};
use tracing::Instrument;

use crate::client::concurrency_limit::InFlightPermit;
use crate::client::inner::Inner;
use crate::defaults::LAST_POLL_WINDOW;
use crate::error::Error;
use crate::poll::policy::{FixedInterval, PollPolicy};
use crate::poll::state::{Decision, PollState, PollTime};
use crate::poll::wait_policy::WaitPolicy;
use crate::request::setters::wait_setters;
use crate::request::update::Update;
use crate::retry::event::{OnRetry, RetryEvent};
use crate::task::Task;
use crate::task::id::TaskId;
use crate::telemetry::CallSpan;

type OnUpdate = Box<dyn FnMut(&Task) + Send>;

/// A builder of a wait for one task; returned by [`Client::wait`](crate::Client::wait).
///
/// Polls immediately, then at the intervals of the [`PollPolicy`] with a jitter of ±10 %. A transient failure of one
/// poll does not end the wait. The last poll is made at the deadline and takes at most 10 s. It is omitted if the
/// server requested a pause beyond the deadline.
///
/// # Errors
/// When awaited:
/// - [`ErrorKind::TaskFailed`](crate::ErrorKind::TaskFailed) if the task failed. The error carries the task.
/// - [`ErrorKind::Deadline`](crate::ErrorKind::Deadline) if the timeout (15 minutes by default) expires first. The task
///   may still finish: wait again with the same id.
/// - The kind of the rejection, such as [`ErrorKind::NotFound`](crate::ErrorKind::NotFound), as soon as the API rejects
///   a poll.
/// - [`ErrorKind::Transport`](crate::ErrorKind::Transport) if the third or a later poll fails because the settings are
///   wrong, and no poll has received a response. Such settings are an unknown host, an untrusted certificate, and a
///   proxy that rejects the connection.
///
/// # Cancel safety
/// Dropping the future stops polling. The task continues on the server.
///
/// # Examples
/// ```
/// # async fn example(client: midapi::Client) -> Result<(), midapi::Error> {
/// use std::time::Duration;
///
/// let task = client
///     .wait("0f1e2d3c4b5a69788796a5b4c3d2e1f0")
///     .timeout(Duration::from_secs(30 * 60))
///     .on_update(|task| println!("{}", task.status()))
///     .await?;
/// println!("{}", task.result_urls().join("\n"));
/// # Ok(())
/// # }
/// ```
#[must_use = "waits do nothing unless awaited"]
pub struct Wait {
    inner: Arc<Inner>,
    id: Result<TaskId, Error>,
    policy: WaitPolicy,
    first_delay: Duration,
    on_update: Option<OnUpdate>,
    on_retry: Option<OnRetry>,
}

impl Wait {
    pub(crate) fn new(inner: Arc<Inner>, id: Result<TaskId, Error>) -> Self {
        let policy = inner.wait_policy.clone();
        Self { inner, id, policy, first_delay: Duration::ZERO, on_update: None, on_retry: None }
    }

    wait_setters!();

    /// Sets the delay before the first poll. The delay counts towards the timeout, and is at most the timeout. Defaults
    /// to 0.
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay;
        self
    }

    /// Sets the callback for every status change, including the first and the final status. The callback is called
    /// before the wait sleeps or returns.
    pub fn on_update(mut self, notify: impl FnMut(&Task) + Send + 'static) -> Self {
        self.on_update = Some(Box::new(notify));
        self
    }

    /// Sets the callback for every failed poll after which the wait continues. Replaces the callback of the client.
    pub fn on_retry(mut self, notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
        self.on_retry = Some(Arc::new(notify));
        self
    }

    /// Returns the updates of the wait as a stream. The last item is [`Update::Finished`].
    ///
    /// The callback set by [`on_update`](Self::on_update) is not called.
    ///
    /// # Cancel safety
    /// Dropping the stream stops polling. No requests are sent unless the stream is polled.
    ///
    /// # Examples
    /// ```
    /// # async fn example(client: midapi::Client) -> Result<(), midapi::Error> {
    /// use futures_util::StreamExt;
    /// use midapi::Update;
    ///
    /// let mut updates = client.wait("0f1e2d3c4b5a69788796a5b4c3d2e1f0").stream();
    /// while let Some(update) = updates.next().await {
    ///     match update {
    ///         Update::Changed(task) => println!("{}", task.status()),
    ///         Update::PollFailed(error) => eprintln!("{error}; polling again"),
    ///         Update::Finished(result) => println!("{}", result?.result_urls().join("\n")),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(self) -> UpdateStream {
        let updates = futures_util::stream::unfold(Waiter::new(self), |mut waiter| async {
            Some((waiter.next().await?, waiter))
        });
        UpdateStream(updates.fuse().boxed())
    }

    async fn run(mut self) -> Result<Task, Error> {
        let mut on_update = self.on_update.take();
        let mut waiter = Waiter::new(self);
        loop {
            match waiter.next().await {
                Some(Update::Changed(task)) => {
                    if let Some(notify) = &mut on_update {
                        notify(&task);
                    }
                }
                Some(Update::PollFailed(_)) => {}
                Some(Update::Finished(result)) => return result,
                None => unreachable!("the last update of a wait is its result"),
            }
        }
    }
}

impl IntoFuture for Wait {
    type Output = Result<Task, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("id", &self.id).field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// The updates of a wait; returned by [`Wait::stream`]. The stream is fused: after the last update, it always returns
/// None.
#[must_use = "streams do nothing unless polled"]
pub struct UpdateStream(BoxStream<'static, Update>);

impl Stream for UpdateStream {
    type Item = Update;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Update>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for UpdateStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateStream").finish_non_exhaustive()
    }
}

/// A wait in progress.
struct Waiter {
    inner: Arc<Inner>,
    policy: WaitPolicy,
    on_retry: Option<OnRetry>,
    start: Instant,
    /// None when the wait is finished.
    unfinished: Option<Unfinished>,
    /// The updates that have not been returned yet.
    updates: VecDeque<Update>,
}

/// The state of an unfinished wait. It is dropped when the wait has its result.
struct Unfinished {
    id: TaskId,
    state: PollState,
    /// The time of the next poll.
    at: PollTime,
    span: CallSpan,
}

impl Waiter {
    fn new(wait: Wait) -> Self {
        let Wait { inner, id, policy, first_delay, on_retry, .. } = wait;
        let start = inner.clock.now();
        let mut state = PollState::new(PollTime(0));
        let at = state.delay_first_poll(&policy, first_delay);
        let mut updates = VecDeque::new();
        let unfinished = match id {
            Ok(id) => Some(Unfinished { span: CallSpan::wait(id.as_str()), id, state, at }),
            Err(error) => {
                updates.push_back(Update::Finished(Err(error)));
                None
            }
        };
        Self { inner, policy, on_retry, start, unfinished, updates }
    }

    /// The next update. None after the last one.
    async fn next(&mut self) -> Option<Update> {
        loop {
            if let Some(update) = self.updates.pop_front() {
                return Some(update);
            }
            let unfinished = self.unfinished.take()?;
            let span = unfinished.span.span().clone();
            self.unfinished = self.poll(unfinished).instrument(span).await;
        }
    }

    /// Sleeps until the next poll is due, and polls once. Adds the new updates to `updates`. Returns None if the wait
    /// is finished.
    async fn poll(&mut self, unfinished: Unfinished) -> Option<Unfinished> {
        let Unfinished { id, mut state, at, mut span } = unfinished;
        self.sleep_until(at).await;
        let deadline = state.deadline(&self.policy);
        let Some((limit, permit)) = self.begin_poll(&mut state, deadline).await else {
            let error = state.expire(self.now()).with_task_id(id.as_str());
            span.fail(&error);
            self.updates.push_back(Update::Finished(Err(error)));
            return None;
        };
        let result = self.inner.lookup(&id, limit, 0).await;
        drop(permit);
        let now = self.now();
        match state.decide(&self.policy, result, now, self.inner.clock.timestamp(), self.inner.random()) {
            Decision::PollAt { at, changed, error } => {
                if let Some(error) = &error {
                    let (attempts, delay) = (state.attempt_count(), at.since(now));
                    let event = RetryEvent { task_id: Some(id.as_str()), error, attempts, delay };
                    self.inner.notify_retry(&event, self.on_retry.as_ref());
                }
                self.updates.extend(changed.map(Update::Changed));
                self.updates.extend(error.map(Update::PollFailed));
                Some(Unfinished { id, state, at, span })
            }
            Decision::Finished { result, changed } => {
                let result = self.inner.redact(result);
                match &result {
                    Ok(task) => span.succeed(state.attempt_count(), task.status().as_str()),
                    Err(error) => span.fail(error),
                }
                let task = result.as_ref().ok().or_else(|| result.as_ref().err()?.task());
                self.updates.extend(task.filter(|_| changed).cloned().map(Update::Changed));
                self.updates.push_back(Update::Finished(result));
                None
            }
        }
    }

    /// Waits for a send permit and begins the poll. Returns the time limit of the poll and the permit, or None if the
    /// wait expires first. The client's limits may delay the last poll beyond the deadline. A pause that the server
    /// requested may not.
    async fn begin_poll(&self, state: &mut PollState, deadline: PollTime) -> Option<(Duration, InFlightPermit)> {
        let now = self.inner.clock.now();
        let remaining = deadline.since(self.time_of(now));
        let Ok(permit) = self.inner.acquire_permit(now, remaining, LAST_POLL_WINDOW).await else {
            self.sleep_until(deadline).await;
            return None;
        };
        Some((state.begin_poll(&self.policy, self.now())?, permit))
    }

    fn now(&self) -> PollTime {
        self.time_of(self.inner.clock.now())
    }

    fn time_of(&self, instant: Instant) -> PollTime {
        PollTime::from_duration(instant.saturating_duration_since(self.start))
    }

    async fn sleep_until(&self, at: PollTime) {
        let remaining = at.since(self.now());
        if !remaining.is_zero() {
            self.inner.clock.sleep(remaining).await;
        }
    }
}
