//! The poll state: the decision after each poll of a wait.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::defaults::{LAST_POLL_TIMEOUT, MIN_INTERVAL};
use crate::duration::format_duration;
use crate::error::Error;
use crate::error::kind::ErrorKind;
use crate::error::transience::Transience;
use crate::poll::policy::Progress;
use crate::poll::wait_policy::WaitPolicy;
use crate::task::Task;
use crate::task::status::Status;

/// The number of polls that a wait makes at least before wrong settings end it. The wait ends if its latest poll failed
/// because of wrong settings, and no poll has received a response.
const MISCONFIGURED_POLLS: u32 = 3;

/// The shortest time between a regular poll and the deadline, or a twentieth of the timeout if that is less than 1 s. A
/// poll that would be closer to the deadline is made at the deadline instead.
const MIN_REMAINING: Duration = Duration::from_secs(1);

/// The state of one wait between two polls.
///
/// It contains no client and does no I/O: it takes results and times, and returns [`Decision`]s. The SDK's own waits
/// use it. It is serializable, so that job queues and workflow engines can store it between polls.
///
/// # Examples
/// ```
/// use midapi::jiff::Timestamp;
/// use midapi::poll::{Decision, PollState, WaitPolicy};
///
/// # async fn example(client: midapi::Client) -> Result<(), midapi::Error> {
/// let policy = WaitPolicy::new();
/// let mut state = PollState::new(Timestamp::now().into());
/// let task = loop {
///     let Some(limit) = state.begin_poll(&policy, Timestamp::now().into()) else {
///         return Err(state.expire(Timestamp::now().into()));
///     };
///     let result = client.get("0f1e2d3c4b5a69788796a5b4c3d2e1f0").max_retries(0).timeout(limit).await;
///     match state.complete_poll(&policy, result, Timestamp::now().into(), 0.5) {
///         Decision::PollAt { at, .. } => println!("store the state, and poll again at {}", at.timestamp()),
///         Decision::Finished { result, .. } => break result?,
///     }
/// # break client.get("").await?;
/// };
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollState {
    start: PollTime,
    flag: i64,
    attempt_count: u32,
    observed: Observed,
    /// Whether any poll got a response.
    has_responded: bool,
    next: NextPoll,
}

/// A point in time, in nanoseconds since the Unix epoch. Times before 1970 become 1970, and times after 2554 become
/// 2554.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PollTime(pub(crate) u64);

/// The decision after a poll.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "callers match on a decision immediately and do not store it")]
pub enum Decision {
    /// Poll again.
    PollAt {
        /// The time of the next poll.
        at: PollTime,
        /// The task, if its status has changed.
        changed: Option<Task>,
        /// The error, if the poll failed.
        error: Option<Error>,
    },
    /// The wait is finished.
    Finished {
        /// The final task, or the error that ended the wait.
        result: Result<Task, Error>,
        /// Whether the status of the task has changed.
        changed: bool,
    },
}

/// Whether a task was observed, and whether it had a `successFlag`. This enum and a separate field for the flag take
/// less memory than a nested `Option`. A batch may hold a million states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Observed {
    Nothing,
    NoFlag,
    Flag,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum NextPoll {
    /// A poll before the deadline.
    Regular,
    /// The last poll, which is made at the deadline.
    Last,
    /// No further poll, because the server requested a pause beyond the deadline.
    None,
}

impl PollTime {
    /// The time as a timestamp.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn from_duration(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }

    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    pub(crate) fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(Self::from_duration(duration).0))
    }
}

impl From<Timestamp> for PollTime {
    fn from(timestamp: Timestamp) -> Self {
        Self(u64::try_from(timestamp.as_nanosecond().max(0)).unwrap_or(u64::MAX))
    }
}

impl PollState {
    /// Creates the state of a wait that starts at this time.
    pub const fn new(start: PollTime) -> Self {
        Self {
            start,
            flag: 0,
            attempt_count: 0,
            observed: Observed::Nothing,
            has_responded: false,
            next: NextPoll::Regular,
        }
    }

    /// The number of polls so far.
    pub const fn attempt_count(&self) -> u32 {
        self.attempt_count
    }

    /// The last observed status.
    pub fn last_status(&self) -> Option<Status> {
        match self.observed {
            Observed::Nothing => None,
            Observed::NoFlag => Some(Status::from_flag(None)),
            Observed::Flag => Some(Status::from_flag(Some(self.flag))),
        }
    }

    /// The deadline.
    pub fn deadline(&self, policy: &WaitPolicy) -> PollTime {
        self.start.add(policy.get_timeout())
    }

    /// Counts a poll that begins now and returns its time limit. None if no further poll is allowed because the server
    /// requested a pause beyond the deadline: the wait then [expires](Self::expire).
    ///
    /// A wait whose deadline has passed since the last decision still gets its last poll, of at most 10 s.
    pub fn begin_poll(&mut self, policy: &WaitPolicy, now: PollTime) -> Option<Duration> {
        let remaining = self.deadline(policy).since(now);
        match self.next {
            NextPoll::None if remaining.is_zero() => return None,
            NextPoll::Regular if remaining.is_zero() => self.next = NextPoll::Last,
            _ => {}
        }
        self.attempt_count += 1;
        Some(if self.next == NextPoll::Last { LAST_POLL_TIMEOUT } else { remaining })
    }

