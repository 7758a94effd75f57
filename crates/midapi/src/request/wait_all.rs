//! Waiting for many tasks.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::Update;
use crate::batch::rate_limit::Rate;
use crate::batch::runner::{Ids, MAX_IN_FLIGHT, OnUpdate, Plan, ResultStream, Run};
use crate::client::Client;
use crate::poll::policy::{FixedInterval, PollPolicy};
use crate::request::wait::WaitOptions;

/// Many waits; made by [`Client::wait_all`].
///
/// Every id is answered, each as [`Client::wait`] would; its deadline counts from its first look. The id that has been due for
/// longest is asked first. An id that comes again while it is waited for is asked once and answered each time.
///
/// # Cancel safety
/// Dropping the stream ends its traffic at once. It asks only while it is polled: a slow consumer slows the asking, and loses
/// nothing. An id whose deadline passes meanwhile still gets its last look.
///
/// # Examples
/// ```
/// # async fn example(client: midapi::Client) {
/// use futures_util::StreamExt;
/// use midapi::Update;
///
/// let waits = client.wait_all(["id-1", "id-2"]).fail_fast(true).on_update(|id, update| match update {
///     Update::Changed(task) => println!("{id} is {}", task.status()),
///     Update::PollFailed(error) => eprintln!("{id}: {error}; going on"),
///     _ => {}
/// });
/// let outcomes: Vec<_> = waits.stream().collect().await;
/// # }
/// ```
#[must_use = "waits do nothing unless their stream is polled"]
pub struct WaitAll {
    client: Client,
    ids: Ids,
    options: WaitOptions,
    max_in_flight: usize,
    rate: Option<Rate>,
    on_update: Option<OnUpdate>,
    fail_fast: bool,
}

impl WaitAll {
    pub(crate) fn new(client: Client, ids: Ids) -> Self {
        let options = WaitOptions::default();
        Self { client, ids, options, max_in_flight: MAX_IN_FLIGHT, rate: None, on_update: None, fail_fast: false }
    }

    /// The time until an id's deadline, from its first look. 15 minutes unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }

    /// A constant time between the looks at an id, instead of one that grows from 5 to 30 s.
    pub fn interval(self, interval: Duration) -> Self {
        self.poll_policy(FixedInterval(interval))
    }

    /// A schedule of your own.
    pub fn poll_policy(mut self, schedule: impl PollPolicy) -> Self {
        self.options.schedule = Arc::new(schedule);
        self
    }

    /// The time before the first look at an id, from when it joins. None unless set.
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.options.first_delay = delay;
        self
    }

    /// How long "no such task" is not believed, from an id's first look. Not at all unless set.
    pub fn not_found_grace(mut self, grace: Duration) -> Self {
        self.options.not_found_grace = grace;
        self
    }

    /// How many looks are under way at once, at the most. 32 unless set; at least 1.
    pub fn max_in_flight(mut self, looks: usize) -> Self {
        self.max_in_flight = looks.max(1);
        self
    }

    /// At most so many looks a second: in a window of any length never more than rate · window + 1. No limit unless set;
    /// nothing but a positive number sets one.
    pub fn rate(mut self, per_second: f64) -> Self {
        self.rate = Rate::new(per_second);
        self
    }

    /// Called with an id at every change of its task's state, the final one included, and at looks that failed.
    /// [`Update::Finished`] is not among them: the stream hands that over.
    pub fn on_update(mut self, notify: impl FnMut(&str, &Update) + Send + 'static) -> Self {
        self.on_update = Some(Box::new(notify));
        self
    }

    /// Ends at the first failure, which is the last answer then. Off unless set.
    pub fn fail_fast(mut self, fail_fast: bool) -> Self {
        self.fail_fast = fail_fast;
        self
    }

    /// The outcomes, each with its id, in the order of their ends.
    pub fn stream(self) -> ResultStream {
        let plan = Plan {
            rules: self.options.rules(),
            first_delay: self.options.first_delay,
            max_in_flight: self.max_in_flight,
            rate: self.rate,
            on_update: self.on_update,
            fail_fast: self.fail_fast,
        };
        Run::new(self.client, self.ids, plan).stream()
    }
}

impl fmt::Debug for WaitAll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitAll")
            .field("options", &self.options)
            .field("max_in_flight", &self.max_in_flight)
            .finish_non_exhaustive()
    }
}
