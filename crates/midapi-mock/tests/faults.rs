//! Faults arrive as faults.

mod support;

use midapi_mock::{
    MockServer, Step, code, generating, gzip_bomb, html, huge, nested, raw, redirect, reset, status, success,
};
use serde_json::json;
use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};
use support::{Connection, GOOD, look, look_accepting, of, try_look, unzipped};

#[test]
fn statuses_and_headers_are_those_asked_for() {
    type Header = (&'static str, &'static str);
    let table: Vec<(&str, Step, u16, Option<Header>, &str)> = vec![
        (
            "an envelope says the status",
            status(503),
            503,
            None,
            r#"{"code":503,"msg":"Service Unavailable","data":null}"#,
        ),
        ("a status that nobody named", status(455), 455, None, r#"{"code":455,"#),
        ("a hint", status(429).retry_after("1.5"), 429, Some(("retry-after", "1.5")), r#"{"code":429,"#),
        ("a code is HTTP 200", code(402, "no"), 200, None, r#"{"code":402,"msg":"no","data":null}"#),
        (
            "status and code may differ",
            code(200, "yes").http_status(500),
            500,
            None,
            r#"{"code":200,"msg":"yes","data":null}"#,
        ),
        ("a page", html(502), 502, Some(("content-type", "text/html; charset=UTF-8")), "<!DOCTYPE html>"),
        (
            "elsewhere",
            redirect("http://127.0.0.1:1/x"),
            302,
            Some(("location", "http://127.0.0.1:1/x")),
            r#"{"code":302,"#,
        ),
        ("bytes", raw(b"\xff\x00{".as_slice()), 200, None, "\u{fffd}\u{0}{"),
        ("no byte", raw(""), 200, Some(("content-length", "0")), ""),
        ("a header of its own", success().header("X-Made-Up", "a b"), 200, Some(("x-made-up", "a b")), "{"),
        (
            "instead of the server's",
            success().header("Content-Type", "text/plain"),
            200,
            Some(("content-type", "text/plain")),
            "{",
        ),
        (
            "an encoding that is a lie",
            raw("plain").content_encoding("br"),
            200,
            Some(("content-encoding", "br")),
            "plain",
        ),
    ];
    let server = MockServer::start().unwrap();
    for (why, step, http, header, body) in table {
        server.set_scenario("cat", step);
        let answer = look(&server, "cat");
        assert_eq!(answer.status, http, "{why}");
        assert!(answer.text().starts_with(body), "{why}: {}", answer.text());
        if let Some((name, value)) = header {
            assert_eq!(answer.header(name), Some(value), "{why}");
        }
    }
}

#[test]
fn a_header_given_twice_is_sent_twice() {
    let server = MockServer::builder().task("cat", success().header("x-a", "1").header("x-a", "2")).start().unwrap();
    let answer = look(&server, "cat");
    let values: Vec<_> =
        answer.headers.iter().filter(|(name, _)| name == "x-a").map(|(_, value)| value.as_str()).collect();
    assert_eq!(values, ["1", "2"]);
}

#[test]
fn a_reset_is_a_reset_and_the_next_connection_is_served() {
    let server = MockServer::builder().task("cat", reset().then(success())).start().unwrap();
    let error = try_look(&server, "cat").err().expect("no answer");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    assert_eq!(look(&server, "cat").state(), "flag 1");
}

#[test]
fn a_reset_hits_a_connection_in_use() {
    let server = MockServer::builder().task("cat", success().then(reset())).start().unwrap();
    let mut connection = Connection::open(&server);
    assert_eq!(connection.look(&of("cat")).unwrap().state(), "flag 1");
    assert_eq!(connection.look(&of("cat")).err().map(|error| error.kind()), Some(ErrorKind::ConnectionReset));
}

#[test]
fn a_cut_body_promises_more_than_it_brings() {
    let server = MockServer::start().unwrap();
    // More than the buffers of two sockets and of the server take at once.
    let big = 9_000_000;
    let table: Vec<(&str, Step, u64, Option<usize>)> = vec![
        ("at once", raw("0123456789").truncate_after(0), 10, Some(0)),
        ("in the middle", raw("0123456789").truncate_after(4), 10, Some(4)),
        ("before the last byte", raw("0123456789").truncate_after(9), 10, Some(9)),
        ("not at all", raw("0123456789").truncate_after(10), 10, None),
        ("much later", huge(big).truncate_after(8_000_001), big, Some(8_000_001)),
    ];
    for (why, step, promised, brought) in table {
        server.set_scenario("cat", step);
        let mut connection = Connection::open(&server);
        connection.send("GET", &of("cat"), GOOD);
        let head = connection.head().unwrap();
        assert_eq!(head.header("content-length"), Some(promised.to_string().as_str()), "{why}");
        if let Some(bytes) = brought {
            let mut body = Vec::new();
            connection.0.read_to_end(&mut body).unwrap();
            assert_eq!(body.len(), bytes, "{why}");
        } else {
            connection.0.read_exact(&mut [0; 10]).unwrap();
            assert_eq!(connection.look(&of("cat")).unwrap().text(), "0123456789", "{why}: the connection goes on");
        }
    }
}

#[test]
fn a_delay_comes_before_the_answer() {
    let time = Duration::from_millis(60);
    let server = MockServer::builder().task("slow", generating().delay(time)).start().unwrap();
    let begin = Instant::now();
    assert_eq!(look(&server, "slow").state(), "flag 0");
    assert!(begin.elapsed() >= time, "the answer came after {:?}", begin.elapsed());
}

#[test]
fn a_delay_holds_up_nobody_else() {
    let slow = generating().delay(Duration::from_mins(1));
    let server = MockServer::builder().task("slow", slow).task("cat", success()).start().unwrap();
    let mut waiting = Connection::open(&server);
    waiting.send("GET", &of("slow"), GOOD);
    while server.request_count("slow") == 0 {
        std::thread::yield_now();
    }
    // Gives up after twenty seconds.
    assert_eq!(look(&server, "cat").state(), "flag 1");
}

#[test]
fn a_dripping_body_comes_byte_by_byte() {
    let drip = |pause| raw("12345678").byte_interval(pause);
    let slowly = drip(Duration::from_mins(1));
    let server =
        MockServer::builder().task("slowly", slowly).task("cat", drip(Duration::from_millis(10))).start().unwrap();
    let mut connection = Connection::open(&server);
    connection.send("GET", &of("slowly"), GOOD);
    connection.head().unwrap();
    assert_eq!(connection.0.read(&mut [0; 100]).unwrap(), 1, "the second byte comes a minute later");

    let begin = Instant::now();
    assert_eq!(look(&server, "cat").text(), "12345678");
    assert!(begin.elapsed() >= Duration::from_millis(70), "{:?}", begin.elapsed());
}

#[test]
fn big_bodies_have_their_size_and_are_envelopes() {
    let server = MockServer::start().unwrap();
    for size in [90, 1_000, 65_536, 300_001] {
        server.set_scenario("cat", huge(size));
        let plain = look_accepting(&server, "cat", "gzip");
        assert_eq!((plain.body.len() as u64, plain.header("content-encoding")), (size, None));
        assert_eq!(plain.json()["code"], 200, "{size}");
        server.set_scenario("cat", gzip_bomb(size));
        let packed = look(&server, "cat");
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        assert!(unzipped(&packed.body) == plain.body, "{size} bytes");
    }
}

#[test]
fn a_bomb_is_small_however_much_it_holds() {
    let server = MockServer::builder().task("cat", gzip_bomb(100_000_000)).start().unwrap();
    let begin = Instant::now();
    let size = look(&server, "cat").body.len();
    assert!(size < 200_000, "{size}");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
fn nesting_is_as_deep_as_asked() {
    let server = MockServer::builder().task("flat", nested(2)).task("deep", nested(10_000)).start().unwrap();
    let data = json!({ "taskId": "nested", "successFlag": 1, "nested": [[]] });
    assert_eq!(look(&server, "flat").json(), json!({ "code": 200, "msg": "success", "data": data }));
    let deep = look(&server, "deep").text();
    assert_eq!((deep.matches('[').count(), deep.matches(']').count()), (10_000, 10_000));
}

#[test]
fn a_step_that_cannot_be_sent_says_why() {
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
    for (step, says) in table {
        let error = MockServer::builder().task("cat", success().then(step.clone())).start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let message = error.to_string();
        assert!(message.contains(says) && message.contains("step 2") && message.contains("cat"), "{message}");
        server.set_scenario("cat", step);
        let answer = look(&server, "cat");
        assert_eq!(answer.status, 500);
        assert!(answer.text().contains(says), "{}", answer.text());
    }
}
