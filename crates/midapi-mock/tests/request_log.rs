//! The request log and the request counts.

mod support;

use std::time::Instant;

use midapi_mock::{MockServer, generating, reset, success};

use support::{AUTHORIZED, Connection, lookup, lookup_path, try_lookup};

#[test]
fn log_keeps_requests_as_sent() {
    let server = MockServer::builder().prefix("/p").task("ä b", success()).start().unwrap();
    let begin = Instant::now();
    let mut connection = Connection::open(&server);
    connection.get("/p/api/v1/mj/record-info?x=1&taskId=%C3%A4+b").unwrap();
    connection.request("POST", "/elsewhere", &["X-Twice: 1", "X-Twice: 2", "Content-Length: 0"]).unwrap();

    let seen = server.requests();
    let [first, second] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!((first.method.as_str(), first.path.as_str()), ("GET", "/p/api/v1/mj/record-info"));
    assert_eq!((first.query.as_deref(), first.task_id.as_deref()), (Some("x=1&taskId=%C3%A4+b"), Some("ä b")));
    assert_eq!((first.header("authorization"), first.header("host")), (Some("Bearer a-key"), Some("localhost")));
    assert_eq!((second.method.as_str(), second.path.as_str()), ("POST", "/elsewhere"));
    assert_eq!((second.query.as_deref(), second.task_id.as_deref()), (None, None));
    let twice: Vec<_> =
        second.headers.iter().filter(|(name, _)| name == "x-twice").map(|(_, value)| value.as_str()).collect();
    assert_eq!(twice, ["1", "2"]);
    assert!(
        begin <= first.received_at && first.received_at <= second.received_at && second.received_at <= Instant::now()
    );
}

#[test]
fn requests_are_counted_per_id() {
    let server = MockServer::builder().task("cat", generating()).task("gone", reset()).start().unwrap();
    for id in ["cat", "cat", "unknown"] {
        lookup(&server, id);
    }
    assert!(try_lookup(&server, "gone").is_err());
    let unauthorized = Connection::open(&server).request("GET", &lookup_path("cat"), &AUTHORIZED[1..]).unwrap();
    assert_eq!(unauthorized.status, 401);
    let counts = ["cat", "gone", "unknown", "never"].map(|id| server.request_count(id));
    assert_eq!(counts, [2, 1, 1, 0], "unauthorized requests do not count, reset ones do");
    assert_eq!(server.requests().len(), 5);

    server.set_scenario("cat", success());
    server.set_scenario("unknown", success());
    assert_eq!(
        (server.request_count("cat"), server.request_count("unknown")),
        (2, 1),
        "a new scenario keeps the count"
    );
}

#[test]
fn clear_requests_keeps_scenario_progress() {
    let server = MockServer::builder().task("cat", generating().then(success())).start().unwrap();
    lookup(&server, "cat");
    lookup(&server, "unknown");
    server.clear_requests();
    assert_eq!((server.requests().len(), server.request_count("cat"), server.request_count("unknown")), (0, 0, 0));
    assert_eq!(lookup(&server, "cat").state(), "flag 1");
    assert_eq!((server.requests().len(), server.request_count("cat")), (1, 1));
}

#[test]
fn disabled_log_counts_known_ids() {
    let server = MockServer::builder().log(false).task("cat", success()).start().unwrap();
    lookup(&server, "cat");
    lookup(&server, "unknown");
    assert_eq!((server.requests().len(), server.request_count("cat"), server.request_count("unknown")), (0, 1, 0));
}
