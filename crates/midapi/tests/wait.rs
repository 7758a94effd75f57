//! Waiting for one task.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use midapi::clock::ManualClock;
use midapi::{ErrorKind, Status};
use midapi_mock::{flag, generating, html, not_found, reset, status, success};
use midapi_testkit::{ID, builder, client, seconds, server};

#[tokio::test]
async fn the_first_look_is_made_at_once_and_the_rest_on_the_growing_schedule() {
    let server = server(generating().times(3).then(success()));
    let clock = ManualClock::new();
    builder(&server, &clock).build().unwrap().wait(ID).await.unwrap();
    // Jitter of a half is none.
    assert_eq!(clock.sleeps(), [5000.0, 6250.0, 7812.5].map(|ms| Duration::from_secs_f64(ms / 1000.0)));
}

#[tokio::test]
async fn a_finished_task_takes_no_sleep() {
    let server = server(success());
    let clock = ManualClock::new();
    builder(&server, &clock).build().unwrap().wait(ID).await.unwrap();
    assert_eq!((clock.sleeps().len(), server.request_count(ID)), (0, 1));
}

#[tokio::test]
async fn jitter_is_ten_per_cent_either_way() {
    for (random, expected) in [(0.0, 9.0), (0.5, 10.0), (1.0, 11.0)] {
        let server = server(generating().then(success()));
        let clock = ManualClock::new();
        let client = builder(&server, &clock).rng(move || random).build().unwrap();
        client.wait(ID).interval(seconds(10)).await.unwrap();
        assert!((clock.elapsed().as_secs_f64() - expected).abs() < 1e-6, "{random}: {:?}", clock.elapsed());
    }
}

#[tokio::test]
async fn each_change_is_handed_over_before_the_sleep_and_the_final_one_too() {
    let server = server(generating().times(2).then(flag(7)).then(success()));
    let clock = ManualClock::new();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (notes, time) = (Arc::clone(&seen), clock.clone());
    let client = builder(&server, &clock).build().unwrap();
    let note = move |task: &midapi::Task| notes.lock().unwrap().push((task.status(), time.elapsed().as_secs()));
    client.wait(ID).interval(seconds(10)).on_update(note).await.unwrap();
    let expected = [(Status::Generating, 0), (Status::Unknown(Some(7)), 20), (Status::Success, 30)];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn sleeps_are_cut_to_the_deadline_and_a_last_look_is_made_there() {
    let table = [
        ("done by the deadline", generating().times(2).then(success()), None),
        ("still going", generating().into(), Some(ErrorKind::Deadline)),
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
async fn jitter_brings_no_extra_look_before_the_deadline() {
    for random in [0.0, 0.3, 1.0] {
        let server = server(generating());
        let clock = ManualClock::new();
        let client = builder(&server, &clock).rng(move || random).build().unwrap();
        client.wait(ID).timeout(seconds(4)).await.unwrap_err();
        assert_eq!((server.request_count(ID), clock.sleeps()), (2, vec![seconds(4)]), "{random}");
    }
}

#[tokio::test]
async fn a_look_just_before_the_deadline_is_made_at_it() {
    let table = [
        ("half a second before", 20.5, 10.0, 3),
        ("a second before", 21.0, 10.0, 4),
        ("more than a second before", 21.5, 10.0, 4),
        ("less than a twentieth of a short wait before", 4.0, 3.9, 2),
        ("more than that before", 4.0, 3.5, 3),
    ];
    for (why, timeout, interval, looks) in table {
        let server = server(generating());
        let clock = ManualClock::new();
        let client = builder(&server, &clock).build().unwrap();
        let (timeout, interval) = (Duration::from_secs_f64(timeout), Duration::from_secs_f64(interval));
        client.wait(ID).timeout(timeout).interval(interval).await.unwrap_err();
        assert_eq!((server.request_count(ID), clock.elapsed()), (looks, timeout), "{why}");
    }
}

#[tokio::test]
async fn a_deadline_says_what_was_seen() {
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
async fn nothing_seen_by_the_deadline_is_said_as_such() {
    let server = server(html(502));
    let error = client(&server).wait(ID).timeout(seconds(20)).await.unwrap_err();
    assert_eq!((error.kind(), error.last_status()), (ErrorKind::Deadline, None));
    assert!(error.message().contains("not polled successfully within 20s"), "{error}");
}

#[tokio::test]
async fn a_failure_that_asking_again_does_not_mend_ends_the_wait() {
    let server = server(generating().then(not_found()));
    let error = client(&server).wait(ID).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts(), error.last_status()),
        (ErrorKind::NotFound, 2, Some(Status::Generating))
    );
}

#[tokio::test]
async fn a_wait_honours_retry_after() {
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
async fn the_first_look_can_be_put_off() {
    let server = server(success());
    let clock = ManualClock::new();
    builder(&server, &clock).build().unwrap().wait(ID).first_delay(seconds(45)).await.unwrap();
    assert_eq!((clock.elapsed(), server.request_count(ID)), (seconds(45), 1));
}

#[tokio::test]
async fn a_failed_task_carries_the_servers_reason() {
    let server = server(midapi_mock::generation_failed());
    let error = client(&server).wait(ID).await.unwrap_err();
    let task = error.task().expect("the task");
    assert_eq!((error.kind(), task.status()), (ErrorKind::TaskFailed, Status::GenerationFailed));
    assert!(error.message().contains(task.error_message().unwrap()) && error.message().contains("500"), "{error}");
    let line = serde_json::to_value(&error).unwrap();
    assert_eq!(
        (&line["id"], &line["error"]["kind"], &line["status"]),
        (&ID.into(), &"task_failed".into(), &"generation_failed".into())
    );
}

#[tokio::test]
async fn dropping_a_wait_ends_its_traffic() {
    let server = server(generating());
    let client = client(&server);
    let mut wait = Box::pin(client.wait(ID).interval(Duration::ZERO).into_future());
    drop(tokio::time::timeout(Duration::from_millis(100), &mut wait).await);
    drop(wait);
    let looks = server.request_count(ID);
    assert!(looks > 0);
    // Long enough for three more.
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(server.request_count(ID) <= looks + 1, "one look may have been on its way");
}
