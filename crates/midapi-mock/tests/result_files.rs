//! Scenarios of result files: faults, ranges, counts.

mod support;

use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use midapi_mock::{
    FileKind, MockServer, Scenario, code, file, file_variant, generating, html, raw, redirect, status, success,
};
use serde_json::json;

use support::{Connection, Response, decompress, lookup};

const PATH: &str = "/m/cat_0_0.jpeg";
const SIZE: usize = 2_000;

fn serve(scenario: impl Into<Scenario>) -> MockServer {
    MockServer::builder().file(PATH, scenario).start().unwrap()
}

fn jpeg() -> midapi_mock::Step {
    file(FileKind::Jpeg, SIZE)
}

/// Requests the file without a key, on a new connection.
fn fetch(server: &MockServer, headers: &[&str]) -> std::io::Result<Response> {
    Connection::open(server).request("GET", PATH, headers)
}

#[test]
fn file_faults_change_response() {
    type Header = (&'static str, Option<&'static str>);
    type Check = Box<dyn Fn(&[u8]) -> bool>;
    let whole = FileKind::Jpeg.bytes(SIZE, 0);
    let page = |text: &[u8]| text.starts_with(b"<!DOCTYPE html>");
    let table: Vec<(&str, Scenario, u16, Header, Check)> = vec![
        ("no fault", jpeg().into(), 200, ("content-type", Some("image/jpeg")), Box::new(move |body| body == whole)),
        ("an HTML page", html(200).into(), 200, ("content-type", Some("text/html; charset=UTF-8")), Box::new(page)),
        (
            "an HTML page as a JPEG",
            html(200).header("content-type", "image/jpeg").into(),
            200,
            ("content-type", Some("image/jpeg")),
            Box::new(page),
        ),
        (
            "a JSON error",
            code(500, "error").into(),
            200,
            ("content-type", Some("application/json;charset=UTF-8")),
            Box::new(|body| body.starts_with(br#"{"code":500"#)),
        ),
        ("an empty body", raw("").into(), 200, ("content-length", Some("0")), Box::new(<[u8]>::is_empty)),
        (
            "a redirect",
            redirect("http://10.0.0.1/x").into(),
            302,
            ("location", Some("http://10.0.0.1/x")),
            Box::new(|_| true),
        ),
        ("a missing file", status(404).into(), 404, ("etag", None), Box::new(|_| true)),
        ("a rate limit", status(429).retry_after("2").into(), 429, ("retry-after", Some("2")), Box::new(|_| true)),
        (
            "half a file with its own length",
            jpeg().end_after(1_000).into(),
            200,
            ("content-length", Some("1000")),
            Box::new(|body| body == &FileKind::Jpeg.bytes(SIZE, 0)[..1_000]),
        ),
        (
            "another kind than the extension",
            file(FileKind::Png, SIZE).into(),
            200,
            ("content-type", Some("image/png")),
            Box::new(|body| body == FileKind::Png.bytes(SIZE, 0)),
        ),
        (
            "a wrong content type",
            jpeg().header("content-type", "text/html").into(),
            200,
            ("content-type", Some("text/html")),
            Box::new(|body| body == FileKind::Jpeg.bytes(SIZE, 0)),
        ),
        (
            "gzip, which the client does not accept",
            jpeg().gzip().into(),
            200,
            ("content-encoding", Some("gzip")),
            Box::new(|body| decompress(body) == FileKind::Jpeg.bytes(SIZE, 0)),
        ),
        (
            "a wrong range",
            jpeg().http_status(206).header("content-range", "bytes 0-1999/2000").into(),
            206,
            ("content-range", Some("bytes 0-1999/2000")),
            Box::new(|body| body.len() == SIZE),
        ),
        ("no validator", jpeg().remove_header("ETag").into(), 200, ("etag", None), Box::new(|body| body.len() == SIZE)),
    ];
    for (why, scenario, http, (name, value), check) in table {
        let server = serve(scenario);
        let response = fetch(&server, &["Range: bytes=500-"].into_iter().filter(|_| http == 206).collect::<Vec<_>>());
        let response = response.unwrap();
        assert_eq!((response.status, response.header(name)), (http, value), "{why}");
        assert!(check(&response.body), "{why}: {}", response.text());
    }
}

#[test]
fn bodies_without_length_are_chunked() {
    let server =
        serve(jpeg().remove_header("content-length").then(jpeg().remove_header("content-length").end_after(7)));
    let mut connection = Connection::open(&server);
    for (length, chunk) in [(SIZE, "7D0\r\n"), (7, "7\r\n")] {
        connection.send("GET", PATH, &[]);
        let head = connection.read_head().unwrap();
        assert_eq!((head.header("transfer-encoding"), head.header("content-length")), (Some("chunked"), None));
        let expected = [chunk.as_bytes(), &FileKind::Jpeg.bytes(SIZE, 0)[..length], b"\r\n0\r\n\r\n"].concat();
        let mut body = vec![0; expected.len()];
        std::io::Read::read_exact(&mut connection.0, &mut body).unwrap();
        assert!(body == expected, "the body of {length} bytes has a last chunk");
    }
}

#[test]
fn interrupted_file_can_be_resumed() {
    let server = serve(jpeg().truncate_after(1_200).then(jpeg()));
    assert_eq!(fetch(&server, &[]).err().map(|error| error.kind()), Some(ErrorKind::UnexpectedEof));
    let whole = FileKind::Jpeg.bytes(SIZE, 0);
    let rest = fetch(&server, &["Range: bytes=1200-"]).unwrap();
    assert_eq!((rest.status, rest.header("content-range")), (206, Some("bytes 1200-1999/2000")));
    assert_eq!(rest.body, whole[1_200..]);
    assert_eq!(rest.header("etag"), fetch(&server, &[]).unwrap().header("etag"));
    let beyond = fetch(&server, &["Range: bytes=2000-"]).unwrap();
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */2000")));
}

#[test]
fn changed_file_invalidates_if_range() {
    let server = serve(jpeg().then(file_variant(FileKind::Jpeg, SIZE, 1)));
    let tag = fetch(&server, &[]).unwrap().header("etag").unwrap().to_owned();
    let headers = ["Range: bytes=1200-".to_owned(), format!("If-Range: {tag}")];
    let changed = fetch(&server, &headers.each_ref().map(String::as_str)).unwrap();
    assert_eq!((changed.status, changed.body), (200, FileKind::Jpeg.bytes(SIZE, 1)));
    assert_ne!(changed.headers.iter().find(|(name, _)| name == "etag").unwrap().1, tag);
}

#[test]
fn range_is_ignored_without_accept_ranges() {
    let server = serve(jpeg().remove_header("accept-ranges").then(raw("abcdef").header("accept-ranges", "bytes")));
    let whole = fetch(&server, &["Range: bytes=1200-"]).unwrap();
    assert_eq!((whole.status, whole.body.len(), whole.header("accept-ranges")), (200, SIZE, None));
    let part = fetch(&server, &["Range: bytes=2-3"]).unwrap();
    assert_eq!((part.status, part.text()), (206, "cd".to_owned()), "raw bytes can have ranges too");
}

#[test]
fn file_sequence_ignores_method_and_query() {
    let server = serve(status(429).retry_after("1").times(2).then(status(403)).then(jpeg()));
    let mut connection = Connection::open(&server);
    connection.send("HEAD", PATH, &[]);
    assert_eq!(connection.read_head().unwrap().status, 429);
    for (query, expected) in [("", 429), ("?token=1", 403), ("?token=2", 200), ("", 200)] {
        assert_eq!(connection.request("GET", &format!("{PATH}{query}"), &[]).unwrap().status, expected, "{query}");
    }
    assert_eq!(connection.request("POST", PATH, &[]).unwrap().status, 405);
    assert_eq!((server.file_request_count(PATH), server.file_request_count("/m/cat_0_1.jpeg")), (6, 0));
    server.set_file(PATH, status(410));
    assert_eq!(connection.request("GET", PATH, &[]).unwrap().status, 410);
    server.clear_requests();
    assert_eq!(server.file_request_count(PATH), 0);
}

#[test]
fn result_urls_change_between_lookups() {
    let server = MockServer::builder()
        .prefix("/below")
        .file("/m/old.jpeg", status(404))
        .task("cat", generating().then(success().result_urls(["/m/old.jpeg", "http://127.0.0.2:1/x"])).then(success()))
        .start()
        .unwrap();
    let urls = || {
        let result = lookup_below(&server)["resultInfoJson"].take();
        let items = result["resultUrls"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["resultUrl"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(urls(), [""; 0]);
    assert_eq!(urls(), [format!("{}/m/old.jpeg", server.base_url()), "http://127.0.0.2:1/x".to_owned()]);
    assert_eq!(urls().len(), 4);
    let mut connection = Connection::open(&server);
    assert_eq!(connection.request("GET", "/below/m/old.jpeg", &[]).unwrap().status, 404);
    assert_eq!(connection.request("GET", "/below/m/cat_0_0.jpeg", &[]).unwrap().status, 200);
    assert_eq!(server.file_request_count("/m/old.jpeg"), 1, "counts have no prefix");
}

fn lookup_below(server: &MockServer) -> serde_json::Value {
    let path = format!("/below{}", support::lookup_path("cat"));
    Connection::open(server).get(&path).unwrap().json()["data"].take()
}

#[test]
fn params_replace_generated_prompt() {
    let prompt = "</script>\u{202e}../";
    let server = MockServer::builder().task("cat", success().params(json!({ "prompt": prompt }))).start().unwrap();
    let text = lookup(&server, "cat").json()["data"]["paramJson"].as_str().unwrap().to_owned();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json!({ "prompt": prompt }));
}

#[test]
fn log_shows_key_of_file_requests() {
    let other = MockServer::builder().listen((Ipv4Addr::new(127, 0, 0, 2), 0)).file(PATH, jpeg()).start().unwrap();
    let server = serve(redirect(format!("{}{PATH}", other.base_url())));
    let location = fetch(&server, &[]).unwrap().header("location").unwrap().to_owned();
    assert_eq!(location, format!("http://{}{PATH}", other.addr()));
    fetch(&other, &["Authorization: Bearer leaked"]).unwrap();
    assert_eq!(server.requests()[0].header("authorization"), None);
    assert_eq!(other.requests()[0].header("authorization"), Some("Bearer leaked"));
}

#[test]
fn concurrent_requests_are_counted() {
    let server = serve(jpeg().delay(Duration::from_millis(80)));
    assert_eq!(server.max_concurrent_requests(), 0);
    let fetch_three = || {
        let mut connections = [0; 3].map(|_| Connection::open(&server));
        for connection in &mut connections {
            connection.send("GET", PATH, &[]);
        }
        connections.map(|mut connection| connection.read().unwrap().body.len())
    };
    assert_eq!((fetch_three(), server.max_concurrent_requests()), ([SIZE; 3], 3));
    wait_until(|| {
        server.clear_requests();
        server.max_concurrent_requests() == 0
    });
    fetch(&server, &[]).unwrap();
    assert_eq!(server.max_concurrent_requests(), 1);
}

/// A request ends on the thread of the server, shortly after the client has the last byte.
fn wait_until(is_done: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_done() {
        assert!(begin.elapsed() < Duration::from_secs(5), "not done in 5 s");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn default_files_have_size_and_kind() {
    let small = MockServer::start().unwrap();
    let large = MockServer::builder().file_size(600_000).start().unwrap();
    for kind in FileKind::ALL {
        let path = format!("/m/any_0_2.{}", kind.extension());
        let get = |server| Connection::open(server).request("GET", &path, &[]).unwrap();
        let (small, large) = (get(&small), get(&large));
        assert!(small.body.len() < 1_000 && large.body.len() == 600_000, "{path}: {}", small.body.len());
        assert_eq!((small.status, small.header("content-type")), (200, Some(kind.content_type())));
        assert_eq!(large.body, kind.bytes(600_000, 2), "{path}");
    }
}

#[test]
fn invalid_file_steps_are_rejected() {
    let table = [
        ("a status", MockServer::builder().file(PATH, status(99)), PATH),
        ("a header name", MockServer::builder().file(PATH, jpeg().remove_header("a b")), "a b"),
        ("result_urls of a file", MockServer::builder().file(PATH, jpeg().result_urls(["/x"])), "`result_urls`"),
        ("result_urls too early", MockServer::builder().task("cat", generating().result_urls(["/x"])), "`result_urls`"),
        ("params of an error", MockServer::builder().task("cat", status(500).params(json!({}))), "`params`"),
    ];
    for (why, builder, expected) in table {
        let error = builder.start().unwrap_err().to_string();
        assert!(error.contains(expected), "{why}: {error}");
    }
}
