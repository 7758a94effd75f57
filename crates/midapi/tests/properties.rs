//! Properties of waits, for any responses, times, policies and options.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use midapi::clock::ManualClock;
use midapi::defaults::{LAST_POLL_TIMEOUT, MAX_DURATION};
use midapi::poll::{PollPolicy, Progress};
use midapi::{AttemptTimeout, Client, Error, ErrorKind, RawResponse, Status, Task, Transport, TransportFuture, Update};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// One response of the server.
#[derive(Debug, Clone)]
enum ServerResponse {
    Flag(Option<i64>),
    /// An HTTP status without an envelope, with a `Retry-After` or without.
    Page(u16, Option<&'static str>),
    /// A body code in HTTP 200 that ends a wait.
    Rejection(i64),
    /// A lost connection.
    Lost,
}

/// The meaning of a response for a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    State(Status),
    PollAgain,
    End,
}

impl ServerResponse {
    fn meaning(&self) -> Meaning {
        match self {
            Self::Flag(flag) => Meaning::State(Status::from_flag(*flag)),
            Self::Rejection(_) => Meaning::End,
            Self::Page(..) | Self::Lost => Meaning::PollAgain,
        }
    }

    fn to_result(&self) -> Result<RawResponse, String> {
        match self {
            Self::Flag(Some(flag)) => midapi_testkit::flag_response(*flag),
            Self::Flag(None) => Ok(RawResponse::new(200, r#"{"code":200,"data":{}}"#)),
            Self::Rejection(code) => Ok(RawResponse::new(200, format!(r#"{{"code":{code},"msg":"no"}}"#))),
            Self::Page(status, retry_after) => {
                let response = RawResponse::new(*status, "<html>");
                Ok(match retry_after {
                    Some(text) => response.with_header("retry-after".parse().unwrap(), text.parse().unwrap()),
                    None => response,
                })
            }
            Self::Lost => Err("the connection was lost".to_owned()),
        }
    }

    /// Whether the server requests a pause.
    const fn is_pause(&self) -> bool {
        matches!(self, Self::Page(429 | 455 | 503 | 403, _) | Self::Page(_, Some(_)))
    }
}

/// One request, as the server received it.
#[derive(Debug, Clone)]
struct Request {
    id: String,
    begin: Duration,
    end: Duration,
    meaning: Meaning,
}

/// A server on a virtual clock. It responds by the number of earlier requests for an id; after its script, with success.
#[derive(Debug, Clone)]
struct ScriptedServer {
    clock: ManualClock,
    script: Arc<Vec<(ServerResponse, Duration)>>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl ScriptedServer {
    fn new(script: Vec<(ServerResponse, Duration)>) -> Self {
        Self { clock: ManualClock::new(), script: Arc::new(script), requests: Arc::default() }
    }

    fn client(&self, random: f64) -> Client {
        let builder = Client::builder().api_key("k").clock(self.clock.clone()).rng(move || random);
        builder.transport(self.clone()).build().unwrap()
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Transport for ScriptedServer {
    fn execute(&self, request: midapi::http::Request<Bytes>) -> TransportFuture {
        let id = request.uri().query().unwrap().trim_start_matches("taskId=").to_owned();
        let limit = request.extensions().get::<AttemptTimeout>().unwrap().0;
        let mut requests = self.requests.lock().unwrap();
        let previous = requests.iter().filter(|request| request.id == id).count();
        let done = (ServerResponse::Flag(Some(1)), Duration::ZERO);
        let (mut response, mut duration) = self.script.get(previous).unwrap_or(&done).clone();
        if duration > limit {
            (response, duration) = (ServerResponse::Lost, limit);
        }
        let begin = self.clock.elapsed();
        requests.push(Request { id, begin, end: begin.saturating_add(duration), meaning: response.meaning() });
        let clock = self.clock.clone();
        Box::pin(async move {
            tokio::task::yield_now().await;
            clock.advance(duration);
            response.to_result().map_err(Into::into)
        })
    }
}

/// A policy that repeats a list of delays.
#[derive(Debug)]
struct Repeated(Vec<Duration>);

impl PollPolicy for Repeated {
    fn delay(&self, progress: &Progress<'_>) -> Duration {
        self.0[progress.attempt_count as usize % self.0.len()]
    }
}

fn durations() -> impl Strategy<Value = Duration> {
    prop_oneof![
        2 => Just(Duration::ZERO),
        2 => (1_u64..1_000_000).prop_map(Duration::from_nanos),
        6 => (1_u64..60_000).prop_map(Duration::from_millis),
        2 => (1_u64..10_000).prop_map(|minutes| Duration::from_secs(minutes * 60)),
        1 => any::<u64>().prop_map(Duration::from_secs),
        1 => Just(Duration::MAX),
    ]
}

fn server_responses() -> impl Strategy<Value = ServerResponse> {
    let retry_after = [None, None, Some("0"), Some("0.5"), Some("7"), Some("200"), Some("soon")];
    prop_oneof![
        4 => Just(ServerResponse::Flag(Some(0))),
        3 => select(vec![None, Some(-1), Some(4), Some(i64::MAX), Some(i64::MIN)]).prop_map(ServerResponse::Flag),
        1 => select(vec![Some(1), Some(2), Some(3)]).prop_map(ServerResponse::Flag),
        4 => (select(vec![429, 455, 503, 500, 502, 520, 403, 404]), select(retry_after.to_vec()))
            .prop_map(|(status, retry_after)| ServerResponse::Page(status, retry_after)),
        1 => select(vec![404, 400, 501, 299]).prop_map(ServerResponse::Rejection),
        2 => Just(ServerResponse::Lost),
    ]
}

/// Responses, each with its duration.
fn script(duration: impl Strategy<Value = Duration>) -> impl Strategy<Value = Vec<(ServerResponse, Duration)>> {
    vec((server_responses(), duration), 0..12)
}

fn response_times() -> impl Strategy<Value = Duration> {
    prop_oneof![3 => Just(Duration::ZERO), 1 => (0_u64..40_000).prop_map(Duration::from_millis)]
}

/// Rates, in requests per second.
fn rates() -> impl Strategy<Value = f64> {
    prop_oneof![(-1.0..10.0).prop_map(|power| 10_f64.powf(power)), select(vec![0.1, 3.0, 7.0, 1000.0])]
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

/// One update of a wait.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Event {
    Changed(Status),
    PollFailed,
    Finished(End),
}

/// The result of a wait.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Success,
    Failed(Status),
    Rejected,
    Deadline(Option<Status>),
}

fn end(result: &Result<Task, Error>) -> End {
    match result {
        Ok(task) => {
            assert_eq!(task.status(), Status::Success);
            End::Success
        }
        Err(error) if error.kind() == ErrorKind::TaskFailed => End::Failed(error.task().unwrap().status()),
        Err(error) if error.kind() == ErrorKind::Deadline => End::Deadline(error.last_status()),
        Err(_) => End::Rejected,
    }
}

fn event(update: &Update) -> Event {
    match update {
        Update::Changed(task) => Event::Changed(task.status()),
        Update::PollFailed(_) => Event::PollFailed,
        Update::Finished(result) => Event::Finished(end(result)),
        _ => unreachable!("a wait has no other updates"),
    }
}

/// The updates of a wait that made these requests. With `expired`, the wait ended without a last poll.
fn expected_events(requests: &[Request], expired: bool) -> Vec<Event> {
    let (mut events, mut state) = (Vec::new(), None);
    let (last, others) = requests.split_last().unwrap();
    for request in requests {
        match request.meaning {
            Meaning::State(status) if state != Some(status) => {
                state = Some(status);
                events.push(Event::Changed(status));
            }
            _ => {}
        }
        if request.meaning == Meaning::PollAgain && (expired || !std::ptr::eq(request, last)) {
            events.push(Event::PollFailed);
        }
    }
    let is_end = |request: &Request| match request.meaning {
        Meaning::State(status) => status.is_final(),
        Meaning::PollAgain => false,
        Meaning::End => true,
    };
    assert!(!others.iter().any(is_end), "no request after the end");
    events.push(Event::Finished(match last.meaning {
        Meaning::State(Status::Success) => End::Success,
        Meaning::State(status) if status.is_final() => End::Failed(status),
        Meaning::End => End::Rejected,
        Meaning::State(_) | Meaning::PollAgain => End::Deadline(state),
    }));
    events
}

/// Checks the requests of one wait against its deadline.
fn assert_deadline(requests: &[Request], deadline: Duration) {
    let (last, others) = requests.split_last().unwrap();
    for request in others {
        assert!(request.end <= deadline, "{request:?} is not the last one and ends after {deadline:?}");
    }
    assert!(last.begin <= deadline.saturating_add(LAST_POLL_TIMEOUT), "{last:?} begins too late for {deadline:?}");
    assert!(last.end <= deadline.max(last.begin).saturating_add(LAST_POLL_TIMEOUT), "{last:?} takes too long");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn wait_keeps_its_deadline(
        script in script(response_times()),
        delays in vec(durations(), 1..6),
        timeout in durations(),
        first_delay in durations(),
        random in 0.0..=1.0,
    ) {
        let pauses = script.iter().any(|(response, _)| response.is_pause());
        let server = ScriptedServer::new(script);
        let wait = server.client(random).wait("id").poll_policy(Repeated(delays)).timeout(timeout).first_delay(first_delay);
        let updates: Vec<_> = runtime().block_on(wait.stream().collect());
        let (requests, elapsed, deadline) = (server.requests(), server.clock.elapsed(), timeout.min(MAX_DURATION));
        let expired = elapsed != requests.last().unwrap().end;
        assert!(!expired || (pauses && elapsed == deadline), "expired at {elapsed:?}, deadline {deadline:?}");
        assert_eq!(updates.iter().map(event).collect::<Vec<_>>(), expected_events(&requests, expired));
        assert_deadline(&requests, deadline);
    }

    #[test]
    fn any_fixed_interval_works(
        interval in durations(),
        timeout in durations(),
        script in script(Just(Duration::ZERO)),
    ) {
        let server = ScriptedServer::new(script);
        let wait = server.client(0.5).wait("id").interval(interval).timeout(timeout);
        let result = runtime().block_on(wait.into_future());
        let requests = server.requests();
        let expired = server.clock.elapsed() != requests.last().unwrap().end;
        assert_eq!(expected_events(&requests, expired).pop(), Some(Event::Finished(end(&result))));
    }

    #[test]
    fn batch_keeps_deadlines_and_rate(
        names in vec(0_u32..12, 1..40),
        script in script(Just(Duration::ZERO)),
        delays in vec(durations(), 1..6),
        timeout in durations(),
        first_delay in durations(),
        max_in_flight in 1_usize..8,
        rate in prop_oneof![Just(None), rates().prop_map(Some)],
        random in 0.0..=1.0,
    ) {
        let is_blocked = rate.is_some() || script.iter().any(|(response, _)| response.is_pause());
        let server = ScriptedServer::new(script);
        let updates = Arc::new(Mutex::new(BTreeMap::<String, Vec<Event>>::new()));
        let log = Arc::clone(&updates);
        let record = move |id: &str, event: Event| log.lock().unwrap().entry(id.to_owned()).or_default().push(event);
        let record_end = record.clone();
        let waits = server.client(random).wait_all(names.iter().map(u32::to_string).collect::<Vec<_>>());
        let waits = waits.poll_policy(Repeated(delays)).timeout(timeout).first_delay(first_delay);
        let waits = waits.max_in_flight(max_in_flight).on_update(move |id, update| record(id, event(update)));
        let waits = rate.into_iter().fold(waits, midapi::WaitAll::rate);
        let clock = server.clock.clone();
        let ends: Vec<_> = runtime().block_on(waits.stream().map(|(id, result)| {
            record_end(&id, Event::Finished(end(&result)));
            (id, clock.elapsed())
        }).collect());

        let mut requested: Vec<_> = names.iter().map(u32::to_string).collect();
        let mut finished: Vec<_> = ends.iter().map(|(id, _)| id.clone()).collect();
        requested.sort();
        finished.sort();
        assert_eq!(&requested, &finished, "one result for each requested id");

        let requests = server.requests();
        let timeout = timeout.min(MAX_DURATION);
        // An id that is requested again after its end is another wait.
        for (id, at) in ends.iter().filter(|(id, _)| requested.iter().filter(|other| other == &id).count() == 1) {
            let requests: Vec<_> = requests.iter().filter(|request| request.id == *id).cloned().collect();
            // The delay before the first poll counts towards the timeout.
            let deadline = requests[0].begin.saturating_add(timeout).saturating_sub(first_delay.min(timeout));
            assert_deadline(&requests, deadline);
            let expired = *at > requests.last().unwrap().end;
            assert!(!expired || (is_blocked && *at >= deadline), "{id} ended at {at:?}");
            assert!(*at <= deadline.saturating_add(LAST_POLL_TIMEOUT), "{id} ended at {at:?}, after {deadline:?}");
            assert_eq!(updates.lock().unwrap()[id], expected_events(&requests, expired), "{id}");
        }
        if let Some(rate) = rate {
            assert_rate(&requests, rate);
        }
    }
}

/// No window contains more than rate · window + 2 requests.
fn assert_rate(requests: &[Request], rate: f64) {
    for (index, first) in requests.iter().enumerate() {
        for (more, last) in requests[index..].iter().enumerate() {
            let window = last.begin.saturating_sub(first.begin).as_secs_f64();
            let count = f64::from(u32::try_from(more + 1).unwrap());
            assert!(count <= rate * window * (1.0 + 1e-12) + 2.0, "{count} requests in {window} s at {rate}");
        }
    }
}
