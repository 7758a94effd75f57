//! Waits for one task: polling times, deadlines and results.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use midapi::clock::ManualClock;
use midapi::{ErrorKind, Status};
use midapi_mock::{flag, generating, html, not_found, reset, status, success};
use midapi_testkit::{ID, builder, client, seconds, server};

#[tokio::test]
async fn first_poll_is_immediate() {
    let server = server(generating().times(3).then(success()));
    let clock = ManualClock::new();
    builder(&server, &clock).build().unwrap().wait(ID).await.unwrap();
    // A random number of 0.5 means no jitter.
    assert_eq!(clock.sleeps(), [5000.0, 6250.0, 7812.5].map(|ms| Duration::from_secs_f64(ms / 1000.0)));
}

#[tokio::test]
async fn finished_task_needs_no_sleep() {
    let server = server(success());
    let clock = ManualClock::new();
    builder(&server, &clock).build().unwrap().wait(ID).await.unwrap();
    assert_eq!((clock.sleeps().len(), server.request_count(ID)), (0, 1));
}

#[tokio::test]
async fn jitter_is_ten_percent() {
    for (random, expected) in [(0.0, 9.0), (0.5, 10.0), (1.0, 11.0)] {
        let server = server(generating().then(success()));
        let clock = ManualClock::new();
        let client = builder(&server, &clock).rng(move || random).build().unwrap();
        client.wait(ID).interval(seconds(10)).await.unwrap();
        assert!((clock.elapsed().as_secs_f64() - expected).abs() < 1e-6, "{random}: {:?}", clock.elapsed());
    }
}

#[tokio::test]
async fn reports_every_change_before_sleeping() {
    let server = server(generating().times(2).then(flag(7)).then(success()));
    let clock = ManualClock::new();
    let updates = Arc::new(Mutex::new(Vec::new()));
    let (log, time) = (Arc::clone(&updates), clock.clone());
    let client = builder(&server, &clock).build().unwrap();
    let record = move |task: &midapi::Task| log.lock().unwrap().push((task.status(), time.elapsed().as_secs()));
    client.wait(ID).interval(seconds(10)).on_update(record).await.unwrap();
    let expected = [(Status::Generating, 0), (Status::Unknown(Some(7)), 20), (Status::Success, 30)];
    assert_eq!(*updates.lock().unwrap(), expected);
}

#[tokio::test]
async fn last_poll_is_at_the_deadline() {
    let table = [
        ("finished at the deadline", generating().times(2).then(success()), None),
        ("still generating", generating().into(), Some(ErrorKind::Deadline)),
    ];
    for (why, scenario, kind) in table {
        let server = server(scenario);
        let clock = ManualClock::new();
        let outcome =
            builder(&server, &clock).build().unwrap().wait(ID).interval(seconds(10)).timeout(seconds(15)).await;
        assert_eq!(outcome.err().map(|error| error.kind()), kind, "{why}");
        assert_eq!((clock.elapsed(), server.request_count(ID)), (seconds(15), 3), "{why}");
    }
}

#[tokio::test]
async fn jitter_adds_no_poll_before_deadline() {
    for random in [0.0, 0.3, 1.0] {
        let server = server(generating());
        let clock = ManualClock::new();
        let client = builder(&server, &clock).rng(move || random).build().unwrap();
        client.wait(ID).timeout(seconds(4)).await.unwrap_err();
        assert_eq!((server.request_count(ID), clock.sleeps()), (2, vec![seconds(4)]), "{random}");
    }
}

#[tokio::test]
async fn late_polls_move_to_the_deadline() {
    let table = [
        ("half a second before the deadline", 20.5, 10.0, 3),
        ("a second before the deadline", 21.0, 10.0, 4),
        ("more than a second before the deadline", 21.5, 10.0, 4),
        ("less than 5 % of a short wait before the deadline", 4.0, 3.9, 2),
        ("more than 5 % of a short wait before the deadline", 4.0, 3.5, 3),
    ];
    for (why, timeout, interval, requests) in table {
        let server = server(generating());
        let clock = ManualClock::new();
        let client = builder(&server, &clock).build().unwrap();
        let (timeout, interval) = (Duration::from_secs_f64(timeout), Duration::from_secs_f64(interval));
        client.wait(ID).timeout(timeout).interval(interval).await.unwrap_err();
        assert_eq!((server.request_count(ID), clock.elapsed()), (requests, timeout), "{why}");
    }
}

#[tokio::test]
async fn deadline_error_carries_last_status() {
    let server = server(generating().times(2).then(reset()));
    let clock = ManualClock::new();
    let error = builder(&server, &clock)
        .build()
        .unwrap()
        .wait(ID)
        .interval(seconds(10))
        .timeout(seconds(60))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.task_id(), error.last_status()),
        (ErrorKind::Deadline, Some(ID), Some(Status::Generating))
    );
    assert_eq!((error.attempts(), error.elapsed()), (7, Some(seconds(60))));
    assert!(error.message().contains("still generating after 1m (7 polls); last poll: "), "{error}");
}

