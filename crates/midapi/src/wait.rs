//! Waiting for one task.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::duration_text;
use crate::error::{Error, ErrorKind};
use crate::schedule::{Constant, Growing, Progress, Schedule};
use crate::task_id::TaskId;
use crate::{Status, Task};

/// How long a wait goes on unless it is told otherwise. Relaxed tasks take four minutes plus their time in the queue.
const TIMEOUT: Duration = Duration::from_mins(15);

/// The longest that the last look, at the deadline, may take.
const LAST_LOOK: Duration = Duration::from_secs(10);

type OnUpdate = Box<dyn FnMut(&Task) + Send>;

/// A wait to be awaited; made by [`Client::wait`].
///
/// The first look is made at once, unless [`first_delay`](Self::first_delay) says otherwise; after that the
/// [`Schedule`] decides, with ±10 % of jitter. A look is one attempt; one that fails in a way worth retrying does not end
/// the wait. The last look is made at the deadline.
///
/// # Errors
/// When awaited:
/// - [`ErrorKind::TaskFailed`] when the task ended on flag 2 or 3; the error carries the task.
/// - [`ErrorKind::Deadline`] when the time-out passed first; the error says what was last seen. The task may still finish:
///   wait again with the same id, in this process or another.
/// - any kind that is not retryable, as soon as it is seen.
///
/// # Cancel safety
/// Dropping the future ends its traffic at once. Nothing is lost: the server keeps the task.
///
/// # Examples
/// ```
/// # async fn example(client: midapi::Client) -> Result<(), midapi::Error> {
/// use std::time::Duration;
///
/// let task = client
///     .wait("0f1e2d3c4b5a69788796a5b4c3d2e1f0")
///     .timeout(Duration::from_mins(30))
///     .on_update(|task| println!("{}", task.status()))
///     .await?;
/// println!("{}", task.result_urls().join("\n"));
/// # Ok(())
/// # }
/// ```
#[must_use = "a wait does nothing unless it is awaited"]
pub struct Wait {
    client: Client,
    id: Result<TaskId, Error>,
    timeout: Duration,
    first_delay: Duration,
    schedule: Arc<dyn Schedule>,
    on_update: Option<OnUpdate>,
}

impl Wait {
    pub(crate) fn new(client: Client, id: Result<TaskId, Error>) -> Self {
        let schedule = Arc::new(Growing::DEFAULT);
        Self { client, id, timeout: TIMEOUT, first_delay: Duration::ZERO, schedule, on_update: None }
    }

    /// The time until the deadline. 15 minutes unless set. A last look that begins at the deadline may take ten seconds
    /// more.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// A constant time between looks, instead of one that grows from 5 to 30 s.
    pub fn interval(self, interval: Duration) -> Self {
        self.schedule(Constant(interval))
    }

    /// A schedule of your own.
    pub fn schedule(mut self, schedule: impl Schedule) -> Self {
        self.schedule = Arc::new(schedule);
        self
    }

