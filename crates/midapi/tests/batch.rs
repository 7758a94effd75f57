//! Batches: the order and the rate of requests, and exactly one result for each id given.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use midapi::clock::{Clock, ManualClock};
use midapi::{ErrorKind, RawResponse, Update};
use midapi_mock::{MockServer, code, generating, html, reset, status, success};
use midapi_testkit::{SimulatedRequest, SimulatedServer, flag_response};
use midapi_testkit::{builder, seconds};

/// Responds with a task that finishes after a number of seconds, which is its id.
fn finish_after_id_seconds(request: &SimulatedRequest) -> Result<RawResponse, String> {
    flag_response(i64::from(request.time.as_secs() >= request.id.parse().unwrap()))
}

#[tokio::test]
async fn results_arrive_in_order_of_completion() {
    let server = SimulatedServer::new(finish_after_id_seconds);
    let ids = ["40", "0", "12", "20"];
    let results: Vec<_> = server.client().wait_all(ids).interval(seconds(4)).stream().collect().await;
    let order: Vec<_> = results.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(order, ["0", "12", "20", "40"]);
    assert!(results.iter().all(|(_, outcome)| outcome.is_ok()));
}

#[tokio::test]
async fn duplicate_ids_share_their_requests() {
    let server = SimulatedServer::new(finish_after_id_seconds);
    let results: Vec<_> = server.client().wait_all(["9", "9", "5", "9"]).interval(seconds(5)).stream().collect().await;
    let mut times = BTreeMap::new();
    for (id, _) in &results {
        *times.entry(id.as_str()).or_insert(0) += 1;
    }
    assert_eq!(times, BTreeMap::from([("5", 1), ("9", 3)]));
    assert_eq!(server.request_count("9"), 3, "at 0, 5 and 10 s");
}

#[tokio::test]
async fn invalid_ids_do_not_stop_the_batch() {
    let server = SimulatedServer::new(finish_after_id_seconds);
    let results: Vec<_> = server.client().get_all(["0", "", "a\nb", "1"]).stream().collect().await;
    let mut kinds: Vec<_> =
        results.iter().map(|(id, outcome)| (id.as_str(), outcome.as_ref().err().map(midapi::Error::kind))).collect();
    kinds.sort_by_key(|(id, _)| *id);
    let usage = Some(ErrorKind::Usage);
    assert_eq!(kinds, [("", usage), ("0", None), ("1", None), ("a\nb", usage)]);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn endless_iterators_are_read_lazily() {
    let server = SimulatedServer::new(|_| flag_response(1));
    let read = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&read);
    let ids = (0..).inspect(move |_| *counter.lock().unwrap() += 1).map(|n: u64| n.to_string());
    let mut stream = server.client().get_all(ids).max_in_flight(4).stream();
    for _ in 0..10 {
        assert!(stream.next().await.unwrap().1.is_ok());
    }
    assert!(*read.lock().unwrap() <= 10 + 4 + 1000 + 1, "{} read", read.lock().unwrap());
}

#[tokio::test]
async fn ids_can_be_added_during_waits() {
    let server = SimulatedServer::new(finish_after_id_seconds);
    let clock = server.clock.clone();
    // The second id is added after 30 s.
    let later = stream::once(async move {
        clock.sleep(seconds(30)).await;
        "31".to_owned()
    });
    let ids = stream::iter(["60".to_owned()]).chain(later);
    let results: Vec<_> = server.client().wait_all_stream(ids).interval(seconds(5)).stream().collect().await;
    let order: Vec<_> = results.into_iter().map(|(id, outcome)| (id, outcome.is_ok())).collect();
    assert_eq!(order, [("31".to_owned(), true), ("60".to_owned(), true)]);
}

#[tokio::test]
async fn max_in_flight_limits_concurrent_requests() {
    let server = MockServer::builder();
    let delayed = || success().delay(Duration::from_millis(20));
    let server = (0..12).fold(server, |server, n| server.task(n.to_string(), delayed())).start().unwrap();
    let client = builder(&server, &ManualClock::new()).build().unwrap();
    let start = std::time::Instant::now();
    let count = client.get_all((0..12).map(|n| n.to_string())).max_in_flight(3).stream().count().await;
    assert_eq!(count, 12);
    // Twelve responses of 20 ms, three at a time, take at least 80 ms.
    assert!(start.elapsed() >= Duration::from_millis(80), "{:?}", start.elapsed());
}