    /// Decides what to do after a poll. `random` is a number from 0 to 1, for a jitter of ±10 %.
    pub fn complete_poll(
        &mut self,
        policy: &WaitPolicy,
        result: Result<Task, Error>,
        now: PollTime,
        random: f64,
    ) -> Decision {
        self.decide(policy, result, now, now.timestamp(), random)
    }

    /// Creates the error of a wait that may make no further poll, for example because
    /// [`begin_poll`](Self::begin_poll) returned None.
    pub fn expire(&self, now: PollTime) -> Error {
        let elapsed = format_duration(now.since(self.start));
        let polls = self.count_text();
        let message = match self.last_status() {
            Some(status) => {
                format!("still {status} after {elapsed} ({polls}); no further poll was allowed before the deadline")
            }
            None => format!(
                "no successful poll within {elapsed} ({polls}); no further poll was allowed before the deadline"
            ),
        };
        self.count_attempts(Error::new(ErrorKind::Deadline, message), now).with_last_status(self.last_status())
    }

    /// Like [`complete_poll`](Self::complete_poll), for times on a monotonic clock. `wall` is the wall-clock time.
    pub(crate) fn decide(
        &mut self,
        policy: &WaitPolicy,
        result: Result<Task, Error>,
        now: PollTime,
        wall: Timestamp,
        random: f64,
    ) -> Decision {
        let elapsed = now.since(self.start);
        self.has_responded |= result.as_ref().err().is_none_or(|error| error.http_status().is_some());
        let (changed, task, error) = match result {
            Ok(task) => {
                let changed = self.observe(task.success_flag());
                if task.status().is_final() {
                    policy.get_poll_policy().observe(&task);
                    return Decision::Finished { result: self.finish(task, now), changed };
                }
                (changed, Some(task), None)
            }
            Err(error) if self.survives(&error, elapsed, policy) => (false, None, Some(error)),
            Err(error) => {
                let error = self.count_attempts(error, now).with_last_status(self.last_status());
                return Decision::Finished { result: Err(error), changed: false };
            }
        };
        let deadline = self.deadline(policy);
        // A poll that failed at or after the deadline was the last one. An unfinished task may have been received
        // before the deadline and be processed only now, so the last poll still follows.
        if self.next == NextPoll::Last || (now >= deadline && error.is_some()) {
            return Decision::Finished { result: Err(self.deadline_error(task, error.as_ref(), now)), changed };
        }
        let progress = Progress::new(self.attempt_count, elapsed, task.as_ref(), wall);
        // A custom policy may return any interval. The limit is twice the remaining time, so that the jitter cannot
        // move a poll at the deadline to an earlier time.
        let interval = policy.get_poll_policy().delay(&progress).max(MIN_INTERVAL);
        let interval = add_jitter(interval.min(deadline.since(now).saturating_mul(2)), random);
        let pause = error.as_ref().and_then(Error::retry_after).unwrap_or_default();
        let at = now.add(interval.max(pause)).min(deadline);
        // A poll just before the deadline would have no time for a response.
        let is_last = deadline.since(at) < MIN_REMAINING.min(policy.get_timeout() / 20);
        let at = if is_last { deadline } else { at };
        self.next = if !pause.is_zero() && now.add(pause) > deadline {
            NextPoll::None
        } else if at == deadline {
            NextPoll::Last
        } else {
            NextPoll::Regular
        };
        Decision::PollAt { at, changed: task.filter(|_| changed), error }
    }

    /// Sets the start of a wait whose first poll was delayed by a limit. `first_delay`, the requested delay before the
    /// first poll, counts towards the timeout.
    pub(crate) fn restart(&mut self, now: PollTime, first_delay: Duration) {
        self.start = PollTime(now.0.saturating_sub(PollTime::from_duration(first_delay).0));
    }

    pub(crate) const fn start(&self) -> PollTime {
        self.start
    }

    /// The time of a delayed first poll, at most the deadline.
    pub(crate) fn delay_first_poll(&mut self, policy: &WaitPolicy, delay: Duration) -> PollTime {
        if delay >= policy.get_timeout() {
            self.next = NextPoll::Last;
        }
        self.start.add(delay.min(policy.get_timeout()))
    }

    /// Counts an attempt of a call that is not a wait.
    pub(crate) const fn count_attempt(&mut self) {
        self.attempt_count += 1;
    }

    /// Adds the number of attempts and the elapsed time to an error.
    pub(crate) fn count_attempts(&self, error: Error, now: PollTime) -> Error {
        // A usage error means that the last request was not sent.
        let unsent = u32::from(error.kind() == ErrorKind::Usage);
        error.with_attempts(self.attempt_count.saturating_sub(unsent), now.since(self.start))
    }

