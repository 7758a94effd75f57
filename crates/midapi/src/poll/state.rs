//! What is known of one id while it is being looked at, and what follows from a look.
//!
//! `get`, `wait` and their `_all` forms all decide here whether a call goes on, and when it looks again.

use std::sync::Arc;
use std::time::Duration;

use crate::client::Shared;
use crate::error::{Error, ErrorKind};
use crate::format_duration;
use crate::poll::policy::{PollPolicy, Progress};
use crate::{Status, Task};

/// The longest that the last look of a wait, at its deadline, may take.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// The rules of a call.
#[derive(Debug, Clone)]
pub(crate) enum Rules {
    Get { timeout: Duration, retries: u32 },
    Wait { timeout: Duration, schedule: Arc<dyn PollPolicy>, not_found_grace: Duration },
}

/// A look that has less time than this before the deadline is made at the deadline instead; or less than a twentieth of the
/// time-out, if that is shorter.
const TOO_SHORT: Duration = Duration::from_secs(1);

/// The shortest time between two looks of a wait, whatever its schedule says: a server is no place to spin on.
const SHORTEST_DELAY: Duration = Duration::from_millis(100);

/// One id under watch. Small, since there may be a million: times are nanoseconds since the run began.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    start: Nanos,
    looks: u32,
    /// Whether the deadline has set the time of the next look, which is then the last.
    last_look: bool,
    seen: Seen,
    flag: i64,
}

/// Nanoseconds since some beginning: a point in time in eight bytes, enough for five centuries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Nanos(pub(crate) u64);

impl Nanos {
    /// The point as far from the beginning as a duration is long; the last one there is for all beyond it.
    pub(crate) fn from_duration(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }

    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(Self::from_duration(duration).0))
    }
}

/// What the number beside it says of the task as last seen. Apart from the number, so that the two fit where one has room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    NoFlag,
    Flag,
}

/// What follows from a look.
pub(crate) enum Next {
    /// Look again at this time.
    Again { at: Nanos, changed: Option<Task>, failed: Option<Error> },
    /// The call is over. `changed` says that the task's state is new.
    Ended { outcome: Result<Task, Error>, changed: bool },
}

impl Watch {
    pub(crate) const fn new(start: Nanos) -> Self {
        Self { start, looks: 0, last_look: false, seen: Seen::Nothing, flag: 0 }
    }

    /// Begins the time of a call that had to wait for its turn.
    pub(crate) fn begin(&mut self, now: Nanos) {
        self.start = now;
    }

    /// A call that begins with a delay: the time of its first look, no later than its deadline.
    pub(crate) fn put_off(&mut self, rules: &Rules, delay: Duration) -> Nanos {
        self.last_look = delay >= rules.timeout();
        self.start.after(delay.min(rules.timeout()))
    }

    pub(crate) fn deadline(&self, rules: &Rules) -> Nanos {
        self.start.after(rules.timeout())
    }

    /// Counts a look that begins now, and says how long it may take. A wait whose deadline has passed while it could not be
    /// asked still gets its last look.
    pub(crate) fn begin_look(&mut self, rules: &Rules, now: Nanos) -> Duration {
        self.looks += 1;
        let left = self.deadline(rules).since(now);
        match rules {
            Rules::Wait { .. } if self.last_look || left.is_zero() => {
                self.last_look = true;
                LAST_LOOK
            }
            _ => left,
        }
    }

    pub(crate) const fn looks(&self) -> u32 {
        self.looks
    }

    /// Keeps the flag of a task. Whether the state is new.
    fn see(&mut self, flag: Option<i64>) -> bool {
        let before = self.last_status();
        (self.seen, self.flag) = flag.map_or((Seen::NoFlag, 0), |flag| (Seen::Flag, flag));
        before != self.last_status()
    }

    /// The state as last seen.
    fn last_status(&self) -> Option<Status> {
        match self.seen {
            Seen::Nothing => None,
            Seen::NoFlag => Some(Status::from_flag(None)),
            Seen::Flag => Some(Status::from_flag(Some(self.flag))),
        }
    }

    /// Decides what follows from a look.
    pub(crate) fn after_look(&mut self, client: &Shared, rules: &Rules, look: Result<Task, Error>, now: Nanos) -> Next {
        match rules {
            Rules::Get { retries, .. } => self.after_attempt(client, rules, *retries, look, now),
            Rules::Wait { schedule, not_found_grace, .. } => {
                self.after_wait_look(client, rules, &**schedule, *not_found_grace, look, now)
            }
        }
    }

    fn after_attempt(
        &self,
        client: &Shared,
        rules: &Rules,
        retries: u32,
        look: Result<Task, Error>,
        now: Nanos,
    ) -> Next {
        let error = match look {
            Ok(task) => return Next::Ended { outcome: Ok(task), changed: true },
            Err(error) => error,
        };
        let ended = |error: Error| Next::Ended { outcome: Err(self.counted(error, now)), changed: false };
        if !error.is_retryable() || self.looks > retries {
            return ended(error);
        }
        let backoff = client.backoff.delay(self.looks, client.random());
        let delay = error.retry_after().map_or(backoff, |asked| asked.max(backoff));
        let at = now.after(delay);
        if at >= self.deadline(rules) || !client.budget.withdraw(client.clock.now()) {
            return ended(error);
        }
        Next::Again { at, changed: None, failed: Some(error) }
    }