#[tokio::test]
async fn rate_holds_in_every_window() {
    let server = SimulatedServer::new(finish_after_id_seconds);
    let ids = (0..50).map(|n| n.to_string());
    let count =
        server.client().wait_all(ids).rate(4.0).interval(seconds(2)).timeout(seconds(1000)).stream().count().await;
    assert_eq!(count, 50);
    let times: Vec<_> = server.requests().into_iter().map(|(_, time)| time.as_secs_f64()).collect();
    for (first, begin) in times.iter().enumerate() {
        for (last, end) in times.iter().enumerate().skip(first) {
            #[allow(clippy::cast_precision_loss, reason = "a few hundred requests")]
            let requests = (last - first + 1) as f64;
            assert!(requests <= 4.0 * (end - begin) + 2.0 + 1e-6, "{requests} requests from {begin} to {end}");
        }
    }
}

#[tokio::test]
async fn timeout_starts_with_the_first_request() {
    // One request in ten seconds, and the first of each id fails: the last id is requested at 30 s and again at 80 s.
    let server =
        SimulatedServer::new(
            |request| if request.previous == 0 { Ok(RawResponse::new(502, "")) } else { flag_response(1) },
        );
    let all = server.client().get_all(["a", "b", "c", "d", "e"]).rate(0.1).timeout(seconds(60));
    let results: Vec<_> = all.stream().map(|(_, outcome)| outcome.is_ok()).collect().await;
    assert_eq!((results, server.clock.elapsed()), (vec![true; 5], seconds(80)));
}

#[tokio::test]
async fn polls_the_longest_overdue_id_first() {
    // Ten ids are due every 2 s, but the rate is 1 request per second, so each id is polled about every 10 s.
    let server = SimulatedServer::new(|request| flag_response(i64::from(request.time >= Duration::from_secs(100))));
    let ids: Vec<_> = (0..10).map(|n| n.to_string()).collect();
    server.client().wait_all(ids.clone()).rate(1.0).interval(seconds(2)).stream().count().await;
    for id in &ids {
        let times: Vec<_> =
            server.requests().into_iter().filter(|(requested, _)| requested == id).map(|(_, time)| time).collect();
        let longest_gap = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).max().unwrap();
        assert!(longest_gap <= seconds(12), "{id} was not polled for {longest_gap:?}");
    }
}

#[tokio::test]
async fn slow_consumers_slow_requests_down() {
    let server = SimulatedServer::new(finish_after_id_seconds);
    let ids = (0..100).map(|_| "0").enumerate().map(|(n, _)| format!("{:0>1$}", 0, n + 1));
    let mut stream = server.client().get_all(ids).max_in_flight(2).stream();
    let mut received = 0;
    while let Some((_, outcome)) = stream.next().await {
        outcome.unwrap();
        received += 1;
        assert!(
            server.requests().len() <= received + 3,
            "{} requests for {received} received results",
            server.requests().len()
        );
    }
    assert_eq!(received, 100);
}

#[tokio::test]
async fn unpolled_stream_makes_a_last_poll() {
    let server = SimulatedServer::new(|request| flag_response(i64::from(request.previous > 0)));
    let mut stream =
        server.client().wait_all(["a", "b"]).timeout(seconds(10)).interval(seconds(5)).on_update(|_, _| {}).stream();
    // The stream is not polled for an hour.
    let clock = server.clock.clone();
    assert!(stream.next().now_or_never().is_none());
    clock.advance(seconds(3600));
    let mut results = Vec::new();
    while let Some((id, outcome)) = stream.next().await {
        results.push((id, outcome.is_ok()));
    }
    results.sort();
    assert_eq!(results, [("a".to_owned(), true), ("b".to_owned(), true)]);
}

#[tokio::test]
async fn fail_fast_ends_at_first_failure() {
    let server = SimulatedServer::new(|request| {
        if request.id == "bad" && request.time >= Duration::from_secs(10) { flag_response(2) } else { flag_response(0) }
    });
    let stream = server.client().wait_all(["x", "bad", "y"]).interval(seconds(5)).fail_fast(true).stream();
    let results: Vec<_> = stream.collect().await;
    assert_eq!((results.len(), results[0].0.as_str()), (1, "bad"));
    assert_eq!(server.clock.elapsed(), seconds(10));
}

