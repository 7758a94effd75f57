//! Answers are gzipped for those who accept it.

mod support;

use midapi_mock::{MockServer, generating, html, raw, success};
use support::{look, look_accepting, unzipped};

#[test]
fn the_client_says_whether_it_accepts_gzip() {
    let server = MockServer::builder().task("cat", success()).start().unwrap();
    let plain = look(&server, "cat");
    assert_eq!(plain.header("content-encoding"), None, "nothing is accepted by silence");
    let table = [
        ("gzip", true),
        ("GZIP", true),
        ("deflate, gzip, br", true),
        ("br;q=1.0, gzip;q=0.5", true),
        ("*", true),
        ("gzip;q=0", false),
        ("gzip; q=0.0, *", false),
        ("*;q=0", false),
        ("*;q=0, gzip", true),
        ("br, deflate", false),
        ("xgzip", false),
        ("identity", false),
        ("", false),
    ];
    for (accepted, expected) in table {
        let answer = look_accepting(&server, "cat", accepted);
        assert_eq!(answer.header("content-encoding") == Some("gzip"), expected, "{accepted:?}");
        let body = if expected { unzipped(&answer.body) } else { answer.body };
        assert_eq!(String::from_utf8(body).unwrap(), plain.text(), "{accepted:?}");
    }
}

#[test]
fn what_is_compressed_and_what_is_not() {
    let server = MockServer::builder()
        .task("page", html(502))
        .task("bytes", raw("as they are"))
        .task("lie", generating().content_encoding("gzip"))
        .start()
        .unwrap();
    for (id, encoding, plain_start) in [
        ("page", Some("gzip"), None),
        ("unknown", Some("gzip"), None),
        ("bytes", None, Some("as they are")),
        ("lie", Some("gzip"), Some("{\"code\"")),
    ] {
        let answer = look_accepting(&server, id, "gzip");
        assert_eq!(answer.header("content-encoding"), encoding, "{id}");
        match plain_start {
            Some(start) => assert!(answer.text().starts_with(start), "{id}"),
            None => assert_eq!(unzipped(&answer.body), look(&server, id).body, "{id}"),
        }
    }
}

#[test]
fn a_changed_step_is_compressed_anew() {
    let server = MockServer::builder().task("cat", generating().times(3).then(success())).start().unwrap();
    let bodies: Vec<String> =
        (0..5).map(|_| String::from_utf8(unzipped(&look_accepting(&server, "cat", "gzip").body)).unwrap()).collect();
    let flags: Vec<bool> = bodies.iter().map(|body| body.contains("\"successFlag\":1")).collect();
    assert_eq!(flags, [false, false, false, true, true]);
}

#[test]
fn compression_can_be_switched_off() {
    let server = MockServer::builder().gzip(false).task("cat", success()).start().unwrap();
    let answer = look_accepting(&server, "cat", "gzip");
    assert_eq!((answer.header("content-encoding"), answer.json()["code"].as_i64()), (None, Some(200)));
}
