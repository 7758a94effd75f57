//! `midapi wait`

mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};

use midapi_mock::{generating, generation_failed, success};
use support::{Ran, asking, server};

#[test]
fn answers_come_in_the_order_of_ending_and_the_status_is_the_first_failures_in_the_order_of_the_ids() {
    let server = server([
        ("slow", generating().then(success())),
        ("failing", generation_failed().delay(Duration::from_millis(100)).into()),
        ("quick", success().into()),
    ]);
    let ran =
        Ran::of(&mut asking(&server, &["wait", "slow", "failing", "quick", "nobody", "--json", "--interval", "0.4"]));
    let lines = ran.lines();
    let last = lines.last().unwrap();
    assert_eq!((lines.len(), &last["id"]), (4, &"slow".into()), "{}", ran.out);
    assert_eq!(ran.status, 3, "failing stands before nobody");
    let failing = lines.iter().find(|line| line["id"] == "failing").unwrap();
    assert_eq!(failing["error"]["kind"], "task_failed");
    assert_eq!(failing["task"]["status"], "generation_failed");
}

#[test]
fn time_that_runs_out_says_how_to_go_on() {
    let server = server([("t", generating().into())]);
    let ran = Ran::of(&mut asking(&server, &["wait", "t", "--timeout", "0.2"]));
    assert_eq!(ran.status, 8);
    assert!(ran.err.contains("still generating after 0.2s (2 looks)"), "{}", ran.err);
    assert!(ran.err.contains("go on with: midapi wait t"), "{}", ran.err);
    assert_eq!(ran.out, "");
}

#[test]
fn the_urls_of_a_finished_task_are_printed_and_nothing_else() {
    let server = server([("t", success().into())]);
    let ran = Ran::of(&mut asking(&server, &["wait", "t", "--urls"]));
    assert_eq!((ran.status, ran.err.as_str(), ran.out.lines().count()), (0, "", 4));
    assert!(ran.out.lines().all(|line| line.starts_with("http://127.0.0.1:")), "{}", ran.out);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_within_a_second_and_says_what_is_still_running() {
    let server = server([("a", generating().into()), ("b", generating().into())]);
    let mut command = asking(&server, &["wait", "a", "b"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while server.looks("a") + server.looks("b") < 2 && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let interrupted = Instant::now();
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(interrupted.elapsed() < Duration::from_secs(1), "{:?}", interrupted.elapsed());
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("2 still running") && err.contains("midapi wait a b"), "{err}");
}