#[tokio::test]
async fn throttled_get_keeps_its_last_error() {
    // The response for `limited` pauses all requests for 60 s. `gateway` has failed before and times out during the pause.
    let server = SimulatedServer::new(|request| {
        if request.id == "limited" {
            let response = RawResponse::new(429, "").with_header("retry-after".parse().unwrap(), "60".parse().unwrap());
            return Ok(response);
        }
        Ok(RawResponse::new(502, ""))
    });
    let all = server.client().get_all(["gateway", "limited"]).max_in_flight(2).timeout(seconds(20));
    let results: BTreeMap<_, _> = all.stream().map(|(id, outcome)| (id, outcome.unwrap_err())).collect().await;
    assert_eq!((results["gateway"].kind(), results["gateway"].attempts()), (ErrorKind::Server, 1));
    assert_eq!(results["limited"].kind(), ErrorKind::RateLimited);
}

#[tokio::test]
async fn endless_duplicates_make_progress() {
    let server = SimulatedServer::new(|request| flag_response(i64::from(request.previous > 0)));
    let stream = server.client().wait_all(std::iter::repeat("x")).stream();
    let results: Vec<_> = stream.take(1500).collect().await;
    assert!(results.iter().all(|(id, outcome)| id == "x" && outcome.is_ok()));
}

#[tokio::test]
async fn waits_end_during_permanent_overload() {
    let server = SimulatedServer::new(|request| {
        if request.time < Duration::from_secs(60) {
            return flag_response(0);
        }
        let response = RawResponse::new(503, "").with_header("retry-after".parse().unwrap(), "120".parse().unwrap());
        Ok(response)
    });
    let ids = (0..200).map(|n| n.to_string());
    let results: Vec<_> = server.client().wait_all(ids).timeout(seconds(300)).stream().collect().await;
    assert_eq!(results.len(), 200);
    for (id, outcome) in results {
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), error.task_id()), (ErrorKind::Deadline, Some(id.as_str())));
        assert_eq!(error.last_status().map(midapi::Status::as_str), Some("generating"));
    }
    assert!(server.clock.elapsed() <= seconds(300 + 3 * 120), "{:?}", server.clock.elapsed());
}

#[tokio::test]
async fn on_update_receives_failed_polls() {
    let server = SimulatedServer::new(|request| match request.previous {
        0 | 2 => flag_response(0),
        1 => Err("connection lost".into()),
        _ => flag_response(1),
    });
    let updates = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&updates);
    let record = move |_: &str, update: &Update| {
        log.lock().unwrap().push(match update {
            Update::Changed(task) => task.status().to_string(),
            Update::PollFailed(error) => error.kind().to_string(),
            _ => "other".into(),
        });
    };
    server.client().wait_all(["a"]).on_update(record).stream().count().await;
    assert_eq!(*updates.lock().unwrap(), ["generating", "transport", "success"]);
}