    /// Whether the wait continues after a failed poll.
    fn survives(&self, error: &Error, elapsed: Duration, policy: &WaitPolicy) -> bool {
        match error.transience() {
            Transience::Transient | Transience::RetryOnce | Transience::PollAgain => true,
            Transience::Misconfigured => self.has_responded || self.attempt_count < MISCONFIGURED_POLLS,
            Transience::Permanent => error.kind() == ErrorKind::NotFound && elapsed < policy.get_not_found_grace(),
        }
    }

    /// Stores the status flag of a task. Returns true if it differs from the last status, or is the first.
    fn observe(&mut self, flag: Option<i64>) -> bool {
        let before = self.last_status();
        (self.observed, self.flag) = flag.map_or((Observed::NoFlag, 0), |flag| (Observed::Flag, flag));
        before != self.last_status()
    }

    fn finish(&self, task: Task, now: PollTime) -> Result<Task, Error> {
        if !task.status().is_failure() {
            return Ok(task);
        }
        Err(self.count_attempts(Error::task_failed(task), now))
    }

    fn deadline_error(&self, task: Option<Task>, error: Option<&Error>, now: PollTime) -> Error {
        let elapsed = format_duration(now.since(self.start));
        let polls = self.count_text();
        let status = self.last_status();
        let summary = match status {
            Some(status) => format!("still {status} after {elapsed} ({polls})"),
            None => format!("no successful poll within {elapsed} ({polls})"),
        };
        let message = match error {
            Some(error) => format!("{summary}; last poll: {error}"),
            None => summary,
        };
        let id = task.as_ref().map(Task::id).or(error.and_then(Error::task_id)).map(str::to_owned);
        let deadline = self.count_attempts(Error::new(ErrorKind::Deadline, message), now);
        id.into_iter().fold(deadline, Error::with_task_id).with_last_status(status).with_task(task)
    }

    fn count_text(&self) -> String {
        match self.attempt_count {
            1 => "1 poll".to_owned(),
            count => format!("{count} polls"),
        }
    }
}

/// Adds a jitter of ±10 %, for a random number from 0 to 1.
fn add_jitter(interval: Duration, random: f64) -> Duration {
    let random = if random.is_nan() { 0.5 } else { random.clamp(0.0, 1.0) };
    let seconds = interval.as_secs_f64() * (0.9 + random / 5.0);
    Duration::try_from_secs_f64(seconds).unwrap_or(interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> PollTime {
        PollTime::from_duration(Duration::from_secs(seconds))
    }

    fn failed(transience: Transience) -> Result<Task, Error> {
        Err(Error::new(ErrorKind::Transport, "failed").with_transience(transience))
    }

    #[test]
    fn state_survives_serialization() {
        let policy = WaitPolicy::new();
        let mut state = PollState::new(at(1_800_000_000));
        state.begin_poll(&policy, at(1_800_000_000)).unwrap();
        state.decide(&policy, failed(Transience::Transient), at(1_800_000_001), Timestamp::UNIX_EPOCH, 0.5);
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<PollState>(&text).unwrap(), state);
    }

    #[test]
    fn state_stays_small() {
        assert!(size_of::<PollState>() <= 24, "a batch holds one for each id");
    }

    #[test]
    fn misconfiguration_ends_after_first_polls() {
        let policy = WaitPolicy::new();
        let run = |first: Transience| {
            let mut state = PollState::new(at(0));
            let mut polls = 0;
            for seconds in 0..10 {
                state.begin_poll(&policy, at(seconds)).unwrap();
                polls += 1;
                let transience = if seconds == 0 { first } else { Transience::Misconfigured };
                let error = failed(transience).map_err(|error| {
                    let raw = crate::transport::raw_response::RawResponse::new(502, "");
                    if seconds == 0 && first == Transience::Transient { error.with_raw(raw) } else { error }
                });
                if let Decision::Finished { .. } = state.decide(&policy, error, at(seconds), Timestamp::UNIX_EPOCH, 0.5)
                {
                    break;
                }
            }
            polls
        };
        assert_eq!(run(Transience::Misconfigured), 3, "the first polls all failed");
        assert_eq!(run(Transience::Transient), 10, "the server has responded before");
    }

    #[test]
    fn pause_beyond_deadline_ends_without_poll() {
        let policy = WaitPolicy::new().timeout(Duration::from_secs(5));
        let mut state = PollState::new(at(0));
        state.begin_poll(&policy, at(0)).unwrap();
        let error =
            Error::new(ErrorKind::RateLimited, "rate limited").with_retry_after(Some(Duration::from_secs(2 * 60)));
        let Decision::PollAt { at: next, .. } = state.complete_poll(&policy, Err(error), at(0), 0.5) else {
            panic!("the wait is not finished before its deadline");
        };
        assert_eq!(next, at(5), "the pause does not extend the deadline");
        assert_eq!(state.begin_poll(&policy, next), None);
        let error = state.expire(next);
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Deadline, 1));
    }
}
