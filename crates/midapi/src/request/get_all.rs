//! Looking many tasks up.

use std::fmt;
use std::time::Duration;

use crate::batch::rate_limit::Rate;
use crate::batch::runner::{Ids, MAX_IN_FLIGHT, Plan, ResultStream, Run};
use crate::client::Client;
use crate::poll::state::Rules;

/// Many look-ups; made by [`Client::get_all`].
///
/// Every id is answered, each as [`Client::get`] would. An id that comes again while it is being looked up is asked once and
/// answered each time.
///
/// # Cancel safety
/// Dropping the stream ends its traffic. It asks only while it is polled: a slow consumer slows the asking.
///
/// # Examples
/// ```
/// # async fn example(client: midapi::Client) {
/// use futures_util::StreamExt;
///
/// let mut answers = client.get_all((1..=100_000).map(|n| format!("id-{n}"))).rate(50.0).max_retries(2).stream();
/// while let Some((id, answer)) = answers.next().await {
///     println!("{id}: {}", answer.map_or_else(|error| error.kind().to_string(), |task| task.status().to_string()));
/// }
/// # }
/// ```
#[must_use = "look-ups do nothing unless their stream is polled"]
pub struct GetAll {
    client: Client,
    ids: Ids,
    timeout: Duration,
    retries: u32,
    max_in_flight: usize,
    rate: Option<Rate>,
}

impl GetAll {
    pub(crate) fn new(client: Client, ids: Ids) -> Self {
        let (timeout, retries) = (client.0.timeout, client.0.retries);
        Self { client, ids, timeout, retries, max_in_flight: MAX_IN_FLIGHT, rate: None }
    }

    /// The time for all attempts at one id. 60 s unless the client says otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often a failed attempt at one id is made again. 4 unless the client says otherwise.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// How many look-ups are under way at once, at the most. 32 unless set; at least 1.
    pub fn max_in_flight(mut self, looks: usize) -> Self {
        self.max_in_flight = looks.max(1);
        self
    }

    /// At most so many look-ups a second: in a window of any length never more than rate · window + 1. No limit unless set;
    /// nothing but a positive number sets one.
    pub fn rate(mut self, per_second: f64) -> Self {
        self.rate = Rate::new(per_second);
        self
    }

    /// The answers, each with its id, as they come.
    pub fn stream(self) -> ResultStream {
        let plan = Plan {
            rules: Rules::Get { timeout: self.timeout, retries: self.retries },
            first_delay: Duration::ZERO,
            max_in_flight: self.max_in_flight,
            rate: self.rate,
            on_update: None,
            fail_fast: false,
        };
        Run::new(self.client, self.ids, plan).stream()
    }
}

impl fmt::Debug for GetAll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetAll").field("max_in_flight", &self.max_in_flight).finish_non_exhaustive()
    }
}
