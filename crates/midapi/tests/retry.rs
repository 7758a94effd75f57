//! Retries of a `get`: which failures, after which delays, and how many.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use midapi::ErrorKind;
use midapi::clock::ManualClock;
use midapi_mock::{MockServer, code, html, reset, status, success};
use midapi_testkit::{ID, builder, seconds, server};

#[tokio::test]
async fn backoff_doubles_and_notifies_each_retry() {
    let server = server(reset().then(html(502)).then(html(520)).then(success()));
    let clock = ManualClock::new();
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let client = builder(&server, &clock).build().unwrap();
    let task = client
        .get(ID)
        .on_retry(move |retry| log.lock().unwrap().push((retry.attempts, retry.error.kind(), retry.delay)))
        .await
        .unwrap();
    assert_eq!(task.status().as_str(), "success");
    let (transport, server_kind) = (ErrorKind::Transport, ErrorKind::Server);
    let expected = [(1, transport, 250), (2, server_kind, 500), (3, server_kind, 1000)]
        .map(|(n, kind, ms)| (n, kind, Duration::from_millis(ms)));
    assert_eq!(*events.lock().unwrap(), expected);
    assert_eq!(clock.sleeps(), expected.map(|(_, _, delay)| delay));
}

#[tokio::test]
async fn obeys_retry_after_in_every_form() {
    let table = [
        ("seconds", status(429).retry_after("7"), 7.0),
        ("a fraction", status(429).retry_after("1.5"), 1.5),
        ("with a body code", code(455, "maintenance").retry_after("3"), 3.0),
        ("shorter than the backoff", status(503).retry_after("0"), 0.25),
        (
            "a date",
            status(503).retry_after("Thu, 01 Jan 2026 00:00:20 GMT").header("date", "Thu, 01 Jan 2026 00:00:00 GMT"),
            20.0,
        ),
        ("neither a number nor a date", status(429).retry_after("soon"), 0.25),
    ];
    for (why, response, expected) in table {
        let server = server(response.then(success()));
        let clock = ManualClock::new();
        builder(&server, &clock).build().unwrap().get(ID).await.expect(why);
        let waited = clock.elapsed().as_secs_f64();
        // Callers of a shared pause get up to 10 % of jitter.
        assert!((expected..=expected * 1.11).contains(&waited), "{why}: {waited} s");
    }
}

#[tokio::test]
async fn delay_beyond_timeout_ends_the_call() {
    let server = server(status(429).retry_after("30"));
    let clock = ManualClock::new();
    let error = builder(&server, &clock).build().unwrap().get(ID).timeout(seconds(10)).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 1));
    assert_eq!(error.retry_after(), Some(seconds(30)));
    assert_eq!(clock.elapsed(), Duration::ZERO, "the call did not sleep");
}

/// A retry with hardly any time left would end as "timed out" and hide the error before it.
#[tokio::test]
async fn no_retry_without_time_for_it() {
    let table = [(1049, 1), (1050, 2)];
    for (timeout, expected) in table {
        let server = server(html(502).times(1).then(success()));
        let client = builder(&server, &ManualClock::new())
            .backoff(midapi::Backoff::new(seconds(2), seconds(2)))
            .build()
            .unwrap();
        let result = client.get(ID).timeout(Duration::from_millis(timeout)).await;
        assert_eq!(server.request_count(ID), expected, "{timeout} ms: {result:?}");
        assert_eq!(result.err().and_then(|error| error.http_status()), (expected == 1).then_some(502), "{timeout} ms");
    }
}

#[tokio::test]
async fn calls_override_the_client_retries() {
    let server = server(html(500));
    let client = builder(&server, &ManualClock::new()).max_retries(2).build().unwrap();
    assert_eq!(client.get(ID).await.unwrap_err().attempts(), 3);
    assert_eq!(client.get(ID).max_retries(0).await.unwrap_err().attempts(), 1);
    assert_eq!(server.request_count(ID), 4);
}

#[tokio::test]
async fn one_pause_throttles_all_calls() {
    let table = [
        (429, ErrorKind::RateLimited, "the server requested a pause; next request in 20s"),
        (503, ErrorKind::Unavailable, "the server requested a pause; next request in 20s"),
    ];
    for (code, kind, expected) in table {
        let slow = status(code).retry_after("20").then(success());
        let server = MockServer::builder().task("slow", slow).task("other", success()).start().unwrap();
        let clock = ManualClock::new();
        let client = builder(&server, &clock).build().unwrap();
        client.get("slow").max_retries(0).await.unwrap_err();
        let throttled = client.get("other").timeout(seconds(5)).await.unwrap_err();
        assert_eq!(
            (throttled.kind(), throttled.attempts(), throttled.task_id()),
            (kind, 0, Some("other")),
            "{throttled}"
        );
        assert!(throttled.message().contains(expected), "{throttled}");
        assert_eq!(server.request_count("other"), 0, "no request is sent during the pause");
        client.clone().get("other").await.unwrap();
        assert!(clock.elapsed() >= seconds(20), "{:?}", clock.elapsed());
    }
}

#[tokio::test]
async fn retry_budget_limits_an_outage() {
    let server = server(html(502));
    let clock = ManualClock::new();
    let client =
        builder(&server, &clock).backoff(midapi::Backoff::new(Duration::ZERO, Duration::ZERO)).build().unwrap();
    for _ in 0..300 {
        client.get(ID).await.unwrap_err();
    }
    // 300 first attempts and the 100 retries of the budget, instead of 1500 requests.
    assert_eq!(server.request_count(ID), 400);
    clock.advance(seconds(10));
    client.get(ID).await.unwrap_err();
    assert_eq!(server.request_count(ID), 405, "ten seconds refill the budget");
}
