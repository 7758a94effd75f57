//! The batch runner behind `get_all` and `wait_all`.
//!
//! The runner works only while it is polled: it takes ids from the source, sends the due requests (the id that has been
//! due for the longest time first), and returns results one by one.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{FuturesUnordered, Stream, StreamExt};
use tracing::Instrument;

use crate::batch::options::BatchOptions;
use crate::batch::policy::BatchPolicy;
use crate::batch::queue::{Queue, Slot};
use crate::batch::rate_limit::RateLimit;
use crate::client::concurrency_limit::InFlightPermit;
use crate::client::inner::Inner;
use crate::clock::Sleep;
use crate::defaults::LAST_POLL_WINDOW;
use crate::error::Error;
use crate::poll::state::{Decision, PollState, PollTime};
use crate::request::update::Update;
use crate::retry::event::RetryEvent;
use crate::retry::throttle::Throttled;
use crate::task::Task;
use crate::task::id::TaskId;
use crate::telemetry::BatchSpan;

/// The maximum number of ids that are taken from the source before their first request. A lower limit would delay new
/// ids behind old ones; without a limit an endless source would fill the memory.
const READ_AHEAD: usize = 1000;

/// The maximum number of repeated ids that wait for the result of the same id's first occurrence. Repeated ids cause no
/// requests, but a source that repeats one id forever would fill the memory.
const MAX_DUPLICATES: usize = 100_000;

/// The ids of a batch, each with a key.
pub(crate) type IdStream<K> = Pin<Box<dyn Stream<Item = (K, Result<TaskId, Error>)> + Send>>;

/// The result for one id.
pub(crate) struct IdResult<K> {
    pub(crate) key: K,
    pub(crate) id: Arc<str>,
    pub(crate) result: Result<Task, Error>,
}

/// A batch in progress.
pub(crate) struct BatchRunner<K> {
    inner: Arc<Inner>,
    options: BatchOptions,
    rate_limit: Option<RateLimit>,
    start: Instant,
    /// None if the source has ended.
    ids: Option<IdStream<K>>,
    /// The number of ids that were taken from the source in a row, without another event in between.
    taken_in_a_row: usize,
    queue: Queue<K>,
    /// The number of ids in the queue without a first request.
    unrequested: usize,
    /// The number of repeated ids that wait for the result of the same id's first occurrence.
    duplicates: usize,
    /// The deadlines of ids that have had a first request, are due again, and are blocked by a rate, by a pause or by
    /// the number of requests in flight.
    blocked_deadlines: BinaryHeap<Reverse<(PollTime, Slot)>>,
    /// For `get_all`: the last error of each id that waits for a retry.
    last_errors: HashMap<Slot, Error>,
    in_flight: FuturesUnordered<BoxFuture<'static, (Slot, Result<Task, Error>)>>,
    /// The permit for the next request, if the batch had to wait for it.
    permit: Option<InFlightPermit>,
    /// The pending acquisition of a permit.
    permit_wait: Option<BoxFuture<'static, InFlightPermit>>,
    results: VecDeque<IdResult<K>>,
    is_stopped: bool,
    span: BatchSpan,
}

/// The event that a batch waits for.
#[allow(clippy::large_enum_variant, reason = "an event is matched immediately and not stored")]
enum Event<K> {
    Response(Slot, Result<Task, Error>),
    Id(Option<(K, Result<TaskId, Error>)>),
    Permit(InFlightPermit),
    Time,
}

/// The reason why no request may be sent now.
enum Blocked {
    /// The batch already has its maximum number of requests in flight.
    InFlight,
    /// The client already has its maximum number of requests in flight.
    ClientInFlight,
    /// No request is permitted before this time, because of the rate of the batch, the rate of the client, or the
    /// reduced rate of the client.
    Rate(Instant),
    /// A pause that the server requested.
    Pause(Throttled),
}

