//! Steps follow each other as the scenario says.

mod support;

use midapi_mock::{
    MockServer, Scenario, code, failed, flag, generating, generation_failed, null_data, status, success,
};
use std::time::Duration;
use support::{Connection, look, of};

#[test]
fn steps_are_shown_in_order_and_the_last_for_ever() {
    let table: &[(&str, Scenario, &[&str])] = &[
        ("one step stays", success().into(), &["flag 1", "flag 1", "flag 1"]),
        ("one look each", generating().then(failed()).then(success()), &["flag 0", "flag 2", "flag 1", "flag 1"]),
        ("several looks", generating().times(2).then(success()), &["flag 0", "flag 0", "flag 1", "flag 1"]),
        ("a step for no look is skipped", status(500).times(0).then(success()), &["flag 1", "flag 1"]),
        (
            "times of the last step do not end it",
            generation_failed().times(2).into(),
            &["flag 3", "flag 3", "flag 3", "flag 3"],
        ),
        ("a time that is over at once", generating().for_duration(Duration::ZERO).then(success()), &["flag 1"]),
        (
            "times replaces for_duration",
            generating().for_duration(Duration::MAX).times(1).then(success()),
            &["flag 0", "flag 1"],
        ),
        (
            "layers mix",
            status(503).then(code(455, "later")).then(null_data()).then(flag(7)),
            &["HTTP 503", "code 455", "code 200", "flag 7", "flag 7"],
        ),
    ];
    for (why, scenario, states) in table {
        let server = MockServer::builder().task("cat", scenario.clone()).start().unwrap();
        let mut connection = Connection::open(&server);
        let seen: Vec<String> = states.iter().map(|_| connection.look(&of("cat")).unwrap().state()).collect();
        assert_eq!(seen, *states, "{why}");
    }
}

#[test]
fn every_id_goes_its_own_way_and_set_begins_again() {
    let scenario = generating().then(success());
    let server = MockServer::builder().task("cat", scenario.clone()).task("dog", scenario.clone()).start().unwrap();
    let states = |ids: &[&str]| ids.iter().map(|id| look(&server, id).state()).collect::<Vec<_>>();
    assert_eq!(states(&["cat", "cat", "dog", "cat", "dog"]), ["flag 0", "flag 1", "flag 0", "flag 1", "flag 1"]);
    server.set_scenario("cat", scenario);
    server.set_scenario("new", failed());
    assert_eq!(states(&["cat", "dog", "new", "cat"]), ["flag 0", "flag 1", "flag 2", "flag 1"]);
}

#[test]
fn others_go_through_their_scenario_one_by_one() {
    let server = MockServer::builder()
        .demos(false)
        .fallback(generating().then(success()))
        .task("cat", failed())
        .start()
        .unwrap();
    let states: Vec<String> = ["a", "a", "b", "a", "b", "cat"].iter().map(|id| look(&server, id).state()).collect();
    assert_eq!(states, ["flag 0", "flag 1", "flag 0", "flag 1", "flag 1", "flag 2"]);
    assert_eq!(look(&server, "b").json()["data"]["taskId"], "b");
    assert_eq!((server.request_count("a"), server.request_count("b"), server.request_count("c")), (3, 3, 0));
}

#[test]
fn the_later_scenario_wins_over_the_earlier_and_over_a_demo() {
    let server =
        MockServer::builder().task("demo", failed()).task("cat", failed()).task("cat", success()).start().unwrap();
    assert_eq!((look(&server, "demo").state(), look(&server, "cat").state()), ("flag 2".into(), "flag 1".into()));
}
