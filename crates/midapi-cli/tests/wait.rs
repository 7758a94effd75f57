//! `midapi wait`

mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};

use midapi_mock::{MockServer, generating, generation_failed, success};
use support::{Finished, midapi_with, server};

#[test]
fn results_follow_the_order_of_completion() {
    let server = server([
        ("slow", generating().then(success())),
        ("failing", generation_failed().delay(Duration::from_millis(100)).into()),
        ("quick", success().into()),
    ]);
    let ran = Finished::run(&mut midapi_with(
        &server,
        &["wait", "slow", "failing", "quick", "unknown", "--json", "--interval", "0.4"],
    ));
    let lines = ran.lines();
    let last = lines.last().unwrap();
    assert_eq!((lines.len(), &last["id"]), (4, &"slow".into()), "{}", ran.out);
    assert_eq!(ran.status, 3, "the failing task is before the unknown one");
    let failing = lines.iter().find(|line| line["id"] == "failing").unwrap();
    assert_eq!(failing["error"]["kind"], "task_failed");
    assert_eq!((&failing["status"], failing.get("task")), (&"generation_failed".into(), None));
    assert_eq!(failing["error"].get("task"), None, "the task is the line itself");
    let got = Finished::run(&mut midapi_with(&server, &["get", "failing", "--json"])).lines().remove(0);
    let mut without_error = failing.clone();
    without_error.as_object_mut().unwrap().remove("error");
    assert_eq!(without_error, got, "the same task as for get");
}

#[test]
fn timeout_names_the_command_to_continue() {
    let server = server([("t", generating().into())]);
    let ran = Finished::run(&mut midapi_with(&server, &["wait", "t", "--timeout", "0.2"]));
    assert_eq!(ran.status, 8);
    assert!(ran.err.contains("still generating after"), "{}", ran.err);
    assert!(ran.err.contains("\n  hint: midapi wait t\n"), "{}", ran.err);
    assert_eq!(ran.out, "");
}

#[test]
fn urls_of_finished_task_are_printed() {
    let server = server([("t", success().into())]);
    let ran = Finished::run(&mut midapi_with(&server, &["wait", "t", "--urls"]));
    assert_eq!((ran.status, ran.err.as_str(), ran.out.lines().count()), (0, "", 4));
    assert!(ran.out.lines().all(|line| line.starts_with("http://127.0.0.1:")), "{}", ran.out);
}

#[test]
fn pending_ids_are_saved_after_timeout() {
    let server = server([
        ("done", success().into()),
        ("running", generating().into()),
        ("-odd id", generating().into()),
        ("broken", generation_failed().into()),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pending.txt");
    let arguments = [
        "wait",
        "--timeout",
        "0.2",
        "--pending-to",
        file.to_str().unwrap(),
        "--",
        "done",
        "-odd id",
        "running",
        "broken",
        "unknown",
    ];
    let ran = Finished::run(&mut midapi_with(&server, &arguments));
    assert_eq!(ran.status, 8, "{}", ran.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "-odd id\nrunning\n");
    assert!(ran.err.contains("1 done, 2 failed, 2 pending; to continue: midapi wait - < "), "{}", ran.err);

    let unwritable = Finished::run(&mut midapi_with(&server, &["wait", "done", "--pending-to", "/no/such/folder/x"]));
    assert_eq!(unwritable.status, 2, "before any request");
}

#[test]
fn pending_ids_include_unread_input() {
    // The other tasks never finish, so the failure ends the command.
    let server = MockServer::builder().task("bad", generation_failed()).fallback(generating()).start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ids.txt");
    let ids: Vec<_> = (0..3000).map(|number| format!("task-{number}")).collect();
    std::fs::write(&file, format!("bad\nbad\n{}\n", ids.join("\n"))).unwrap();
    // The file of pending ids replaces the input file.
    let mut command =
        midapi_with(&server, &["wait", "-", "--rate", "1", "--fail-fast", "--pending-to", file.to_str().unwrap()]);
    let ran = Finished::run(command.stdin(std::fs::File::open(&file).unwrap()));
    assert_eq!(ran.status, 3, "{}", ran.err);
    let left = std::fs::read_to_string(&file).unwrap();
    assert_eq!(left.lines().collect::<Vec<_>>(), ids);
}

#[test]
fn unread_result_stays_pending() {
    let server = server([("t", success().delay(Duration::from_millis(200)).into())]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pending.txt");
    let mut command = midapi_with(&server, &["wait", "t", "--json", "--pending-to", file.to_str().unwrap()]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0), "a closed pipe ends quietly");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "t\n");
}

#[test]
fn watch_ends_with_closed_pipe() {
    let server = server([("t", generating().into())]);
    let mut child = midapi_with(&server, &["watch", "t", "--interval", "1m"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let start = Instant::now();
    child.wait().unwrap();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn fail_fast_stops_at_first_failure() {
    let server = server([("a", generating().into()), ("b", generation_failed().into())]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pending.txt");
    let ran = Finished::run(&mut midapi_with(
        &server,
        &["wait", "a", "b", "--fail-fast", "--pending-to", file.to_str().unwrap()],
    ));
    assert_eq!(ran.status, 3, "{}", ran.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a\n");
}

#[test]
fn watch_prints_changes_and_failures() {
    let server = server([("t", generating().times(2).then(success())), ("f", generating().then(generation_failed()))]);
    let ran = Finished::run(&mut midapi_with(&server, &["watch", "t", "f", "--interval", "0.1"]));
    let changes = |id: &str| -> Vec<String> {
        let lines = ran.out.lines().filter(|line| line.contains(&format!("  {id}  ")));
        lines.map(|line| line.rsplit("  ").next().unwrap().to_owned()).collect()
    };
    assert_eq!(changes("t"), ["generating", "success"], "{}", ran.out);
    assert_eq!(changes("f"), ["generating", "generation_failed"], "{}", ran.out);
    assert_eq!(ran.status, 3);
    let json = Finished::run(&mut midapi_with(&server, &["watch", "t", "--json"]));
    assert_eq!(json.lines()[0]["status"], "success");
}

#[test]
fn rate_and_concurrency_are_limited() {
    let server =
        server([("a", success().into()), ("b", success().into()), ("c", success().into()), ("d", success().into())]);
    let start = Instant::now();
    let ran = Finished::run(&mut midapi_with(
        &server,
        &["wait", "a", "b", "c", "d", "--rate", "10", "--max-in-flight", "1", "--json"],
    ));
    assert_eq!((ran.status, ran.lines().len()), (0, 4));
    assert!(
        start.elapsed() >= Duration::from_millis(200),
        "four requests at ten per second, two of them at once: {:?}",
        start.elapsed()
    );
    for (option, value) in [("--rate", "0"), ("--rate", "-1"), ("--rate", "nan"), ("--max-in-flight", "0")] {
        let ran = Finished::run(&mut midapi_with(&server, &["wait", "a", &format!("{option}={value}")]));
        assert_eq!(ran.status, 2, "{option} {value}: {}", ran.err);
    }
}
