//! Many ids through one scheduler: who is asked when, and that nobody is lost or told twice.

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

/// A task that finishes after as many seconds as its id says.
fn finish_after_id_seconds(request: &SimulatedRequest) -> Result<RawResponse, String> {
    flag_response(i64::from(request.time.as_secs() >= request.id.parse().unwrap()))
}

#[tokio::test]
async fn every_id_is_answered_once_in_the_order_of_ending() {
    let server = SimulatedServer::new(finish_after_id_seconds);
    let ids = ["40", "0", "12", "20"];
    let ended: Vec<_> = server.client().wait_all(ids).interval(seconds(4)).stream().collect().await;
    let order: Vec<_> = ended.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(order, ["0", "12", "20", "40"]);
    assert!(ended.iter().all(|(_, outcome)| outcome.is_ok()));
}

#[tokio::test]
async fn an_id_that_comes_twice_is_asked_once_and_answered_twice() {
    let server = SimulatedServer::new(finish_after_id_seconds);
    let ended: Vec<_> = server.client().wait_all(["9", "9", "5", "9"]).interval(seconds(5)).stream().collect().await;
    let mut times = BTreeMap::new();
    for (id, _) in &ended {
        *times.entry(id.as_str()).or_insert(0) += 1;
    }
    assert_eq!(times, BTreeMap::from([("5", 1), ("9", 3)]));
    assert_eq!(server.request_count("9"), 3, "at 0, 5 and 10 s");
}

#[tokio::test]
async fn bad_ids_are_answered_in_their_turn_and_the_rest_go_on() {
    let server = SimulatedServer::new(finish_after_id_seconds);
    let ended: Vec<_> = server.client().get_all(["0", "", "a\nb", "1"]).stream().collect().await;
    let mut kinds: Vec<_> =
        ended.iter().map(|(id, outcome)| (id.as_str(), outcome.as_ref().err().map(midapi::Error::kind))).collect();
    kinds.sort_by_key(|(id, _)| *id);
    let usage = Some(ErrorKind::Usage);
    assert_eq!(kinds, [("", usage), ("0", None), ("1", None), ("a\nb", usage)]);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_endless_source_is_taken_in_only_so_far_ahead() {
    let server = SimulatedServer::new(|_| flag_response(1));
    let taken = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&taken);
    let ids = (0..).inspect(move |_| *counter.lock().unwrap() += 1).map(|n: u64| n.to_string());
    let mut stream = server.client().get_all(ids).max_in_flight(4).stream();
    for _ in 0..10 {
        assert!(stream.next().await.unwrap().1.is_ok());
    }
    assert!(*taken.lock().unwrap() <= 10 + 4 + 1000 + 1, "{} taken", taken.lock().unwrap());
}

#[tokio::test]
async fn ids_can_join_while_others_are_waited_for() {
    let server = SimulatedServer::new(finish_after_id_seconds);
    let clock = server.clock.clone();
    // The second id comes when the clock says thirty seconds.
    let later = stream::once(async move {
        clock.sleep(seconds(30)).await;
        "31".to_owned()
    });
    let ids = stream::iter(["60".to_owned()]).chain(later);
    let ended: Vec<_> = server.client().wait_all_stream(ids).interval(seconds(5)).stream().collect().await;
    let order: Vec<_> = ended.into_iter().map(|(id, outcome)| (id, outcome.is_ok())).collect();
    assert_eq!(order, [("31".to_owned(), true), ("60".to_owned(), true)]);
}