#[tokio::test]
async fn deadline_error_without_successful_poll() {
    let server = server(html(502));
    let error = client(&server).wait(ID).timeout(seconds(20)).await.unwrap_err();
    assert_eq!((error.kind(), error.last_status()), (ErrorKind::Deadline, None));
    assert!(error.message().contains("no successful poll within 20s"), "{error}");
}

#[tokio::test]
async fn permanent_failures_end_the_wait() {
    let server = server(generating().then(not_found()));
    let error = client(&server).wait(ID).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts(), error.last_status()),
        (ErrorKind::NotFound, 2, Some(Status::Generating))
    );
}

#[tokio::test]
async fn wait_obeys_retry_after() {
    let server = server(status(429).retry_after("60").then(success()));
    let clock = ManualClock::new();
    builder(&server, &clock).build().unwrap().wait(ID).await.unwrap();
    assert!((60..=66).contains(&clock.elapsed().as_secs()), "{:?}", clock.elapsed());
    assert_eq!(server.request_count(ID), 2);
}

#[tokio::test]
async fn pause_beyond_deadline_gets_no_last_poll() {
    let server = server(generating().then(status(503).retry_after("100")).then(success()));
    let clock = ManualClock::new();
    let client = builder(&server, &clock).build().unwrap();
    let error = client.wait(ID).interval(seconds(5)).timeout(seconds(30)).await.unwrap_err();
    assert_eq!((error.kind(), clock.elapsed(), server.request_count(ID)), (ErrorKind::Deadline, seconds(30), 2));
    assert_eq!(error.last_status(), Some(Status::Generating));
}

#[tokio::test]
async fn first_delay_never_exceeds_timeout() {
    let server = server(generating());
    let clock = ManualClock::new();
    let client = builder(&server, &clock).build().unwrap();
    let error = client.wait(ID).first_delay(seconds(600)).timeout(seconds(5)).await.unwrap_err();
    assert_eq!((error.kind(), clock.elapsed(), server.request_count(ID)), (ErrorKind::Deadline, seconds(5), 1));
    let results: Vec<_> = client.wait_all([ID]).first_delay(seconds(600)).timeout(seconds(5)).stream().collect().await;
    assert!(results[0].1.is_err());
    assert_eq!((clock.elapsed(), server.request_count(ID)), (seconds(10), 2));
}

#[tokio::test(start_paused = true)]
async fn works_with_paused_tokio_time() {
    let server = server(generating().times(2).then(html(502)).then(success()));
    let client = midapi::Client::builder().api_key("k").base_url(server.base_url()).build().unwrap();
    let start = tokio::time::Instant::now();
    client.wait(ID).await.unwrap();
    let elapsed = start.elapsed();
    assert_eq!(server.request_count(ID), 4);
    assert!(elapsed >= seconds(15) && elapsed < seconds(30), "three intervals: {elapsed:?}");
    let results: Vec<_> = client.wait_all([ID, "unknown"]).stream().collect().await;
    assert_eq!(results.len(), 2);
}

#[tokio::test]
async fn first_delay_postpones_the_first_poll() {
    let server = server(success());
    let clock = ManualClock::new();
    builder(&server, &clock).build().unwrap().wait(ID).first_delay(seconds(45)).await.unwrap();
    assert_eq!((clock.elapsed(), server.request_count(ID)), (seconds(45), 1));
}

#[tokio::test]
async fn failed_task_has_the_server_reason() {
    let server = server(midapi_mock::generation_failed());
    let error = client(&server).wait(ID).await.unwrap_err();
    let task = error.task().expect("the error carries the task");
    assert_eq!((error.kind(), task.status()), (ErrorKind::TaskFailed, Status::GenerationFailed));
    assert!(error.message().contains(task.error_message().unwrap()) && error.message().contains("500"), "{error}");
    let line = serde_json::to_value(&error).unwrap();
    assert_eq!(
        (&line["id"], &line["error"]["kind"], &line["status"]),
        (&ID.into(), &"task_failed".into(), &"generation_failed".into())
    );
}

#[tokio::test]
async fn dropped_wait_sends_no_requests() {
    let server = server(generating());
    let client = client(&server);
    let mut wait = Box::pin(client.wait(ID).interval(Duration::ZERO).into_future());
    drop(tokio::time::timeout(Duration::from_millis(100), &mut wait).await);
    drop(wait);
    let requests = server.request_count(ID);
    assert!(requests > 0);
    // Long enough for three more polls.
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(server.request_count(ID) <= requests + 1, "one request may have been in flight");
}
