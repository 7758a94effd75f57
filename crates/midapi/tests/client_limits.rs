//! Limits and defaults that all calls of a client share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use midapi::poll::{FixedInterval, WaitPolicy};
use midapi::{Client, ClientBuilder, ErrorKind, RawResponse, Reason, Transport, TransportFuture};
use midapi_mock::generating;
use midapi_testkit::{ID, builder, seconds, server};
use tokio::time::Instant;

/// A server that takes a time for each response. Clones share the log.
#[derive(Debug, Clone, Default)]
struct SlowServer {
    response_time: Duration,
    starts: Arc<Mutex<Vec<Instant>>>,
    in_flight: Arc<AtomicUsize>,
    most_in_flight: Arc<AtomicUsize>,
}

impl SlowServer {
    fn new(response_time: Duration) -> Self {
        Self { response_time, ..Self::default() }
    }

    fn builder(&self) -> ClientBuilder {
        Client::builder().api_key("example-key").transport(self.clone())
    }
}

/// Counts a request in flight until it is dropped.
struct InFlight(Arc<AtomicUsize>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Transport for SlowServer {
    fn execute(&self, _: http::Request<bytes::Bytes>) -> TransportFuture {
        self.starts.lock().unwrap().push(Instant::now());
        let now = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_in_flight.fetch_max(now, Ordering::Relaxed);
        let (guard, response_time) = (InFlight(Arc::clone(&self.in_flight)), self.response_time);
        Box::pin(async move {
            tokio::time::sleep(response_time).await;
            drop(guard);
            Ok(RawResponse::new(200, r#"{"code":200,"data":{"successFlag":1}}"#))
        })
    }
}

/// Runs every verb at once and returns the number of successes.
async fn run_every_verb(client: &Client) -> usize {
    let ids = |prefix: &str| (0..20).map(|n| format!("{prefix}-{n}")).collect::<Vec<_>>();
    let gets = join_all(ids("get").into_iter().map(|id| client.get(id).into_future()));
    let calls = join_all((0..5).map(|_| client.call(async |wire| wire.get_record_info(ID).await).into_future()));
    let (gets, calls, wait, get_all, wait_all) = tokio::join!(
        gets,
        calls,
        client.wait(ID).into_future(),
        client.get_all(ids("get-all")).stream().collect::<Vec<_>>(),
        client.wait_all(ids("wait-all")).max_in_flight(2).stream().collect::<Vec<_>>(),
    );
    let batches = get_all.iter().chain(&wait_all).filter(|(_, result)| result.is_ok()).count();
    batches
        + gets.iter().filter(|result| result.is_ok()).count()
        + calls.iter().filter(|result| result.is_ok()).count()
        + usize::from(wait.is_ok())
}

#[tokio::test(start_paused = true)]
async fn all_verbs_share_the_concurrency_limit() {
    let server = SlowServer::new(Duration::from_millis(100));
    let client = server.builder().max_in_flight(3).build().unwrap();
    let start = Instant::now();
    assert_eq!(run_every_verb(&client.clone()).await, 66);
    assert_eq!(server.most_in_flight.load(Ordering::Relaxed), 3);
    assert!(start.elapsed() <= Duration::from_millis(2500), "22 rounds of 100 ms, took {:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn all_verbs_share_the_rate_limit() {
    const RATE: f64 = 10.0;
    let server = SlowServer::new(Duration::from_millis(1));
    let client = server.builder().rate(RATE).build().unwrap();
    assert_eq!(run_every_verb(&client.clone()).await, 66);
    let starts = server.starts.lock().unwrap();
    for (index, first) in starts.iter().enumerate() {
        for (more, last) in starts[index..].iter().enumerate() {
            let count = f64::from(u32::try_from(more + 1).unwrap());
            let window = last.duration_since(*first).as_secs_f64();
            assert!(count <= RATE * window + 2.0 + 1e-6, "{count} requests in {window} s");
        }
    }
    let duration = starts[65].duration_since(starts[0]).as_secs_f64();
    assert!(duration <= 66.0 / RATE / 0.97, "the rate is used: {duration} s");
}

#[tokio::test(start_paused = true)]
async fn calls_without_a_turn_fail_in_time() {
    let table = [
        ("concurrency", SlowServer::new(seconds(20)).builder().max_in_flight(1), "in flight"),
        ("rate", SlowServer::new(seconds(20)).builder().rate(0.01), "rate limit of the client"),
    ];
    for (why, builder, expected) in table {
        let client = builder.build().unwrap();
        let (start, busy) = (Instant::now(), client.clone());
        let first =
            tokio::spawn(async move { join_all([busy.get("a").into_future(), busy.get("b").into_future()]).await });
        tokio::task::yield_now().await;
        let error = client.get("late").timeout(seconds(5)).await.unwrap_err();
        assert_eq!((error.kind(), error.reason()), (ErrorKind::RateLimited, Some(Reason::Throttled)), "{why}: {error}");
        assert_eq!((error.attempts(), error.task_id()), (0, Some("late")), "{why}");
        assert!(error.message().contains(expected) && start.elapsed() <= seconds(6), "{why}: {error}");
        first.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn waits_without_a_turn_expire() {
    let server = SlowServer::new(seconds(8));
    let client = server.builder().max_in_flight(1).build().unwrap();
    let busy = client.clone();
    let first = tokio::spawn(async move { join_all(["a", "b"].map(|id| busy.get(id).into_future())).await });
    tokio::task::yield_now().await;
    let error = client.wait("late").timeout(seconds(5)).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Deadline, 0), "{error}");
    // A turn after the deadline, but not much later, is used for the last poll.
    client.wait("later").timeout(seconds(1)).await.unwrap();
    assert!(first.await.unwrap().iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn dropped_calls_give_their_turn_back() {
    let server = SlowServer::new(seconds(10));
    let client = server.builder().max_in_flight(1).build().unwrap();
    tokio::time::timeout(seconds(1), client.get("dropped").into_future()).await.unwrap_err();
    let mut batch = client.get_all(["a", "b"]).stream();
    tokio::time::timeout(seconds(1), batch.next()).await.unwrap_err();
    drop(batch);
    let start = Instant::now();
    client.get(ID).await.unwrap();
    assert_eq!(start.elapsed(), seconds(10));
}

#[tokio::test]
async fn unusable_rates_are_config_errors() {
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = Client::builder().api_key("example-key").rate(rate).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
}

#[tokio::test]
async fn waits_start_with_the_client_policy() {
    let server = server(generating());
    let clock = midapi::clock::ManualClock::new();
    let policy = WaitPolicy::new().timeout(seconds(100)).poll_policy(FixedInterval(seconds(50)));
    let client = builder(&server, &clock).wait_policy(policy).build().unwrap();
    let error = client.wait(ID).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), clock.elapsed()), (ErrorKind::Deadline, 3, seconds(100)));
    let error = client.wait_all([ID]).stream().next().await.unwrap().1.unwrap_err();
    assert_eq!((error.attempts(), clock.elapsed()), (3, seconds(200)));
    let error = client.wait(ID).timeout(seconds(10)).await.unwrap_err();
    assert_eq!((error.attempts(), clock.elapsed()), (2, seconds(210)), "a call replaces a part of the policy");
}