#[tokio::test]
async fn no_more_than_max_in_flight_are_under_way() {
    let server = MockServer::builder();
    let delayed = || success().delay(Duration::from_millis(20));
    let server = (0..12).fold(server, |server, n| server.task(n.to_string(), delayed())).start().unwrap();
    let client = builder(&server, &ManualClock::new()).build().unwrap();
    let start = std::time::Instant::now();
    let count = client.get_all((0..12).map(|n| n.to_string())).max_in_flight(3).stream().count().await;
    assert_eq!(count, 12);
    // Twelve answers of 20 ms, three at a time, cannot take less.
    assert!(start.elapsed() >= Duration::from_millis(80), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_rate_holds_in_every_window() {
    let server = SimulatedServer::new(finish_after_id_seconds);
    let ids = (0..50).map(|n| n.to_string());
    let count =
        server.client().wait_all(ids).rate(4.0).interval(seconds(2)).timeout(seconds(1000)).stream().count().await;
    assert_eq!(count, 50);
    let times: Vec<_> = server.requests().into_iter().map(|(_, time)| time.as_secs_f64()).collect();
    for (first, begin) in times.iter().enumerate() {
        for (last, end) in times.iter().enumerate().skip(first) {
            #[allow(clippy::cast_precision_loss, reason = "some hundred looks")]
            let looks = (last - first + 1) as f64;
            assert!(looks <= 4.0 * (end - begin) + 2.0 + 1e-6, "{looks} looks from {begin} to {end}");
        }
    }
}

#[tokio::test]
async fn the_time_of_an_id_begins_with_its_first_look() {
    // One request in ten seconds, and the first of each id fails: the last id is requested at 30 s and again at 80 s.
    let server =
        SimulatedServer::new(
            |request| if request.previous == 0 { Ok(RawResponse::new(502, "")) } else { flag_response(1) },
        );
    let all = server.client().get_all(["a", "b", "c", "d", "e"]).rate(0.1).timeout(seconds(60));
    let ended: Vec<_> = all.stream().map(|(_, outcome)| outcome.is_ok()).collect().await;
    assert_eq!((ended, server.clock.elapsed()), (vec![true; 5], seconds(80)));
}

#[tokio::test]
async fn the_id_that_has_been_due_for_longest_is_asked_first() {
    // Each is due every two seconds, and there is leave for one look a second: all have to get their turns.
    let server = SimulatedServer::new(|request| flag_response(i64::from(request.time >= Duration::from_secs(100))));
    let ids: Vec<_> = (0..10).map(|n| n.to_string()).collect();
    server.client().wait_all(ids.clone()).rate(1.0).interval(seconds(2)).stream().count().await;
    for id in &ids {
        let times: Vec<_> =
            server.requests().into_iter().filter(|(seen, _)| seen == id).map(|(_, time)| time).collect();
        let longest = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).max().unwrap();
        assert!(longest <= seconds(12), "{id} was left alone for {longest:?}");
    }
}

#[tokio::test]
async fn a_slow_consumer_slows_the_asking_and_loses_nothing() {
    let server = SimulatedServer::new(finish_after_id_seconds);
    let ids = (0..100).map(|_| "0").enumerate().map(|(n, _)| format!("{:0>1$}", 0, n + 1));
    let mut stream = server.client().get_all(ids).max_in_flight(2).stream();
    let mut answered = 0;
    while let Some((_, outcome)) = stream.next().await {
        outcome.unwrap();
        answered += 1;
        assert!(
            server.requests().len() <= answered + 3,
            "{} looks for {answered} answers taken",
            server.requests().len()
        );
    }
    assert_eq!(answered, 100);
}

#[tokio::test]
async fn an_id_whose_deadline_passed_while_it_could_not_be_asked_gets_one_last_look() {
    let server = SimulatedServer::new(|request| flag_response(i64::from(request.previous > 0)));
    let mut stream =
        server.client().wait_all(["a", "b"]).timeout(seconds(10)).interval(seconds(5)).on_update(|_, _| {}).stream();
    // Nobody polls for an hour.
    let hour = server.clock.clone();
    assert!(stream.next().now_or_never().is_none());
    hour.advance(seconds(3600));
    let mut ended = Vec::new();
    while let Some((id, outcome)) = stream.next().await {
        ended.push((id, outcome.is_ok()));
    }
    ended.sort();
    assert_eq!(ended, [("a".to_owned(), true), ("b".to_owned(), true)]);
}

#[tokio::test]
async fn fail_fast_ends_at_the_first_failure() {
    let server = SimulatedServer::new(|request| {
        if request.id == "bad" && request.time >= Duration::from_secs(10) { flag_response(2) } else { flag_response(0) }
    });
    let stream = server.client().wait_all(["x", "bad", "y"]).interval(seconds(5)).fail_fast(true).stream();
    let ended: Vec<_> = stream.collect().await;
    assert_eq!((ended.len(), ended[0].0.as_str()), (1, "bad"));
    assert_eq!(server.clock.elapsed(), seconds(10));
}

#[tokio::test]
async fn a_look_up_held_beyond_its_time_ends_with_its_last_failure() {
    // The first id's answer holds everybody for a minute; the second has failed before, and has no time left after it.
    let server = SimulatedServer::new(|request| {
        if request.id == "limited" {
            let answer = RawResponse::new(429, "").with_header("retry-after".parse().unwrap(), "60".parse().unwrap());
            return Ok(answer);
        }
        Ok(RawResponse::new(502, ""))
    });
    let all = server.client().get_all(["gateway", "limited"]).max_in_flight(2).timeout(seconds(20));
    let ended: BTreeMap<_, _> = all.stream().map(|(id, outcome)| (id, outcome.unwrap_err())).collect().await;
    assert_eq!((ended["gateway"].kind(), ended["gateway"].attempts()), (ErrorKind::Server, 1));
    assert_eq!(ended["limited"].kind(), ErrorKind::RateLimited);
}

#[tokio::test]
async fn an_endless_source_of_one_id_does_not_spin() {
    let server = SimulatedServer::new(|request| flag_response(i64::from(request.previous > 0)));
    let stream = server.client().wait_all(std::iter::repeat("x")).stream();
    let ended: Vec<_> = stream.take(1500).collect().await;
    assert!(ended.iter().all(|(id, outcome)| id == "x" && outcome.is_ok()));
}

#[tokio::test]
async fn a_storm_that_does_not_end_ends_every_wait_all_the_same() {
    let server = SimulatedServer::new(|request| {
        if request.time < Duration::from_mins(1) {
            return flag_response(0);
        }
        let answer = RawResponse::new(503, "").with_header("retry-after".parse().unwrap(), "120".parse().unwrap());
        Ok(answer)
    });
    let ids = (0..200).map(|n| n.to_string());
    let ended: Vec<_> = server.client().wait_all(ids).timeout(seconds(300)).stream().collect().await;
    assert_eq!(ended.len(), 200);
    for (id, outcome) in ended {
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), error.task_id()), (ErrorKind::Deadline, Some(id.as_str())));
        assert_eq!(error.last_status().map(midapi::Status::as_str), Some("generating"));
    }
    assert!(server.clock.elapsed() <= seconds(300 + 3 * 120), "{:?}", server.clock.elapsed());
}

