//! Many ids through one scheduler: the run behind `get_all` and `wait_all`.
//!
//! Everything happens while the run is polled: it takes ids in, a thousand ahead at the most, sends what is due (the id that has
//! been due for longest first), and hands answers over one by one. Nobody polls, nothing is asked.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, Stream, StreamExt};

use crate::batch::queue::{Queue, Slot};
use crate::batch::rate_limit::Rate;
use crate::client::Client;
use crate::clock::Sleep;
use crate::error::Error;
use crate::poll::state::{Nanos, Next, Rules, Watch, bounded};
use crate::retry::retry_after;
use crate::task::id::TaskId;
use crate::{Task, Update};

/// Looks under way at once, unless it is said otherwise.
pub(crate) const MAX_IN_FLIGHT: usize = 32;

/// Ids that are taken in before they can be asked, so that none of them starves behind those that were asked before; but no
/// more, so that an endless source does not fill the memory.
const TAKEN_IN_AHEAD: usize = 1000;

/// Ids to be asked for, as they come.
pub(crate) type Ids = Pin<Box<dyn Stream<Item = String> + Send>>;

/// Called at every change of a task's state, and at looks that failed.
pub(crate) type OnUpdate = Box<dyn FnMut(&str, &Update) + Send>;

/// An id and what came of it.
pub(crate) type Answered = (String, Result<Task, Error>);

/// ResultStream, each with the id that it is to, as they come.
pub type ResultStream = Pin<Box<dyn Stream<Item = (String, Result<Task, Error>)> + Send>>;

/// How a run goes about it.
pub(crate) struct Plan {
    pub(crate) rules: Rules,
    pub(crate) first_delay: Duration,
    pub(crate) max_in_flight: usize,
    pub(crate) rate: Option<Rate>,
    pub(crate) on_update: Option<OnUpdate>,
    pub(crate) fail_fast: bool,
}

/// Many calls under way.
pub(crate) struct Run {
    client: Client,
    plan: Plan,
    start: Instant,
    /// None when the source has ended.
    ids: Option<Ids>,
    queue: Queue,
    /// Ids in the queue that have never been asked for, and answers owed to ids that came more than once.
    unasked: usize,
    owed: usize,
    /// Why the last attempt of a `get` failed: what it ends with if there is no time for another one.
    retrying: HashMap<Slot, Error>,
    under_way: FuturesUnordered<BoxFuture<'static, (Slot, Result<Task, Error>)>>,
    answers: VecDeque<Answered>,
    failed: bool,
}

/// What the run was waiting for.
#[allow(clippy::large_enum_variant, reason = "it is looked at once; a box for each answer would cost more")]
enum Event {
    Response(Slot, Result<Task, Error>),
    Id(Option<String>),
    Time,
}

impl Run {
    pub(crate) fn new(client: Client, ids: Ids, plan: Plan) -> Self {
        let start = client.0.clock.now();
        let under_way = FuturesUnordered::new();
        Self {
            client,
            plan,
            start,
            ids: Some(ids),
            queue: Queue::default(),
            unasked: 0,
            owed: 0,
            retrying: HashMap::new(),
            under_way,
            answers: VecDeque::new(),
            failed: false,
        }
    }

    pub(crate) fn stream(self) -> ResultStream {
        Box::pin(futures_util::stream::unfold(self, |mut run| async { Some((run.next().await?, run)) }))
    }

    /// The next answer. None when every id has been answered, or a failure has ended the run.
    async fn next(&mut self) -> Option<Answered> {
        loop {
            if self.failed && self.plan.fail_fast {
                return None;
            }
            if let Some(answer) = self.answers.pop_front() {
                self.failed |= answer.1.is_err();
                return Some(answer);
            }
            let hold = self.send_what_is_due();
            if !self.answers.is_empty() {
                continue;
            }
            if self.ids.is_none() && self.queue.len() == 0 {
                return None;
            }
            match self.event(hold).await {
                Event::Response(slot, look) => self.answered(slot, look),
                Event::Id(Some(id)) => self.take_in(&id),
                Event::Id(None) => self.ids = None,
                Event::Time => {}
            }
        }
    }

    fn now(&self) -> Nanos {
        Nanos::from_duration(self.client.0.clock.now().saturating_duration_since(self.start))
    }

    /// Begins looks while there is room, leave and an id that is due. Returns until when there is no leave.
    fn send_what_is_due(&mut self) -> Option<Nanos> {
        while self.under_way.len() < self.plan.max_in_flight {
            let at = self.now();
            self.queue.next_due().filter(|due| *due <= at)?;
            if self.give_up(at) {
                return None;
            }
            if let Some(until) = self.held() {
                return Some(Nanos::from_duration(until.saturating_duration_since(self.start)));
            }
            let slot = self.queue.pop_due(at)?;
            self.look(slot, at);
        }
        None
    }

