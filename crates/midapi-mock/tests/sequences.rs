//! Sequences of steps.

mod support;

use std::time::Duration;

use midapi_mock::{
    MockServer, Scenario, code, failed, flag, generating, generation_failed, null_data, status, success,
};

use support::{Connection, lookup, lookup_path};

#[test]
fn last_step_repeats() {
    let table: &[(&str, Scenario, &[&str])] = &[
        ("one step repeats", success().into(), &["flag 1", "flag 1", "flag 1"]),
        (
            "one request per step",
            generating().then(failed()).then(success()),
            &["flag 0", "flag 2", "flag 1", "flag 1"],
        ),
        ("several requests per step", generating().times(2).then(success()), &["flag 0", "flag 0", "flag 1", "flag 1"]),
        ("times 0 skips the step", status(500).times(0).then(success()), &["flag 1", "flag 1"]),
        (
            "the last step repeats beyond its times",
            generation_failed().times(2).into(),
            &["flag 3", "flag 3", "flag 3", "flag 3"],
        ),
        ("a duration of 0 s", generating().for_duration(Duration::ZERO).then(success()), &["flag 1"]),
        (
            "times replaces for_duration",
            generating().for_duration(Duration::MAX).times(1).then(success()),
            &["flag 0", "flag 1"],
        ),
        (
            "HTTP statuses, codes and flags",
            status(503).then(code(455, "later")).then(null_data()).then(flag(7)),
            &["HTTP 503", "code 455", "code 200", "flag 7", "flag 7"],
        ),
    ];
    for (why, scenario, states) in table {
        let server = MockServer::builder().task("cat", scenario.clone()).start().unwrap();
        let mut connection = Connection::open(&server);
        let seen: Vec<String> = states.iter().map(|_| connection.get(&lookup_path("cat")).unwrap().state()).collect();
        assert_eq!(seen, *states, "{why}");
    }
}

#[test]
fn progress_is_per_id() {
    let scenario = generating().then(success());
    let server = MockServer::builder().task("cat", scenario.clone()).task("dog", scenario.clone()).start().unwrap();
    let states = |ids: &[&str]| ids.iter().map(|id| lookup(&server, id).state()).collect::<Vec<_>>();
    assert_eq!(states(&["cat", "cat", "dog", "cat", "dog"]), ["flag 0", "flag 1", "flag 0", "flag 1", "flag 1"]);
    server.set_scenario("cat", scenario);
    server.set_scenario("new", failed());
    assert_eq!(states(&["cat", "dog", "new", "cat"]), ["flag 0", "flag 1", "flag 2", "flag 1"]);
}

#[test]
fn fallback_progress_is_per_id() {
    let server = MockServer::builder()
        .demos(false)
        .fallback(generating().then(success()))
        .task("cat", failed())
        .start()
        .unwrap();
    let states: Vec<String> = ["a", "a", "b", "a", "b", "cat"].iter().map(|id| lookup(&server, id).state()).collect();
    assert_eq!(states, ["flag 0", "flag 1", "flag 0", "flag 1", "flag 1", "flag 2"]);
    assert_eq!(lookup(&server, "b").json()["data"]["taskId"], "b");
    assert_eq!((server.request_count("a"), server.request_count("b"), server.request_count("c")), (3, 3, 0));
}

#[test]
fn later_scenario_replaces_earlier_one() {
    let server =
        MockServer::builder().task("demo", failed()).task("cat", failed()).task("cat", success()).start().unwrap();
    assert_eq!((lookup(&server, "demo").state(), lookup(&server, "cat").state()), ("flag 2".into(), "flag 1".into()));
}