#[tokio::test]
async fn changes_are_told_in_their_order_and_failed_looks_too() {
    let server = SimulatedServer::new(|request| match request.previous {
        0 | 2 => flag_response(0),
        1 => Err("the line is cut".into()),
        _ => flag_response(1),
    });
    let told = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&told);
    let note = move |_: &str, update: &Update| {
        notes.lock().unwrap().push(match update {
            Update::Changed(task) => task.status().to_string(),
            Update::PollFailed(error) => error.kind().to_string(),
            _ => "else".into(),
        });
    };
    server.client().wait_all(["a"]).on_update(note).stream().count().await;
    assert_eq!(*told.lock().unwrap(), ["generating", "transport", "success"]);
}

#[tokio::test]
async fn one_slow_down_holds_for_all_ids() {
    // From 10 to 12 s the server is overrun, and asks for 20 s of rest.
    let server = SimulatedServer::new(|request| {
        if (10..12).contains(&request.time.as_secs()) {
            let answer = RawResponse::new(429, r#"{"code":429,"msg":"slow down"}"#);
            return Ok(answer.with_header("retry-after".parse().unwrap(), "20".parse().unwrap()));
        }
        flag_response(i64::from(request.time.as_secs() >= 60))
    });
    let ids: Vec<_> = (0..20).map(|n| n.to_string()).collect();
    let ended: Vec<_> = server.client().wait_all(ids).max_in_flight(1).interval(seconds(5)).stream().collect().await;
    assert!(ended.len() == 20 && ended.iter().all(|(_, outcome)| outcome.is_ok()));
    let resting = |time: &Duration| (seconds(11)..seconds(30)).contains(time);
    let looks = server.requests().into_iter().filter(|(_, time)| resting(time)).count();
    assert_eq!(looks, 0, "nobody asks while the server rests");
}

/// A row a fault, tried on waits for eight ids over real connections: no task is lost, none is told twice, and no more is sent
/// than the schedule allows.
#[tokio::test]
async fn faults_lose_no_task_and_repeat_none() {
    type Scenario = fn() -> midapi_mock::Scenario;
    let table: &[(&str, Scenario, usize)] = &[
        ("blips", || reset().then(generating()).then(reset()).then(success()), 4),
        ("gateway pages", || html(502).then(html(520)).then(generating()).then(success()), 4),
        ("a storm of 429 with hints", || status(429).retry_after("3").times(3).then(success()), 4),
        ("a storm of 429 without hints", || status(429).times(3).then(success()), 4),
        ("maintenance", || code(455, "back soon").times(2).then(generating()).then(success()), 4),
        ("bodies cut short", || success().truncate_after(30).times(2).then(success()), 3),
    ];
    for (why, scenario, looks) in table {
        let ids: Vec<_> = (0..8).map(|n| format!("task-{n}")).collect();
        let server =
            ids.iter().fold(MockServer::builder(), |server, id| server.task(id.clone(), scenario())).start().unwrap();
        let client = builder(&server, &ManualClock::new()).build().unwrap();
        let mut ended: Vec<_> =
            client.wait_all(ids.clone()).stream().map(|(id, outcome)| (id, outcome.is_ok())).collect().await;
        ended.sort();
        let expected: Vec<_> = ids.iter().map(|id| (id.clone(), true)).collect();
        assert_eq!(ended, expected, "{why}");
        for id in &ids {
            assert_eq!(server.request_count(id), *looks, "{why}: {id}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_gone_for_two_minutes_is_waited_for() {
    let server = SimulatedServer::new(|request| match request.time.as_secs() {
        20..140 => Err("no connection".into()),
        seconds => flag_response(i64::from(seconds >= 150)),
    });
    let ids: Vec<_> = (0..50).map(|n| n.to_string()).collect();
    let ended: Vec<_> = server.client().wait_all(ids).stream().collect().await;
    assert!(ended.len() == 50 && ended.iter().all(|(_, outcome)| outcome.is_ok()));
    // The growing schedule makes eleven looks in three minutes; an outage does not add to them.
    assert!(server.requests().len() <= 50 * 12, "{}", server.requests().len());
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_ends_what_is_due_with_a_last_look() {
    let server = SimulatedServer::new(|request| {
        flag_response(i64::from(request.id == "done" && request.time >= Duration::from_hours(5)))
    });
    let clock = server.clock.clone();
    let jump = move |_: &str, _: &Update| clock.advance(Duration::from_hours(6));
    let ended: Vec<_> = server.client().wait_all(["done", "never"]).on_update(jump).stream().collect().await;
    let kinds: BTreeMap<_, _> =
        ended.iter().map(|(id, outcome)| (id.as_str(), outcome.as_ref().err().map(midapi::Error::kind))).collect();
    assert_eq!(kinds, BTreeMap::from([("done", None), ("never", Some(ErrorKind::Deadline))]));
}

#[tokio::test]
async fn a_day_of_waiting_passes_in_no_time() {
    let server = SimulatedServer::new(|request| flag_response(i64::from(request.time >= Duration::from_hours(24))));
    let ended = server.client().wait_all(["a"]).timeout(Duration::from_hours(30)).stream().collect::<Vec<_>>().await;
    assert!(ended[0].1.is_ok());
    assert!(server.clock.elapsed() >= Duration::from_hours(24));
}

#[tokio::test]
async fn no_duration_is_too_long() {
    let server =
        SimulatedServer::new(|request| flag_response(i64::from(request.previous > 0 || request.id.as_str() > "b")));
    let client = server.client();
    client.get("a").timeout(Duration::MAX).await.unwrap();
    client.wait("b").timeout(Duration::MAX).interval(Duration::MAX).await.unwrap();
    let begun = server.clock.elapsed();
    client.wait("c").timeout(Duration::MAX).first_delay(Duration::MAX).await.unwrap();
    let took = server.clock.elapsed().saturating_sub(begun);
    assert_eq!(took, Duration::from_hours(10 * 365 * 24), "ten years stand for all of them");
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
async fn duplicates_take_no_place() {
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
async fn one_obeyed_pause_does_not_stall_a_small_client() {
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
    assert!(server.clock.elapsed() - start < seconds(10), "{:?}", server.clock.elapsed());
}