    fn after_wait_look(
        &mut self,
        client: &Shared,
        rules: &Rules,
        schedule: &dyn PollPolicy,
        not_found_grace: Duration,
        look: Result<Task, Error>,
        now: Nanos,
    ) -> Next {
        let elapsed = now.since(self.start);
        let (changed, task, failed) = match look {
            Ok(task) => {
                let changed = self.see(task.success_flag());
                if task.status().is_final() {
                    schedule.observe(&task);
                    return Next::Ended { outcome: self.judged(task, now), changed };
                }
                (changed, Some(task), None)
            }
            Err(error) if error.is_retryable() => (false, None, Some(error)),
            Err(error) if error.kind() == ErrorKind::NotFound && elapsed < not_found_grace => {
                (false, None, Some(error))
            }
            Err(error) => {
                let error = self.counted(error, now).with_last_status(self.last_status());
                return Next::Ended { outcome: Err(error), changed: false };
            }
        };
        let deadline = self.deadline(rules);
        // A look that took all the time that was left has had its chance. An answer from before the deadline has not, when
        // nobody took it until after it.
        if self.last_look || (now >= deadline && failed.is_some()) {
            return Next::Ended { outcome: Err(self.out_of_time(client, task, failed, now)), changed };
        }
        let progress = Progress::new(self.looks, elapsed, task.as_ref(), client.clock.timestamp());
        // A schedule of the user's own may answer anything; far beyond the deadline it makes no difference. Twice is far: cut
        // to the deadline itself, jitter would bring a look before it.
        let planned = schedule.delay(&progress).max(SHORTEST_DELAY).min(deadline.since(now).saturating_mul(2));
        let jittered = jittered(planned, client.random());
        let asked = failed.as_ref().and_then(Error::retry_after).unwrap_or_default();
        let at = now.after(jittered.max(asked)).min(deadline);
        // A look just before the deadline would have no time to be answered in: the last one comes at it.
        let at = if deadline.since(at) < TOO_SHORT.min(rules.timeout() / 20) { deadline } else { at };
        self.last_look = at == deadline;
        Next::Again { at, changed: task.filter(|_| changed), failed }
    }

    /// The error of a call that has no time left, and could not be asked again.
    pub(crate) fn unasked(&self, client: &Shared, id: &str, last: Option<Error>, now: Nanos) -> Error {
        match last {
            Some(error) => self.counted(error, now),
            None => self.out_of_time(client, None, None, now).with_task_id(id),
        }
    }

    fn counted(&self, error: Error, now: Nanos) -> Error {
        // A look that ended so was never sent.
        let unsent = u32::from(error.kind() == ErrorKind::Usage);
        error.with_attempts(self.looks - unsent, now.since(self.start))
    }

    fn judged(&self, task: Task, now: Nanos) -> Result<Task, Error> {
        if !task.status().is_failure() {
            return Ok(task);
        }
        let mut message = format!("task \"{}\" failed", task.id());
        if let Some(words) = task.error_message() {
            message = format!("{message}: {words}");
        }
        if let Some(code) = task.error_code() {
            message = format!("{message} (code {code})");
        }
        let error = Error::new(ErrorKind::TaskFailed, message).with_task_id(task.id());
        Err(self.counted(error, now).with_last_status(Some(task.status())).with_task(Some(task)))
    }

    /// The error of a wait whose deadline has passed. The id is put in by [`Error::with_task_id`] where only a failure was seen.
    fn out_of_time(&self, client: &Shared, task: Option<Task>, failed: Option<Error>, now: Nanos) -> Error {
        let id =
            task.as_ref().map(Task::id).or(failed.as_ref().and_then(Error::task_id)).unwrap_or_default().to_owned();
        let looks = if self.looks == 1 { "1 look".to_owned() } else { format!("{} looks", self.looks) };
        let after = format!("after {} ({looks})", format_duration(now.since(self.start)));
        let status = self.last_status();
        let message = match (status, &failed) {
            (Some(status), None) => format!("task \"{id}\" is still {status} {after}"),
            (Some(status), Some(failure)) => {
                format!("task \"{id}\" was still {status} when last seen, {after}; the last look failed: {failure}")
            }
            (None, Some(failure)) => {
                format!("task \"{id}\" could not be seen {after}; the last look failed: {failure}")
            }
            (None, None) => format!("task \"{id}\" was not seen {after}"),
        };
        let mut error = Error::new(ErrorKind::Deadline, message).with_task_id(id).without(client.key.expose());
        if let Some(failure) = failed {
            error = error.with_source(failure);
        }
        self.counted(error, now).with_last_status(status).with_task(task)
    }
}

/// A duration of ten years at the most.
pub(crate) fn bounded(duration: Duration) -> Duration {
    duration.min(Duration::from_hours(24 * 365 * 10))
}

/// Ten per cent either way, for a random number of 0 to 1.
fn jittered(planned: Duration, random: f64) -> Duration {
    let seconds = planned.as_secs_f64() * (0.9 + random / 5.0);
    Duration::try_from_secs_f64(seconds).unwrap_or(planned)
}

impl Rules {
    /// The time of a call: ten years at the most, which every clock can reach.
    pub(crate) fn timeout(&self) -> Duration {
        match self {
            Self::Get { timeout, .. } | Self::Wait { timeout, .. } => bounded(*timeout),
        }
    }
}
