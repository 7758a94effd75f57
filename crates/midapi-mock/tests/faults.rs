//! Faults and options of steps.

mod support;

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use midapi_mock::{
    MockServer, Step, code, generating, gzip_bomb, html, huge, nested, raw, redirect, reset, status, success,
};
use serde_json::json;

use support::{AUTHORIZED, Connection, decompress, lookup, lookup_accepting, lookup_path, try_lookup};

#[test]
fn steps_set_status_headers_and_body() {
    type Header = (&'static str, &'static str);
    let table: Vec<(&str, Step, u16, Option<Header>, &str)> = vec![
        (
            "status: the code is the same",
            status(503),
            503,
            None,
            r#"{"code":503,"msg":"Service Unavailable","data":null}"#,
        ),
        ("a status without a reason phrase", status(455), 455, None, r#"{"code":455,"#),
        ("retry_after", status(429).retry_after("1.5"), 429, Some(("retry-after", "1.5")), r#"{"code":429,"#),
        ("code: HTTP 200", code(402, "no"), 200, None, r#"{"code":402,"msg":"no","data":null}"#),
        (
            "http_status differs from the code",
            code(200, "yes").http_status(500),
            500,
            None,
            r#"{"code":200,"msg":"yes","data":null}"#,
        ),
        ("html", html(502), 502, Some(("content-type", "text/html; charset=UTF-8")), "<!DOCTYPE html>"),
        (
            "redirect",
            redirect("http://127.0.0.1:1/x"),
            302,
            Some(("location", "http://127.0.0.1:1/x")),
            r#"{"code":302,"#,
        ),
        ("raw bytes", raw(b"\xff\x00{".as_slice()), 200, None, "\u{fffd}\u{0}{"),
        ("an empty body", raw(""), 200, Some(("content-length", "0")), ""),
        ("an additional header", success().header("X-Example", "a b"), 200, Some(("x-example", "a b")), "{"),
        (
            "a replaced header",
            success().header("Content-Type", "text/plain"),
            200,
            Some(("content-type", "text/plain")),
            "{",
        ),
        (
            "content_encoding of a plain body",
            raw("plain").content_encoding("br"),
            200,
            Some(("content-encoding", "br")),
            "plain",
        ),
    ];
    let server = MockServer::start().unwrap();
    for (why, step, http, header, body) in table {
        server.set_scenario("cat", step);
        let response = lookup(&server, "cat");
        assert_eq!(response.status, http, "{why}");
        assert!(response.text().starts_with(body), "{why}: {}", response.text());
        if let Some((name, value)) = header {
            assert_eq!(response.header(name), Some(value), "{why}");
        }
    }
}

#[test]
fn repeated_headers_are_all_sent() {
    let server = MockServer::builder().task("cat", success().header("x-a", "1").header("x-a", "2")).start().unwrap();
    let response = lookup(&server, "cat");
    let values: Vec<_> =
        response.headers.iter().filter(|(name, _)| name == "x-a").map(|(_, value)| value.as_str()).collect();
    assert_eq!(values, ["1", "2"]);
}

#[test]
fn server_continues_after_reset() {
    let server = MockServer::builder().task("cat", reset().then(success())).start().unwrap();
    let error = try_lookup(&server, "cat").err().expect("an error");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    assert_eq!(lookup(&server, "cat").state(), "flag 1");
}

#[test]
fn reset_closes_reused_connection() {
    let server = MockServer::builder().task("cat", success().then(reset())).start().unwrap();
    let mut connection = Connection::open(&server);
    assert_eq!(connection.get(&lookup_path("cat")).unwrap().state(), "flag 1");
    assert_eq!(connection.get(&lookup_path("cat")).err().map(|error| error.kind()), Some(ErrorKind::ConnectionReset));
}

#[test]
fn truncated_body_keeps_content_length() {
    let server = MockServer::start().unwrap();
    // More than the buffers of both sockets and of the server hold.
    let big = 9_000_000;
    let table: Vec<(&str, Step, u64, Option<usize>)> = vec![
        ("no bytes", raw("0123456789").truncate_after(0), 10, Some(0)),
        ("half of the body", raw("0123456789").truncate_after(4), 10, Some(4)),
        ("all but the last byte", raw("0123456789").truncate_after(9), 10, Some(9)),
        ("the limit is the length", raw("0123456789").truncate_after(10), 10, None),
        ("a large body", huge(big).truncate_after(8_000_001), big, Some(8_000_001)),
    ];
    for (why, step, content_length, received) in table {
        server.set_scenario("cat", step);
        let mut connection = Connection::open(&server);
        connection.send("GET", &lookup_path("cat"), AUTHORIZED);
        let head = connection.read_head().unwrap();
        assert_eq!(head.header("content-length"), Some(content_length.to_string().as_str()), "{why}");
        if let Some(bytes) = received {
            let mut body = Vec::new();
            connection.0.read_to_end(&mut body).unwrap();
            assert_eq!(body.len(), bytes, "{why}");
        } else {
            connection.0.read_exact(&mut [0; 10]).unwrap();
            assert_eq!(
                connection.get(&lookup_path("cat")).unwrap().text(),
                "0123456789",
                "{why}: the connection stays open"
            );
        }
    }
}

#[test]
fn delay_precedes_the_response() {
    let time = Duration::from_millis(60);
    let server = MockServer::builder().task("slow", generating().delay(time)).start().unwrap();
    let begin = Instant::now();
    assert_eq!(lookup(&server, "slow").state(), "flag 0");
    assert!(begin.elapsed() >= time, "{:?}", begin.elapsed());
}

#[test]
fn delay_does_not_block_others() {
    let slow = generating().delay(Duration::from_secs(60));
    let server = MockServer::builder().task("slow", slow).task("cat", success()).start().unwrap();
    let mut waiting = Connection::open(&server);
    waiting.send("GET", &lookup_path("slow"), AUTHORIZED);
    while server.request_count("slow") == 0 {
        std::thread::yield_now();
    }
    // The read timeout is 20 s.
    assert_eq!(lookup(&server, "cat").state(), "flag 1");
}

#[test]
fn byte_interval_sends_single_bytes() {
    let slow_body = |interval| raw("12345678").byte_interval(interval);
    let very_slow = slow_body(Duration::from_secs(60));
    let server = MockServer::builder()
        .task("very-slow", very_slow)
        .task("cat", slow_body(Duration::from_millis(10)))
        .start()
        .unwrap();
    let mut connection = Connection::open(&server);
    connection.send("GET", &lookup_path("very-slow"), AUTHORIZED);
    connection.read_head().unwrap();
    assert_eq!(connection.0.read(&mut [0; 100]).unwrap(), 1, "the second byte follows after a minute");

    let begin = Instant::now();
    assert_eq!(lookup(&server, "cat").text(), "12345678");
    assert!(begin.elapsed() >= Duration::from_millis(70), "{:?}", begin.elapsed());
}

#[test]
fn large_bodies_are_envelopes_of_exact_size() {
    let server = MockServer::start().unwrap();
    for size in [90, 1_000, 65_536, 300_001] {
        server.set_scenario("cat", huge(size));
        let plain = lookup_accepting(&server, "cat", "gzip");
        assert_eq!((plain.body.len() as u64, plain.header("content-encoding")), (size, None));
        assert_eq!(plain.json()["code"], 200, "{size}");
        server.set_scenario("cat", gzip_bomb(size));
        let packed = lookup(&server, "cat");
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        assert!(decompress(&packed.body) == plain.body, "{size} bytes");
    }
}

#[test]
fn gzip_bomb_is_small() {
    let server = MockServer::builder().task("cat", gzip_bomb(100_000_000)).start().unwrap();
    let begin = Instant::now();
    let size = lookup(&server, "cat").body.len();
    assert!(size < 200_000, "{size}");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
fn large_bodies_are_not_held_in_memory() {
    for step in [huge(1 << 50), gzip_bomb(1 << 60)] {
        let server = MockServer::builder().task("cat", step).start().unwrap();
        let mut connection = Connection::open(&server);
        connection.send("GET", &lookup_path("cat"), AUTHORIZED);
        let length: u64 = connection.read_head().unwrap().header("content-length").unwrap().parse().unwrap();
        assert!(length > 1 << 49, "{length}");
    }
}

#[test]
fn nested_arrays_have_exact_depth() {
    let server = MockServer::builder().task("flat", nested(2)).task("deep", nested(10_000)).start().unwrap();
    let data = json!({ "taskId": "nested", "successFlag": 1, "nested": [[]] });
    assert_eq!(lookup(&server, "flat").json(), json!({ "code": 200, "msg": "success", "data": data }));
    let deep = lookup(&server, "deep").text();
    assert_eq!((deep.matches('[').count(), deep.matches(']').count()), (10_000, 10_000));
}

#[test]
fn invalid_steps_are_rejected_with_reason() {
    let table: Vec<(Step, &str)> = vec![
        (status(99), "99"),
        (status(101), "101"),
        (status(1000), "1000"),
        (success().header("a b", "c"), "a b"),
        (success().header("a", "line\r\nbreak"), "header"),
        (success().content_encoding("gz\nip"), "content-encoding"),
        (success().header("Content-Length", "3"), "truncate_after"),
    ];
    let server = MockServer::start().unwrap();
    for (step, expected) in table {
        let error = MockServer::builder().task("cat", success().then(step.clone())).start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let message = error.to_string();
        assert!(message.contains(expected) && message.contains("step 2") && message.contains("cat"), "{message}");
        server.set_scenario("cat", step);
        let response = lookup(&server, "cat");
        assert_eq!(response.status, 500);
        assert!(response.text().contains(expected), "{}", response.text());
    }
}