    /// Ends the call that is due if its time was over before it could be asked: a `get` with its last failure; a wait when
    /// its last look has been held back for longer than any pause that a server may ask for.
    fn give_up(&mut self, now: Nanos) -> bool {
        let Some(slot) = self.queue.first() else { return false };
        let watch = self.queue.watch(slot);
        let deadline = watch.deadline(&self.plan.rules);
        let over = watch.looks() > 0
            && match self.plan.rules {
                Rules::Get { .. } => now >= deadline,
                Rules::Wait { .. } => {
                    let held = self.client.0.throttle.is_holding(self.client.0.clock.now());
                    held && now.since(deadline) > retry_after::CAP
                }
            };
        if !over {
            return false;
        }
        self.queue.pop_due(now);
        let last = self.retrying.remove(&slot);
        let id = self.queue.id(slot).clone();
        let error = self.queue.watch(slot).unasked(&self.client.0, id.as_str(), last, now);
        self.end(slot, Err(error));
        true
    }

    /// Until when nothing may be sent: by the run's own rate, or because the server has asked the client to slow down.
    /// Otherwise the leave is taken.
    fn held(&mut self) -> Option<Instant> {
        let now = self.client.0.clock.now();
        if let Some(until) = self.plan.rate.as_ref().and_then(|rate| rate.held_until(now)) {
            return Some(until);
        }
        if let Err(held) = self.client.0.throttle.try_take(now) {
            return Some(held.until);
        }
        if let Some(rate) = &mut self.plan.rate {
            rate.count(now);
        }
        None
    }

    fn look(&mut self, slot: Slot, at: Nanos) {
        let watch = self.queue.watch(slot);
        if watch.looks() == 0 {
            // The time of an id begins with its first look.
            watch.begin(at);
            self.unasked -= 1;
        }
        let limit = watch.begin_look(&self.plan.rules, at);
        let (client, id) = (self.client.clone(), self.queue.id(slot).clone());
        self.under_way.push(Box::pin(async move { (slot, client.0.look(&id, limit).await) }));
    }

    fn take_in(&mut self, id: &str) {
        let checked = match TaskId::new(id) {
            Ok(checked) => checked,
            Err(error) => return self.answers.push_back((id.to_owned(), Err(error))),
        };
        let now = self.now();
        if let Some(slot) = self.queue.join(checked, Watch::new(now)) {
            self.unasked += 1;
            let delay = Nanos::from_duration(bounded(self.plan.first_delay));
            self.queue.arm(slot, Nanos(now.0.saturating_add(delay.0)));
        } else {
            self.owed += 1;
        }
    }

    fn answered(&mut self, slot: Slot, look: Result<Task, Error>) {
        let now = self.now();
        let next = self.queue.watch(slot).after_look(&self.client.0, &self.plan.rules, look, now);
        match next {
            Next::Again { at, changed, failed } => {
                self.queue.arm(slot, at);
                if let (Rules::Get { .. }, Some(error)) = (&self.plan.rules, &failed) {
                    self.retrying.insert(slot, error.clone());
                }
                let updates = changed.map(Update::Changed).into_iter().chain(failed.map(Update::PollFailed));
                if let Some(notify) = &mut self.plan.on_update {
                    let id = self.queue.id(slot).as_str();
                    updates.for_each(|update| notify(id, &update));
                }
            }
            Next::Ended { outcome, changed } => {
                let task = outcome.as_ref().ok().or_else(|| outcome.as_ref().err()?.task());
                if let (Some(notify), Some(task), true) = (&mut self.plan.on_update, task, changed) {
                    notify(self.queue.id(slot).as_str(), &Update::Changed(task.clone()));
                }
                self.end(slot, outcome);
            }
        }
    }

    /// Lets an id go, with an answer for each time that it was asked for.
    fn end(&mut self, slot: Slot, outcome: Result<Task, Error>) {
        self.retrying.remove(&slot);
        let (id, times) = self.queue.leave(slot);
        for _ in 1..times {
            self.owed -= 1;
            self.answers.push_back((id.as_str().to_owned(), outcome.clone()));
        }
        self.answers.push_back((id.as_str().to_owned(), outcome));
    }

    /// Waits for an answer, an id that there is room for, or the time when something is due.
    async fn event(&mut self, hold: Option<Nanos>) -> Event {
        let clock = &self.client.0.clock;
        let now = Nanos::from_duration(clock.now().saturating_duration_since(self.start));
        let room = self.under_way.len() < self.plan.max_in_flight;
        let wake = hold.or_else(|| self.queue.next_due().filter(|_| room)).map(|at| at.since(now));
        let (under_way, ids) = (&mut self.under_way, &mut self.ids);
        let may_take_in = self.unasked + self.owed < TAKEN_IN_AHEAD;
        // A clock that jumps would jump past answers that are on their way.
        let may_sleep = under_way.is_empty() || !clock.is_virtual();
        let mut sleep: Option<Sleep> = None;
        poll_fn(|context| {
            if let Poll::Ready(Some((slot, look))) = under_way.poll_next_unpin(context) {
                return Poll::Ready(Event::Response(slot, look));
            }
            if let Some(ids) = ids.as_mut().filter(|_| may_take_in)
                && let Poll::Ready(id) = ids.poll_next_unpin(context)
            {
                return Poll::Ready(Event::Id(id));
            }
            if let Some(time) = wake.filter(|_| may_sleep) {
                return sleep.get_or_insert_with(|| clock.sleep(time)).as_mut().poll(context).map(|()| Event::Time);
            }
            Poll::Pending
        })
        .await
    }
}