impl<K: Send + 'static> BatchRunner<K> {
    pub(crate) fn new(inner: Arc<Inner>, ids: IdStream<K>, mut options: BatchOptions) -> Self {
        let start = inner.clock.now();
        let span = match options.policy {
            BatchPolicy::Get(_) => BatchSpan::get_all(),
            BatchPolicy::Wait(_) => BatchSpan::wait_all(),
        };
        // An invalid rate makes every id fail.
        let (ids, rate_limit): (IdStream<K>, _) = match options.rate_limit.take() {
            None => (ids, None),
            Some(Ok(limit)) => (ids, Some(limit)),
            Some(Err(error)) => {
                let reject = move |(key, id): (K, Result<TaskId, Error>)| {
                    let error = error.clone();
                    (key, Err(id.map_or_else(|invalid| invalid, |id| error.with_task_id(id))))
                };
                (Box::pin(ids.map(reject)), None)
            }
        };
        Self {
            inner,
            options,
            rate_limit,
            start,
            ids: Some(ids),
            taken_in_a_row: 0,
            queue: Queue::new(),
            unrequested: 0,
            duplicates: 0,
            blocked_deadlines: BinaryHeap::new(),
            last_errors: HashMap::new(),
            in_flight: FuturesUnordered::new(),
            permit: None,
            permit_wait: None,
            results: VecDeque::new(),
            is_stopped: false,
            span,
        }
    }

    /// Returns the next result. None if every id has a result, or if a failure has stopped the batch.
    pub(crate) async fn next(&mut self) -> Option<IdResult<K>> {
        let span = self.span.span().clone();
        self.next_result().instrument(span).await
    }

    async fn next_result(&mut self) -> Option<IdResult<K>> {
        loop {
            if self.is_stopped {
                return None;
            }
            if let Some(result) = self.results.pop_front() {
                self.is_stopped = match &result.result {
                    Ok(_) => false,
                    Err(error) => self.options.fail_fast || error.kind().stops_account(),
                };
                // A stream that is not polled must not receive a permit, because other calls may need it.
                self.permit_wait = None;
                self.span.count_result(result.result.is_err());
                if self.is_stopped {
                    self.span.stop();
                } else if self.has_ended() {
                    self.span.finish();
                }
                return Some(result);
            }
            let blocked = self.send_due();
            if !self.results.is_empty() {
                continue;
            }
            if self.has_ended() {
                self.span.finish();
                return None;
            }
            let event = self.wait_for_event(blocked).await;
            if !matches!(event, Event::Id(_)) {
                self.taken_in_a_row = 0;
            }
            match event {
                Event::Response(slot, result) => self.complete_attempt(slot, result),
                Event::Id(Some((key, id))) => self.take_in(key, id),
                Event::Id(None) => self.ids = None,
                Event::Permit(permit) => {
                    self.permit_wait = None;
                    self.permit = Some(permit);
                }
                Event::Time => {}
            }
            if self.taken_in_a_row >= READ_AHEAD {
                // A source of duplicates is always ready: yield, so that responses and other tasks are processed.
                self.taken_in_a_row = 0;
                tokio::task::yield_now().await;
            }
        }
    }

    /// Whether every id has its result.
    fn has_ended(&self) -> bool {
        self.ids.is_none() && self.queue.is_empty() && self.results.is_empty()
    }

    fn now(&self) -> PollTime {
        self.time_of(self.inner.clock.now())
    }

    fn time_of(&self, instant: Instant) -> PollTime {
        PollTime::from_duration(instant.saturating_duration_since(self.start))
    }

    /// Sends requests for the ids that are due. Returns the reason if some requests are blocked.
    fn send_due(&mut self) -> Option<Blocked> {
        loop {
            let now = self.now();
            if !self.queue.has_due(now) {
                return None;
            }
            let permit = match self.acquire_permit() {
                Ok(permit) => permit,
                Err(blocked) => {
                    self.expire_blocked(now, &blocked);
                    return Some(blocked);
                }
            };
            let slot = self.queue.pop_due(now)?;
            self.send(slot, now, permit);
        }
    }

    fn acquire_permit(&mut self) -> Result<InFlightPermit, Blocked> {
        // This permit is given back unless a request is sent now, because other calls may need it.
        let waited_for = self.permit.take();
        if self.in_flight.len() >= self.options.max_in_flight {
            return Err(Blocked::InFlight);
        }
        let now = self.inner.clock.now();
        if let Some(until) = self.rate_limit.as_ref().and_then(|limit| limit.blocked_until(now)) {
            return Err(Blocked::Rate(until));
        }
        let permit = match (waited_for, &self.inner.concurrency) {
            (Some(permit), _) => permit,
            (None, Some(limit)) => limit.try_acquire().ok_or(Blocked::ClientInFlight)?,
            (None, None) => InFlightPermit::default(),
        };
        self.inner.throttle.try_acquire(now).map_err(|throttled| {
            if throttled.is_pause() { Blocked::Pause(throttled) } else { Blocked::Rate(throttled.until) }
        })?;
        if let Some(limit) = &mut self.rate_limit {
            limit.count(now);
        }
        Ok(permit)
    }

    /// Ends the blocked ids whose deadline has passed. If a rate or concurrency limit blocks a wait, the wait ends
    /// `LAST_POLL_WINDOW` after its deadline, because its last poll may still begin. During a pause, no last poll is
    /// made.
    fn expire_blocked(&mut self, now: PollTime, blocked: &Blocked) {
        let (policy, deadlines) = (&self.options.policy, &mut self.blocked_deadlines);
        self.queue.move_due_to_ready(now, |slot, state| {
            // The timeout of an id starts with its first request.
            if state.attempt_count() > 0 {
                deadlines.push(Reverse((policy.deadline(state), slot)));
            }
        });
        while let Some(Reverse((deadline, slot))) = self.blocked_deadlines.peek().copied() {
            if deadline.add(self.last_poll_window(blocked)) > now {
                return;
            }
            self.blocked_deadlines.pop();
            // The slot may have been reused for another id, or for the same id with another deadline.
            let state = self.queue.ready_state(slot).filter(|state| self.options.policy.deadline(state) == deadline);
            if let Some(state) = state {
                let error = match (&self.options.policy, self.last_errors.remove(&slot)) {
                    (BatchPolicy::Get(_), Some(last)) => state.count_attempts(last, now),
                    _ => state.expire(now),
                };
                let error = error.with_task_id(self.queue.id(slot).as_str());
                self.finish(slot, Err(error));
            }
        }
    }

    fn last_poll_window(&self, blocked: &Blocked) -> Duration {
        match (&self.options.policy, blocked) {
            (BatchPolicy::Wait(_), Blocked::InFlight | Blocked::ClientInFlight | Blocked::Rate(_)) => LAST_POLL_WINDOW,
            _ => Duration::ZERO,
        }
    }

    fn send(&mut self, slot: Slot, now: PollTime, permit: InFlightPermit) {
        let state = self.queue.state(slot);
        if state.attempt_count() == 0 {
            state.restart(now, self.options.policy.cut_first_delay(self.options.first_delay));
            self.unrequested -= 1;
        }
        let Some(limit) = self.options.policy.begin_attempt(state, now) else {
            let error = state.expire(now).with_task_id(self.queue.id(slot).as_str());
            return self.finish(slot, Err(error));
        };
        let resend_count = match self.options.policy {
            BatchPolicy::Get(_) => state.attempt_count() - 1,
            BatchPolicy::Wait(_) => 0,
        };
        let (inner, id) = (Arc::clone(&self.inner), self.queue.id(slot).clone());
        self.span.count_request();
        self.in_flight.push(Box::pin(async move {
            let result = inner.lookup(&id, limit, resend_count).await;
            drop(permit);
            (slot, result)
        }));
    }

    fn take_in(&mut self, key: K, id: Result<TaskId, Error>) {
        self.taken_in_a_row += 1;
        let id = match id {
            Ok(id) => id,
            Err(error) => {
                let id = error.task_id().unwrap_or_default().into();
                return self.results.push_back(IdResult { key, id, result: Err(error) });
            }
        };
        let now = self.now();
        let mut state = PollState::new(now);
        let due = self.options.policy.delay_first_attempt(&mut state, self.options.first_delay);
        if let Some(slot) = self.queue.add(id, state, key) {
            self.unrequested += 1;
            self.queue.schedule(slot, due);
        } else {
            self.duplicates += 1;
        }
    }

    fn complete_attempt(&mut self, slot: Slot, result: Result<Task, Error>) {
        let now = self.now();
        let state = self.queue.state(slot);
        match self.options.policy.decide(&self.inner, state, result, now) {
            Decision::PollAt { at, changed, error } => {
                let attempts = state.attempt_count();
                self.queue.schedule(slot, at);
                let id = self.queue.id(slot).as_str();
                if let Some(error) = &error {
                    let event = RetryEvent { task_id: Some(id), error, attempts, delay: at.since(now) };
                    self.inner.notify_retry(&event, self.options.on_retry.as_ref());
                }
                if let Some(notify) = &mut self.options.on_update {
                    changed.map(Update::Changed).into_iter().for_each(|update| notify(id, &update));
                    error.clone().map(Update::PollFailed).into_iter().for_each(|update| notify(id, &update));
                }
                if let (BatchPolicy::Get(_), Some(error)) = (&self.options.policy, error) {
                    self.last_errors.insert(slot, error);
                }
            }
            Decision::Finished { result, changed } => {
                let result = self.inner.redact(result);
                let task = result.as_ref().ok().or_else(|| result.as_ref().err()?.task());
                if let (Some(notify), Some(task), true) = (&mut self.options.on_update, task, changed) {
                    notify(self.queue.id(slot).as_str(), &Update::Changed(task.clone()));
                }
                self.finish(slot, result);
            }
        }
    }

    /// Removes an id from the queue, and adds one result for each of its keys.
    fn finish(&mut self, slot: Slot, result: Result<Task, Error>) {
        self.last_errors.remove(&slot);
        let (id, key, duplicates) = self.queue.remove(slot);
        let id = id.to_shared();
        self.duplicates -= duplicates.len();
        for key in duplicates {
            self.results.push_back(IdResult { key, id: Arc::clone(&id), result: result.clone() });
        }
        self.results.push_back(IdResult { key, id, result });
    }

    /// Waits for a response, an id, a permit, or the next due time.
    async fn wait_for_event(&mut self, blocked: Option<Blocked>) -> Event<K> {
        let now = self.now();
        let permit_at = match &blocked {
            None | Some(Blocked::InFlight | Blocked::ClientInFlight) => None,
            Some(Blocked::Rate(until)) => Some(self.time_of(*until)),
            Some(Blocked::Pause(throttled)) => Some(self.time_of(throttled.until)),
        };
        let expires_at = blocked.as_ref().and_then(|blocked| {
            let Reverse((deadline, _)) = self.blocked_deadlines.peek()?;
            Some(deadline.add(self.last_poll_window(blocked)))
        });
        let wake_at = [self.queue.next_due(), permit_at, expires_at].into_iter().flatten().min();
        // Give an unused permit back.
        self.permit = None;
        let waits_for_permit = matches!(blocked, Some(Blocked::ClientInFlight));
        self.permit_wait = match (self.permit_wait.take(), &self.inner.concurrency) {
            (None, Some(limit)) if waits_for_permit => Some(limit.acquire().boxed()),
            (wait, _) => wait.filter(|_| waits_for_permit),
        };
        let (in_flight, ids, clock) = (&mut self.in_flight, &mut self.ids, &self.inner.clock);
        let permit_wait = &mut self.permit_wait;
        let may_take_in = self.unrequested < READ_AHEAD && self.duplicates < MAX_DUPLICATES;
        let may_sleep = (in_flight.is_empty() && !waits_for_permit) || !clock.is_virtual();
        let mut sleep: Option<Sleep> = None;
        poll_fn(|context| {
            if let Poll::Ready(Some((slot, result))) = in_flight.poll_next_unpin(context) {
                return Poll::Ready(Event::Response(slot, result));
            }
            if let Some(wait) = permit_wait.as_mut()
                && let Poll::Ready(permit) = wait.as_mut().poll(context)
            {
                return Poll::Ready(Event::Permit(permit));
            }
            if let Some(ids) = ids.as_mut().filter(|_| may_take_in)
                && let Poll::Ready(id) = ids.poll_next_unpin(context)
            {
                return Poll::Ready(Event::Id(id));
            }
            if let Some(at) = wake_at.filter(|_| may_sleep) {
                let sleep = sleep.get_or_insert_with(|| clock.sleep(at.since(now)));
                return sleep.as_mut().poll(context).map(|()| Event::Time);
            }
            Poll::Pending
        })
        .await
    }
}
