//! Waiting for one task.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::Stream;

use crate::Task;
use crate::client::Client;
use crate::error::Error;
use crate::poll::policy::{ExponentialInterval, FixedInterval, PollPolicy};
use crate::poll::state::{Nanos, Next, Rules, Watch};
use crate::task::id::TaskId;

/// How long a wait goes on unless it is told otherwise. Relaxed tasks take four minutes plus their time in the queue.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(15);

type OnUpdate = Box<dyn FnMut(&Task) + Send>;

/// A wait to be awaited; made by [`Client::wait`].
///
/// The first look is made at once, unless [`first_delay`](Self::first_delay) says otherwise; after that the
/// [`PollPolicy`] decides, with ±10 % of jitter. A look is one attempt; one that fails in a way worth retrying does not end
/// the wait. The last look is made at the deadline.
///
/// # Errors
/// When awaited:
/// - [`ErrorKind::TaskFailed`](crate::ErrorKind::TaskFailed) when the task ended on flag 2 or 3; the error carries the
///   task.
/// - [`ErrorKind::Deadline`](crate::ErrorKind::Deadline) when the time-out passed first; the error says what was last
///   seen. The task may still finish: wait again with the same id, in this process or another.
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
    options: WaitOptions,
    on_update: Option<OnUpdate>,
}

/// What `wait` and `wait_all` can be told.
#[derive(Debug, Clone)]
pub(crate) struct WaitOptions {
    pub(crate) timeout: Duration,
    pub(crate) first_delay: Duration,
    pub(crate) schedule: Arc<dyn PollPolicy>,
    pub(crate) not_found_grace: Duration,
}

impl Default for WaitOptions {
    fn default() -> Self {
        let schedule = Arc::new(ExponentialInterval::DEFAULT);
        Self { timeout: TIMEOUT, first_delay: Duration::ZERO, schedule, not_found_grace: Duration::ZERO }
    }
}

impl WaitOptions {
    pub(crate) fn rules(&self) -> Rules {
        let schedule = Arc::clone(&self.schedule);
        Rules::Wait { timeout: self.timeout, schedule, not_found_grace: self.not_found_grace }
    }
}

impl Wait {
    pub(crate) fn new(client: Client, id: Result<TaskId, Error>) -> Self {
        Self { client, id, options: WaitOptions::default(), on_update: None }
    }

    /// The time until the deadline. 15 minutes unless set. A last look that begins at the deadline may take ten seconds
    /// more.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }

    /// A constant time between looks, instead of one that grows from 5 to 30 s.
    pub fn interval(self, interval: Duration) -> Self {
        self.poll_policy(FixedInterval(interval))
    }

    /// A schedule of your own.
    pub fn poll_policy(mut self, schedule: impl PollPolicy) -> Self {
        self.options.schedule = Arc::new(schedule);
        self
    }

    /// The time before the first look. None unless set.
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.options.first_delay = delay;
        self
    }

    /// How long "no such task" is not believed: right after its creation a task may not be known everywhere yet. Not at all
    /// unless set.
    pub fn not_found_grace(mut self, grace: Duration) -> Self {
        self.options.not_found_grace = grace;
        self
    }

    /// Called with the task at every change of its state, the first one seen and the final one included, before the wait
    /// sleeps or returns.
    pub fn on_update(mut self, notify: impl FnMut(&Task) + Send + 'static) -> Self {
        self.on_update = Some(Box::new(notify));
        self
    }

    /// The wait as a stream, which also tells of looks that failed. [`Update::Finished`] is its last item.
    /// [`on_update`](Self::on_update) is not called.
    ///
    /// # Cancel safety
    /// Dropping the stream ends its traffic at once. It asks only while it is polled.
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
    ///         Update::PollFailed(error) => eprintln!("{error}; going on"),
    ///         Update::Finished(outcome) => println!("{}", outcome?.result_urls().join("\n")),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(self) -> Pin<Box<dyn Stream<Item = Update> + Send>> {
        Box::pin(futures_util::stream::unfold(Waiting::new(self.client, self.id, &self.options), |mut waiting| async {
            Some((waiting.update().await?, waiting))
        }))
    }

    async fn run(self) -> Result<Task, Error> {
        let mut on_update = self.on_update;
        let mut waiting = Waiting::new(self.client, self.id, &self.options);
        loop {
            match waiting.update().await {
                Some(Update::Changed(task)) => {
                    if let Some(notify) = &mut on_update {
                        notify(&task);
                    }
                }
                Some(Update::PollFailed(_)) => {}
                Some(Update::Finished(outcome)) => return outcome,
                None => unreachable!("a wait hands over its end before it is over"),
            }
        }
    }
}

/// What a wait tells while it goes on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Update {
    /// The task's state is new: the first one seen, or another than before.
    Changed(Task),
    /// A look failed in a way worth retrying. The wait goes on.
    PollFailed(Error),
    /// The wait is over, as if it had been awaited.
    Finished(Result<Task, Error>),
}

/// A wait under way.
struct Waiting {
    client: Client,
    rules: Rules,
    start: Instant,
    /// None when the wait is over.
    watch: Option<(TaskId, Watch)>,
    /// When to look next.
    at: Nanos,
    /// What has yet to be handed over.
    updates: VecDeque<Update>,
}

impl Waiting {
    fn new(client: Client, id: Result<TaskId, Error>, options: &WaitOptions) -> Self {
        let start = client.0.clock.now();
        let rules = options.rules();
        let mut watch = Watch::new(Nanos(0));
        let at = watch.put_off(&rules, options.first_delay);
        let mut updates = VecDeque::new();
        let watch = match id {
            Ok(id) => Some((id, watch)),
            Err(error) => {
                updates.push_back(Update::Finished(Err(error)));
                None
            }
        };
        Self { client, rules, start, watch, at, updates }
    }

    fn now(&self) -> Nanos {
        Nanos::from_duration(self.client.0.clock.now().saturating_duration_since(self.start))
    }

    async fn sleep_until(&self, at: Nanos) {
        let left = at.since(self.now());
        if !left.is_zero() {
            self.client.0.clock.sleep(left).await;
        }
    }

    /// The next update; looks until there is one. None when all has been told.
    async fn update(&mut self) -> Option<Update> {
        loop {
            if let Some(update) = self.updates.pop_front() {
                return Some(update);
            }
            let (id, mut watch) = self.watch.take()?;
            self.sleep_until(self.at).await;
            let deadline = watch.deadline(&self.rules);
            if self.client.0.leave_to_send(self.client.0.clock.now(), deadline.since(self.now())).await.is_err() {
                // Held to the deadline and beyond: one look is due then.
                self.sleep_until(deadline).await;
            }
            let limit = watch.begin_look(&self.rules, self.now());
            let look = self.client.0.look(&id, limit).await;
            match watch.after_look(&self.client.0, &self.rules, look, self.now()) {
                Next::Again { at, changed, failed } => {
                    self.at = at;
                    self.updates.extend(changed.map(Update::Changed));
                    self.updates.extend(failed.map(Update::PollFailed));
                    self.watch = Some((id, watch));
                }
                Next::Ended { outcome, changed } => {
                    let task = outcome.as_ref().ok().or_else(|| outcome.as_ref().err()?.task());
                    self.updates.extend(task.filter(|_| changed).cloned().map(Update::Changed));
                    self.updates.push_back(Update::Finished(outcome));
                }
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
        f.debug_struct("Wait").field("id", &self.id).field("options", &self.options).finish_non_exhaustive()
    }
}
