//! The server tells what it saw.

mod support;

use midapi_mock::{MockServer, generating, reset, success};
use std::time::Instant;
use support::{Connection, GOOD, look, of, try_look};

#[test]
fn requests_are_kept_as_they_came() {
    let server = MockServer::builder().prefix("/p").task("ä b", success()).start().unwrap();
    let begin = Instant::now();
    let mut connection = Connection::open(&server);
    connection.look("/p/api/v1/mj/record-info?x=1&taskId=%C3%A4+b").unwrap();
    connection.send("POST", "/elsewhere", &["X-Twice: 1", "X-Twice: 2", "Content-Length: 0"]);
    connection.read().unwrap();

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
fn looks_are_counted_for_each_id() {
    let server = MockServer::builder().task("cat", generating()).task("gone", reset()).start().unwrap();
    for id in ["cat", "cat", "nobody"] {
        look(&server, id);
    }
    assert!(try_look(&server, "gone").is_err());
    let mut connection = Connection::open(&server);
    connection.send("GET", &of("cat"), &GOOD[1..]);
    assert_eq!(connection.read().unwrap().status, 401);
    let counts = ["cat", "gone", "nobody", "never"].map(|id| server.request_count(id));
    assert_eq!(counts, [2, 1, 1, 0], "a look without a key is none; an unanswered one is one");
    assert_eq!(server.requests().len(), 5);

    server.set_scenario("cat", success());
    server.set_scenario("nobody", success());
    assert_eq!((server.request_count("cat"), server.request_count("nobody")), (2, 1), "a new scenario keeps the count");
}

#[test]
fn clear_forgets_what_was_seen_but_not_how_far_a_scenario_is() {
    let server = MockServer::builder().task("cat", generating().then(success())).start().unwrap();
    look(&server, "cat");
    look(&server, "nobody");
    server.clear_requests();
    assert_eq!((server.requests().len(), server.request_count("cat"), server.request_count("nobody")), (0, 0, 0));
    assert_eq!(look(&server, "cat").state(), "flag 1");
    assert_eq!((server.requests().len(), server.request_count("cat")), (1, 1));
}

#[test]
fn without_a_log_only_the_known_ids_are_counted() {
    let server = MockServer::builder().log(false).task("cat", success()).start().unwrap();
    look(&server, "cat");
    look(&server, "nobody");
    assert_eq!((server.requests().len(), server.request_count("cat"), server.request_count("nobody")), (0, 1, 0));
}