    /// The time before the first look. None unless set.
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay;
        self
    }

    /// Called with the task at every change of its state, the first one seen and the final one included, before the wait
    /// sleeps or returns.
    pub fn on_update(mut self, notify: impl FnMut(&Task) + Send + 'static) -> Self {
        self.on_update = Some(Box::new(notify));
        self
    }

    async fn run(self) -> Result<Task, Error> {
        let id = self.id?;
        let client = &self.client.0;
        let start = client.clock.now();
        let mut watch = Watch { id, start, deadline: start + self.timeout, looks: 0, seen: None, failure: None };
        let mut on_update = self.on_update;
        let mut last_look = watch.sleep(&self.client, self.first_delay).await;
        loop {
            if client.pause(watch.deadline).await.is_err() {
                // The pause goes on to the deadline: nothing may be asked before, and one look is due then.
                last_look |= watch.sleep(&self.client, self.timeout).await;
            }
            let left = watch.deadline.saturating_duration_since(client.clock.now());
            let limit = if last_look { LAST_LOOK } else { left };
            watch.looks += 1;
            match client.look(&watch.id, limit).await {
                Ok(task) => {
                    let changed = watch.seen.as_ref().is_none_or(|seen| seen.status() != task.status());
                    if let (true, Some(notify)) = (changed, &mut on_update) {
                        notify(&task);
                    }
                    if task.status().is_final() {
                        return watch.ended(task, client.clock.now());
                    }
                    watch.seen = Some(task);
                    watch.failure = None;
                }
                Err(error) if error.is_retryable() => watch.failure = Some(error),
                Err(error) => {
                    let elapsed = client.clock.now().saturating_duration_since(start);
                    return Err(error.with_attempts(watch.looks, elapsed).with_last_status(watch.status()));
                }
            }
            let now = client.clock.now();
            if last_look || now >= watch.deadline {
                return Err(watch.out_of_time(now));
            }
            let elapsed = now.saturating_duration_since(start);
            let planned = self.schedule.delay(&Progress::new(watch.looks, elapsed, watch.seen.as_ref()));
            let jittered = planned.mul_f64(0.9 + client.random() / 5.0);
            let asked = watch.failure.as_ref().and_then(Error::retry_after).unwrap_or_default();
            last_look = watch.sleep(&self.client, jittered.max(asked)).await;
        }
    }
}

/// What a wait has seen.
struct Watch {
    id: TaskId,
    start: Instant,
    deadline: Instant,
    looks: u32,
    seen: Option<Task>,
    /// Why the last look failed, if it did.
    failure: Option<Error>,
}

impl Watch {
    fn status(&self) -> Option<Status> {
        self.seen.as_ref().map(Task::status)
    }

    /// Sleeps, no longer than to the deadline. True if the deadline cut the sleep: the next look is the last.
    async fn sleep(&self, client: &Client, delay: Duration) -> bool {
        let clock = &client.0.clock;
        let left = self.deadline.saturating_duration_since(clock.now());
        if !delay.is_zero() {
            clock.sleep(delay.min(left)).await;
        }
        delay >= left
    }

    fn ended(self, task: Task, now: Instant) -> Result<Task, Error> {
        if !task.status().is_failure() {
            return Ok(task);
        }
        let mut message = format!("task \"{}\" failed", self.id.as_str());
        if let Some(words) = task.error_message() {
            message = format!("{message}: {words}");
        }
        if let Some(code) = task.error_code() {
            message = format!("{message} (code {code})");
        }
        let elapsed = now.saturating_duration_since(self.start);
        Err(Error::new(ErrorKind::TaskFailed, message)
            .for_id(self.id.as_str())
            .with_attempts(self.looks, elapsed)
            .with_last_status(Some(task.status()))
            .with_task(Some(task)))
    }

    fn out_of_time(self, now: Instant) -> Error {
        let elapsed = now.saturating_duration_since(self.start);
        let after = format!("after {} ({} looks)", duration_text(elapsed), self.looks);
        let status = self.status();
        let message = match (status, &self.failure) {
            (Some(status), None) => format!("task \"{}\" is still {status} {after}", self.id.as_str()),
            (Some(status), Some(failure)) => {
                format!(
                    "task \"{}\" was still {status} when last seen, {after}; the last look failed: {failure}",
                    self.id.as_str()
                )
            }
            (None, Some(failure)) => {
                format!("task \"{}\" could not be seen {after}; the last look failed: {failure}", self.id.as_str())
            }
            (None, None) => format!("task \"{}\" was not seen {after}", self.id.as_str()),
        };
        let mut error = Error::new(ErrorKind::Deadline, message);
        if let Some(failure) = self.failure {
            error = error.with_source(failure);
        }
        error.for_id(self.id.as_str()).with_attempts(self.looks, elapsed).with_last_status(status).with_task(self.seen)
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
        f.debug_struct("Wait").field("id", &self.id).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
