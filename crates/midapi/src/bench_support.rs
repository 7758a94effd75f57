//! For the benches only, no part of the API: the scheduler without clients to send, streams and JSON; the reading of an answer
//! without the look-up.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;

use crate::batch::queue::{Queue, Slot};
use crate::client::{Client, refused};
use crate::poll::policy::PollPolicy;
use crate::poll::state::{Nanos, Next, Rules, Watch};
use crate::response::classify::{self, Judgement};
use crate::task::id::TaskId;
use crate::transport::raw_response::RawResponse;
use crate::{Error, Task};

/// An id, checked.
#[derive(Debug)]
pub struct Id(TaskId);

impl Id {
    /// Takes an id as it is.
    ///
    /// # Errors
    /// If it cannot be an id.
    pub fn new(id: &str) -> Result<Self, Error> {
        TaskId::new(id).map(Self)
    }
}

/// Reads the body of an answer in HTTP 200 as a look does: judges it, and makes a task of it.
///
/// # Errors
/// If there is no task in it.
pub fn read(id: &Id, body: &Bytes) -> Result<Task, Error> {
    let judgement = classify::judge(StatusCode::OK, &Ok(body.clone()));
    let answer = RawResponse::new(200, body.clone());
    match judgement {
        Judgement::Task(record, warnings) => Ok(Task::new(&id.0, record, warnings, answer)),
        Judgement::Refusal(refusal) => Err(refused(refusal, Some(id.0.as_str()), answer, "")),
    }
}

/// Ids that are waited for, as `wait_all` keeps them.
#[derive(Debug)]
pub struct Waits {
    client: Client,
    rules: Rules,
    queue: Queue,
}

/// An id that is to be looked at now.
#[derive(Debug)]
pub struct Handed {
    slot: Slot,
    id: TaskId,
}

impl Handed {
    /// The id.
    pub fn id(&self) -> &str {
        self.id.as_str()
    }
}

impl Waits {
    /// No ids yet. The client gives the clock and the random numbers.
    pub fn new(client: Client, timeout: Duration, schedule: impl PollPolicy) -> Self {
        let rules = Rules::Wait { timeout, schedule: Arc::new(schedule), not_found_grace: Duration::ZERO };
        Self { client, rules, queue: Queue::default() }
    }

    /// Ids under watch.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether no id is under watch.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts an id under watch.
    ///
    /// # Errors
    /// If it cannot be an id.
    pub fn join(&mut self, id: &str, due: Duration) -> Result<(), Error> {
        let due = Nanos::from_duration(due);
        if let Some(slot) = self.queue.join(TaskId::new(id)?, Watch::new(due)) {
            self.queue.arm(slot, due);
        }
        Ok(())
    }

    /// When the next id is due.
    pub fn next_due(&self) -> Option<Duration> {
        Some(self.queue.next_due()?.since(Nanos(0)))
    }

    /// Takes out the id that has been due for longest, and begins its look.
    pub fn hand_out(&mut self, now: Duration) -> Option<Handed> {
        let now = Nanos::from_duration(now);
        let slot = self.queue.pop_due(now)?;
        self.queue.watch(slot).begin_look(&self.rules, now);
        Some(Handed { slot, id: self.queue.id(slot).clone() })
    }

    /// Takes a look's outcome, and sets when to look again or hands the end over.
    pub fn answer(&mut self, handed: &Handed, look: Result<Task, Error>, now: Duration) -> Option<Result<Task, Error>> {
        let now = Nanos::from_duration(now);
        match self.queue.watch(handed.slot).after_look(&self.client.0, &self.rules, look, now) {
            Next::Again { at, .. } => {
                self.queue.arm(handed.slot, at);
                None
            }
            Next::Ended { outcome, .. } => {
                self.queue.leave(handed.slot);
                Some(outcome)
            }
        }
    }
}
