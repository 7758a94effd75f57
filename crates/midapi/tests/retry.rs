//! When a look-up is asked again, and when that ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use midapi::ErrorKind;
use midapi::clock::ManualClock;
use midapi_mock::{MockServer, code, html, reset, status, success};
use midapi_testkit::{ID, builder, seconds, server};

#[tokio::test]
async fn delays_double_with_full_jitter_and_each_retry_is_told() {
    let server = server(reset().then(html(502)).then(html(520)).then(success()));
    let clock = ManualClock::new();
    let told = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&told);
    let client = builder(&server, &clock).build().unwrap();
    let task = client
        .get(ID)
        .on_retry(move |retry| notes.lock().unwrap().push((retry.attempts, retry.error.kind(), retry.delay)))
        .await
        .unwrap();
    assert_eq!(task.status().as_str(), "success");
    let (transport, server_kind) = (ErrorKind::Transport, ErrorKind::Server);
    let expected = [(1, transport, 250), (2, server_kind, 500), (3, server_kind, 1000)]
        .map(|(n, kind, ms)| (n, kind, Duration::from_millis(ms)));
    assert_eq!(*told.lock().unwrap(), expected);
    assert_eq!(clock.sleeps(), expected.map(|(_, _, delay)| delay));
}

#[tokio::test]
async fn retry_after_is_waited_for_also_in_parts_of_a_second_and_as_a_date() {
    let table = [
        ("seconds", status(429).retry_after("7"), 7.0),
        ("a fraction", status(429).retry_after("1.5"), 1.5),
        ("with a body code", code(455, "maintenance").retry_after("3"), 3.0),
        ("a hint shorter than the back-off", status(503).retry_after("0"), 0.25),
        (
            "a date",
            status(503).retry_after("Thu, 01 Jan 2026 00:00:20 GMT").header("date", "Thu, 01 Jan 2026 00:00:00 GMT"),
            20.0,
        ),
        ("nonsense", status(429).retry_after("soon"), 0.25),
    ];
    for (why, answer, expected) in table {
        let server = server(answer.then(success()));
        let clock = ManualClock::new();
        builder(&server, &clock).build().unwrap().get(ID).await.expect(why);
        let waited = clock.elapsed().as_secs_f64();
        // The shared pause spreads its callers by up to a tenth.
        assert!((expected..=expected * 1.11).contains(&waited), "{why}: {waited} s");
    }
}

#[tokio::test]
async fn a_call_ends_at_once_when_what_is_left_is_shorter_than_the_delay() {
    let server = server(status(429).retry_after("30"));
    let clock = ManualClock::new();
    let error = builder(&server, &clock).build().unwrap().get(ID).timeout(seconds(10)).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 1));
    assert_eq!(error.retry_after(), Some(seconds(30)));
    assert_eq!(clock.elapsed(), Duration::ZERO, "nothing was slept");
}

#[tokio::test]
async fn retries_can_be_set_for_the_client_and_for_a_call() {
    let server = server(html(500));
    let client = builder(&server, &ManualClock::new()).max_retries(2).build().unwrap();
    assert_eq!(client.get(ID).await.unwrap_err().attempts(), 3);
    assert_eq!(client.get(ID).max_retries(0).await.unwrap_err().attempts(), 1);
    assert_eq!(server.request_count(ID), 4);
}

#[tokio::test]
async fn one_calls_slow_down_holds_for_every_call_of_the_client() {
    let table = [
        (429, ErrorKind::RateLimited, "the server asked for a pause of another 20s"),
        (503, ErrorKind::Unavailable, "the server asked for a pause of another 20s"),
    ];
    for (code, kind, words) in table {
        let slow = status(code).retry_after("20").then(success());
        let server = MockServer::builder().task("slow", slow).task("other", success()).start().unwrap();
        let clock = ManualClock::new();
        let client = builder(&server, &clock).build().unwrap();
        client.get("slow").max_retries(0).await.unwrap_err();
        let held = client.get("other").timeout(seconds(5)).await.unwrap_err();
        assert_eq!((held.kind(), held.attempts(), held.task_id()), (kind, 0, Some("other")), "{held}");
        assert!(held.message().contains(words), "{held}");
        assert_eq!(server.request_count("other"), 0, "nothing is sent while the server wants a pause");
        client.clone().get("other").await.unwrap();
        assert!(clock.elapsed() >= seconds(20), "{:?}", clock.elapsed());
    }
}

#[tokio::test]
async fn an_outage_is_not_multiplied() {
    let server = server(html(502));
    let clock = ManualClock::new();
    let client =
        builder(&server, &clock).backoff(midapi::Backoff::new(Duration::ZERO, Duration::ZERO)).build().unwrap();
    for _ in 0..300 {
        client.get(ID).await.unwrap_err();
    }
    // 300 first attempts and the hundred retries of the budget, instead of 1500 requests.
    assert_eq!(server.request_count(ID), 400);
    clock.advance(seconds(10));
    client.get(ID).await.unwrap_err();
    assert_eq!(server.request_count(ID), 405, "a minute later there is budget again");
}