#[tokio::test]
async fn one_pause_throttles_all_ids() {
    // From 10 to 12 s the server is overloaded and requests a pause of 20 s.
    let server = SimulatedServer::new(|request| {
        if (10..12).contains(&request.time.as_secs()) {
            let response = RawResponse::new(429, r#"{"code":429,"msg":"slow down"}"#);
            return Ok(response.with_header("retry-after".parse().unwrap(), "20".parse().unwrap()));
        }
        flag_response(i64::from(request.time.as_secs() >= 60))
    });
    let ids: Vec<_> = (0..20).map(|n| n.to_string()).collect();
    let results: Vec<_> = server.client().wait_all(ids).max_in_flight(1).interval(seconds(5)).stream().collect().await;
    assert!(results.len() == 20 && results.iter().all(|(_, outcome)| outcome.is_ok()));
    let is_paused = |time: &Duration| (seconds(11)..seconds(30)).contains(time);
    let requests = server.requests().into_iter().filter(|(_, time)| is_paused(time)).count();
    assert_eq!(requests, 0, "no request is sent during the pause");
}

/// Each fault is tried with waits for eight ids over real connections. Every id gets one result, and the number of requests is
/// that of the poll policy.
#[tokio::test]
async fn faults_neither_lose_nor_repeat_results() {
    type Scenario = fn() -> midapi_mock::Scenario;
    let table: &[(&str, Scenario, usize)] = &[
        ("lost connections", || reset().then(generating()).then(reset()).then(success()), 4),
        ("HTML pages of a gateway", || html(502).then(html(520)).then(generating()).then(success()), 4),
        ("429 with Retry-After", || status(429).retry_after("3").times(3).then(success()), 4),
        ("429 without Retry-After", || status(429).times(3).then(success()), 4),
        ("maintenance", || code(455, "back soon").times(2).then(generating()).then(success()), 4),
        ("truncated bodies", || success().truncate_after(30).times(2).then(success()), 3),
    ];
    for (why, scenario, requests) in table {
        let ids: Vec<_> = (0..8).map(|n| format!("task-{n}")).collect();
        let server =
            ids.iter().fold(MockServer::builder(), |server, id| server.task(id.clone(), scenario())).start().unwrap();
        let client = builder(&server, &ManualClock::new()).build().unwrap();
        let mut results: Vec<_> =
            client.wait_all(ids.clone()).stream().map(|(id, outcome)| (id, outcome.is_ok())).collect().await;
        results.sort();
        let expected: Vec<_> = ids.iter().map(|id| (id.clone(), true)).collect();
        assert_eq!(results, expected, "{why}");
        for id in &ids {
            assert_eq!(server.request_count(id), *requests, "{why}: {id}");
        }
    }
}

#[tokio::test]
async fn waits_survive_a_server_outage() {
    let server = SimulatedServer::new(|request| match request.time.as_secs() {
        20..140 => Err("no connection".into()),
        seconds => flag_response(i64::from(seconds >= 150)),
    });
    let ids: Vec<_> = (0..50).map(|n| n.to_string()).collect();
    let results: Vec<_> = server.client().wait_all(ids).stream().collect().await;
    assert!(results.len() == 50 && results.iter().all(|(_, outcome)| outcome.is_ok()));
    // The default policy makes eleven polls in three minutes; an outage adds none.
    assert!(server.requests().len() <= 50 * 12, "{}", server.requests().len());
}

#[tokio::test]
async fn clock_jumps_lead_to_last_polls() {
    let server = SimulatedServer::new(|request| {
        flag_response(i64::from(request.id == "done" && request.time >= Duration::from_secs(5 * 3600)))
    });
    let clock = server.clock.clone();
    let jump = move |_: &str, _: &Update| clock.advance(Duration::from_secs(6 * 3600));
    let results: Vec<_> = server.client().wait_all(["done", "never"]).on_update(jump).stream().collect().await;
    let kinds: BTreeMap<_, _> =
        results.iter().map(|(id, outcome)| (id.as_str(), outcome.as_ref().err().map(midapi::Error::kind))).collect();
    assert_eq!(kinds, BTreeMap::from([("done", None), ("never", Some(ErrorKind::Deadline))]));
}

#[tokio::test]
async fn waits_a_day_on_virtual_time() {
    let server =
        SimulatedServer::new(|request| flag_response(i64::from(request.time >= Duration::from_secs(24 * 3600))));
    let results =
        server.client().wait_all(["a"]).timeout(Duration::from_secs(30 * 3600)).stream().collect::<Vec<_>>().await;
    assert!(results[0].1.is_ok());
    assert!(server.clock.elapsed() >= Duration::from_secs(24 * 3600));
}

#[tokio::test]
async fn accepts_durations_of_any_length() {
    let server =
        SimulatedServer::new(|request| flag_response(i64::from(request.previous > 0 || request.id.as_str() > "b")));
    let client = server.client();
    client.get("a").timeout(Duration::MAX).await.unwrap();
    client.wait("b").timeout(Duration::MAX).interval(Duration::MAX).await.unwrap();
    let start = server.clock.elapsed();
    client.wait("c").timeout(Duration::MAX).first_delay(Duration::MAX).await.unwrap();
    let waited = server.clock.elapsed().saturating_sub(start);
    assert_eq!(waited, Duration::from_secs(10 * 365 * 24 * 3600), "longer durations are limited to ten years");
    assert_eq!(client.wait_all(["d"]).timeout(Duration::MAX).first_delay(Duration::MAX).stream().count().await, 1);
}

#[tokio::test]
async fn rejected_key_stops_the_batch() {
    for code in [401, 402] {
        let server =
            SimulatedServer::new(move |_| Ok(RawResponse::new(200, format!(r#"{{"code":{code},"msg":"no"}}"#))));
        let ids = (0..5000).map(|n| n.to_string());
        let results: Vec<_> = server.client().wait_all(ids).max_in_flight(32).stream().collect().await;
        assert_eq!(results.len(), 1, "the stream ends with the rejection");
        assert!(server.requests().len() <= 32, "{} requests", server.requests().len());
    }
}

#[tokio::test]
async fn duplicates_do_not_occupy_positions() {
    let server = SimulatedServer::new(|request| flag_response(i64::from(request.id == "late")));
    let ids = std::iter::repeat_n("same", 1001).chain(["late"]);
    let mut stream = server.client().wait_all(ids).timeout(seconds(60)).stream();
    let (first, result) = stream.next().await.unwrap();
    assert_eq!((first.as_str(), result.is_ok()), ("late", true));
    assert_eq!(stream.count().await, 1001);
}

#[tokio::test]
async fn rates_that_are_not_positive_send_nothing() {
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let server = SimulatedServer::new(|_| flag_response(1));
        let results: Vec<_> = server.client().get_all(["a", "b"]).rate(rate).stream().collect().await;
        assert!(results.iter().all(|(_, result)| result.as_ref().is_err_and(|e| e.kind() == ErrorKind::Usage)));
        assert_eq!((results.len(), server.requests().len()), (2, 0), "{rate}");
    }
}

#[tokio::test]
async fn saturated_rate_keeps_every_deadline() {
    let server = SimulatedServer::new(|_| flag_response(0));
    let clock = server.clock.clone();
    let ids = (0..200).map(|n| n.to_string());
    let stream = server.client().wait_all(ids).rate(1.0).timeout(seconds(5)).stream();
    let ends: BTreeMap<_, _> = stream.map(|(id, _)| (id, clock.elapsed())).collect().await;
    let mut first = BTreeMap::new();
    for (id, time) in server.requests() {
        first.entry(id).or_insert(time);
    }
    for (id, end) in ends {
        assert!(end <= first[&id] + seconds(15), "{id} started at {:?} and ended at {end:?}", first[&id]);
    }
}

#[tokio::test]
async fn keys_come_back_with_results() {
    let server = SimulatedServer::new(|_| flag_response(1));
    let ids = ["a", "", "a", "b"].map(midapi::TaskId::new).into_iter().enumerate();
    let mut results: Vec<_> = server.client().get_all_keyed(stream::iter(ids)).stream().collect().await;
    results.sort_by_key(|(key, _)| *key);
    let found: Vec<_> =
        results.iter().map(|(key, result)| (*key, result.as_ref().ok().map(midapi::Task::id))).collect();
    assert_eq!(found, [(0, Some("a")), (1, None), (2, Some("a")), (3, Some("b"))]);
    assert_eq!(server.request_count("a"), 1);
}

#[tokio::test]
async fn failed_polls_reach_on_retry() {
    let server =
        SimulatedServer::new(
            |request| {
                if request.previous == 0 { Ok(RawResponse::new(502, "")) } else { flag_response(1) }
            },
        );
    let log = Arc::new(Mutex::new(Vec::new()));
    let events = Arc::clone(&log);
    let client = server
        .builder()
        .on_retry(move |event| {
            events.lock().unwrap().push((event.task_id.map(str::to_owned), event.attempts, event.error.kind()));
        })
        .build()
        .unwrap();
    assert_eq!(client.get_all(["get_all"]).stream().count().await, 1);
    assert_eq!(client.wait_all(["wait_all"]).stream().count().await, 1);
    client.get("get").await.unwrap();
    client.wait("wait").await.unwrap();
    client.call(async |wire| wire.get_record_info("call").await).await.unwrap();
    let expected = ["get_all", "wait_all", "get", "wait"].map(|id| (Some(id.to_owned()), 1, ErrorKind::Server));
    assert_eq!(*log.lock().unwrap(), [&expected[..], &[(None, 1, ErrorKind::Server)]].concat());
}

#[tokio::test]
async fn obeyed_pause_does_not_stall_clients() {
    let server = SimulatedServer::new(|request| {
        if request.id == "0" && request.previous == 0 {
            let response = RawResponse::new(429, "").with_header("retry-after".parse().unwrap(), "1".parse().unwrap());
            return Ok(response);
        }
        flag_response(1)
    });
    let client = server.client();
    client.get("0").await.unwrap();
    let start = server.clock.elapsed();
    for id in 1..60 {
        client.get(id.to_string()).timeout(seconds(10)).await.unwrap();
    }
    let elapsed = server.clock.elapsed().checked_sub(start).unwrap();
    assert!(elapsed < seconds(10), "{elapsed:?}");
}
