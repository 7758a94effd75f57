//! What holds for any schedule and any sequence of answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream::StreamExt;
use midapi::clock::ManualClock;
use midapi::poll::{PollPolicy, Progress};
use midapi::{Client, Error, ErrorKind, RawResponse, Status, Task, Transport, TransportFuture, Update};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The longest that the last look of a wait may take.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// Longer durations are cut to ten years.
const LONGEST: Duration = Duration::from_hours(24 * 365 * 10);

/// What the server does with one look.
#[derive(Debug, Clone)]
enum Says {
    Flag(Option<i64>),
    /// An HTTP status, with a `Retry-After` or not.
    Refuses(u16, Option<&'static str>),
    /// No answer at all.
    Nothing,
}

/// What a look means for a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    State(Status),
    Retry,
    Stop,
}

impl Says {
    fn means(&self) -> Means {
        match self {
            Self::Flag(flag) => Means::State(Status::from_flag(*flag)),
            Self::Refuses(401 | 402 | 404 | 422, _) => Means::Stop,
            Self::Refuses(..) | Self::Nothing => Means::Retry,
        }
    }

    fn answer(&self) -> Result<RawResponse, String> {
        match self {
            Self::Flag(Some(flag)) => {
                Ok(RawResponse::new(200, format!(r#"{{"code":200,"data":{{"successFlag":{flag}}}}}"#)))
            }
            Self::Flag(None) => Ok(RawResponse::new(200, r#"{"code":200,"data":{}}"#)),
            Self::Refuses(status, retry_after) => {
                let answer = RawResponse::new(*status, "<html>");
                Ok(match retry_after {
                    Some(text) => answer.with_header("retry-after".parse().unwrap(), text.parse().unwrap()),
                    None => answer,
                })
            }
            Self::Nothing => Err("the connection was lost".to_owned()),
        }
    }

    const fn slows_down(&self) -> bool {
        matches!(self, Self::Refuses(429 | 455 | 503, _))
    }
}

/// One look, as the server saw it.
#[derive(Debug, Clone)]
struct Look {
    id: String,
    begin: Duration,
    end: Duration,
    means: Means,
}

/// A server on the manual clock. What it says follows from how often an id was asked for; after all of that, success.
#[derive(Debug, Clone)]
struct Server {
    clock: ManualClock,
    script: Arc<Vec<(Says, Duration)>>,
    looks: Arc<Mutex<Vec<Look>>>,
}

impl Server {
    fn new(script: Vec<(Says, Duration)>) -> Self {
        Self { clock: ManualClock::new(), script: Arc::new(script), looks: Arc::default() }
    }

    fn client(&self, random: f64) -> Client {
        let builder = Client::builder().api_key("k").clock(self.clock.clone()).rng(move || random);
        builder.transport(self.clone()).build().unwrap()
    }

    fn looks(&self) -> Vec<Look> {
        self.looks.lock().unwrap().clone()
    }
}

impl Transport for Server {
    fn look_up(&self, id: &str, limit: Duration) -> TransportFuture {
        let mut looks = self.looks.lock().unwrap();
        let before = looks.iter().filter(|look| look.id == id).count();
        let done = (Says::Flag(Some(1)), Duration::ZERO);
        let (mut says, mut takes) = self.script.get(before).unwrap_or(&done).clone();
        if takes > limit {
            (says, takes) = (Says::Nothing, limit);
        }
        let begin = self.clock.elapsed();
        let look = Look { id: id.to_owned(), begin, end: begin.saturating_add(takes), means: says.means() };
        looks.push(look);
        let clock = self.clock.clone();
        Box::pin(async move {
            tokio::task::yield_now().await;
            clock.advance(takes);
            says.answer()
        })
    }
}

/// Any delays, one after the other, and over again.
#[derive(Debug)]
struct Any(Vec<Duration>);

impl PollPolicy for Any {
    fn delay(&self, progress: &Progress<'_>) -> Duration {
        self.0[progress.attempt_count as usize % self.0.len()]
    }
}

fn durations() -> impl Strategy<Value = Duration> {
    prop_oneof![
        2 => Just(Duration::ZERO),
        2 => (1_u64..1_000_000).prop_map(Duration::from_nanos),
        6 => (1_u64..60_000).prop_map(Duration::from_millis),
        2 => (1_u64..10_000).prop_map(Duration::from_mins),
        1 => any::<u64>().prop_map(Duration::from_secs),
        1 => Just(Duration::MAX),
    ]
}

fn says() -> impl Strategy<Value = Says> {
    let retry_after = [None, None, Some("0"), Some("0.5"), Some("7"), Some("200"), Some("soon")];
    prop_oneof![
        4 => Just(Says::Flag(Some(0))),
        3 => select(vec![None, Some(-1), Some(4), Some(i64::MAX), Some(i64::MIN)]).prop_map(Says::Flag),
        1 => select(vec![Some(1), Some(2), Some(3)]).prop_map(Says::Flag),
        4 => (select(vec![429, 455, 503, 500, 502, 520]), select(retry_after.to_vec()))
            .prop_map(|(status, retry_after)| Says::Refuses(status, retry_after)),
        1 => select(vec![401, 402, 404, 422]).prop_map(|status| Says::Refuses(status, None)),
        2 => Just(Says::Nothing),
    ]
}

/// ResultStream with the time that each takes.
fn script(takes: impl Strategy<Value = Duration>) -> impl Strategy<Value = Vec<(Says, Duration)>> {
    vec((says(), takes), 0..12)
}

fn takes() -> impl Strategy<Value = Duration> {
    prop_oneof![3 => Just(Duration::ZERO), 1 => (0_u64..40_000).prop_map(Duration::from_millis)]
}

/// Looks a second.
fn rates() -> impl Strategy<Value = f64> {
    prop_oneof![(-1.0..10.0).prop_map(|power| 10_f64.powf(power)), select(vec![0.1, 3.0, 7.0, 1000.0])]
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// What a wait has told.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Changed(Status),
    PollFailed,
    Ended(End),
}

/// How a wait has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Success,
    Failed(Status),
    Stopped,
    Deadline(Option<Status>),
}

fn end(outcome: &Result<Task, Error>) -> End {
    match outcome {
        Ok(task) => {
            assert_eq!(task.status(), Status::Success);
            End::Success
        }
        Err(error) if error.kind() == ErrorKind::TaskFailed => End::Failed(error.task().unwrap().status()),
        Err(error) if error.kind() == ErrorKind::Deadline => End::Deadline(error.last_status()),
        Err(_) => End::Stopped,
    }
}

/// What a wait that made these looks has to tell, by a reading of the looks alone.
fn to_be_told(looks: &[Look]) -> Vec<Told> {
    let (mut told, mut state) = (Vec::new(), None);
    let (last, others) = looks.split_last().unwrap();
    for look in looks {
        match look.means {
            Means::State(seen) if state != Some(seen) => {
                state = Some(seen);
                told.push(Told::Changed(seen));
            }
            _ => {}
        }
        if look.means == Means::Retry && !std::ptr::eq(look, last) {
            told.push(Told::PollFailed);
        }
    }
    let over = |look: &Look| match look.means {
        Means::State(status) => status.is_final(),
        Means::Retry => false,
        Means::Stop => true,
    };
    assert!(!others.iter().any(over), "nothing is asked after the end");
    told.push(Told::Ended(match last.means {
        Means::State(Status::Success) => End::Success,
        Means::State(status) if status.is_final() => End::Failed(status),
        Means::Stop => End::Stopped,
        Means::State(_) | Means::Retry => End::Deadline(state),
    }));
    told
}

fn told(update: &Update) -> Told {
    match update {
        Update::Changed(task) => Told::Changed(task.status()),
        Update::PollFailed(_) => Told::PollFailed,
        Update::Finished(outcome) => Told::Ended(end(outcome)),
        _ => unreachable!("there are no others"),
    }
}

/// Deadlines, for the looks of one wait. `held` says that something else than its schedule may have kept it from asking.
fn assert_deadline(looks: &[Look], begin: Duration, timeout: Duration, held: bool) {
    let deadline = begin.saturating_add(timeout.min(LONGEST));
    let (last, others) = looks.split_last().unwrap();
    for look in others {
        assert!(look.begin <= deadline, "{look:?} is not the last look, and begins after {deadline:?}");
        assert!(look.end <= deadline, "{look:?} is not the last look, and takes longer than {deadline:?}");
    }
    assert!(held || last.begin <= deadline, "{last:?} begins after {deadline:?}");
    assert!(last.end <= deadline.max(last.begin).saturating_add(LAST_LOOK), "{last:?} takes too long");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_wait_keeps_its_deadline_and_tells_what_it_saw(
        script in script(takes()),
        delays in vec(durations(), 1..6),
        timeout in durations(),
        first_delay in durations(),
        random in 0.0..=1.0,
    ) {
        let server = Server::new(script);
        let wait = server.client(random).wait("id").poll_policy(Any(delays)).timeout(timeout).first_delay(first_delay);
        let updates: Vec<_> = runtime().block_on(wait.stream().collect());
        let looks = server.looks();
        assert_eq!(updates.iter().map(told).collect::<Vec<_>>(), to_be_told(&looks));
        assert_deadline(&looks, Duration::ZERO, timeout, false);
        assert_eq!(server.clock.elapsed(), looks.last().unwrap().end, "it ends with its last look");
    }

    #[test]
    fn a_constant_interval_may_be_anything(
        interval in durations(),
        timeout in durations(),
        script in script(Just(Duration::ZERO)),
    ) {
        let server = Server::new(script);
        let wait = server.client(0.5).wait("id").interval(interval).timeout(timeout);
        let outcome = runtime().block_on(wait.into_future());
        assert_eq!(to_be_told(&server.looks()).pop(), Some(Told::Ended(end(&outcome))));
    }

    #[test]
    fn many_waits_are_each_answered_as_often_as_asked_and_keep_the_rate(
        names in vec(0_u32..12, 1..40),
        script in script(Just(Duration::ZERO)),
        delays in vec(durations(), 1..6),
        timeout in durations(),
        first_delay in durations(),
        max_in_flight in 1_usize..8,
        rate in prop_oneof![Just(None), rates().prop_map(Some)],
        random in 0.0..=1.0,
    ) {
        let slow = rate.is_some() || script.iter().any(|(says, _)| says.slows_down());
        let server = Server::new(script);
        let updates = Arc::new(Mutex::new(BTreeMap::<String, Vec<Told>>::new()));
        let seen = Arc::clone(&updates);
        let tell = move |id: &str, told: Told| seen.lock().unwrap().entry(id.to_owned()).or_default().push(told);
        let tell_end = tell.clone();
        let waits = server.client(random).wait_all(names.iter().map(u32::to_string).collect::<Vec<_>>());
        let waits = waits.poll_policy(Any(delays)).timeout(timeout).first_delay(first_delay).max_in_flight(max_in_flight);
        let waits = waits.on_update(move |id, update| tell(id, told(update)));
        let waits = rate.into_iter().fold(waits, midapi::WaitAll::rate);
        let clock = server.clock.clone();
        let ends: Vec<_> = runtime().block_on(waits.stream().map(|(id, outcome)| {
            tell_end(&id, Told::Ended(end(&outcome)));
            (id, clock.elapsed())
        }).collect());

        let mut asked: Vec<_> = names.iter().map(u32::to_string).collect();
        let mut answered: Vec<_> = ends.iter().map(|(id, _)| id.clone()).collect();
        asked.sort();
        answered.sort();
        assert_eq!(&asked, &answered, "each once per time asked");

        let looks = server.looks();
        // An id that comes again after its end is another wait, so the once-named tell.
        for (id, at) in ends.iter().filter(|(id, _)| asked.iter().filter(|other| other == &id).count() == 1) {
            let looks: Vec<_> = looks.iter().filter(|look| look.id == *id).cloned().collect();
            assert_deadline(&looks, looks[0].begin, timeout, slow);
            let (told, last) = (updates.lock().unwrap()[id].clone(), looks.last().unwrap());
            if *at > last.end {
                // Given up: the server has held it back for longer than any pause, beyond its deadline.
                assert!(slow && *at > looks[0].begin.saturating_add(timeout.min(LONGEST)) + Duration::from_mins(2), "{id} ended at {at:?}");
                assert!(matches!(told.last(), Some(Told::Ended(End::Deadline(_)))), "{id}: {told:?}");
                continue;
            }
            assert_eq!(told, to_be_told(&looks), "{id}");
            assert_eq!(*at, last.end, "{id} ends with its last look");
        }
        if let Some(rate) = rate {
            assert_rate(&looks, rate);
        }
    }
}

/// In a window of any length no more than rate · window + 1.
fn assert_rate(looks: &[Look], rate: f64) {
    for (first, begin) in looks.iter().enumerate() {
        for (more, end) in looks[first..].iter().enumerate() {
            let window = end.begin.saturating_sub(begin.begin).as_secs_f64();
            #[allow(clippy::cast_precision_loss, reason = "some hundred looks")]
            let count = more as f64;
            // Nothing but the rounding of this very product.
            assert!(count <= rate * window * (1.0 + 1e-12), "{} looks in {window} s at {rate}", more + 1);
        }
    }
}
