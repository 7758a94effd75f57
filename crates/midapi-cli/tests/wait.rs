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

#[test]
fn ids_that_is_task_open_are_written_down_whatever_ended_the_command() {
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
        "nobody",
    ];
    let ran = Ran::of(&mut asking(&server, &arguments));
    assert_eq!(ran.status, 8, "{}", ran.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "-odd id\nrunning\n");
    assert!(ran.err.contains("wait -- '-odd id'"), "{}", ran.err);

    let unwritable = Ran::of(&mut asking(&server, &["wait", "done", "--pending-to", "/no/such/folder/x"]));
    assert_eq!(unwritable.status, 2, "before anything is asked");
}

#[test]
fn ids_of_standard_input_that_were_not_asked_yet_are_written_down_too() {
    let server = server([("bad", generation_failed().into())]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ids.txt");
    let ids: Vec<_> = (0..3000).map(|number| format!("task-{number}")).collect();
    std::fs::write(&file, format!("bad\nbad\n{}\n", ids.join("\n"))).unwrap();
    // The file that is read is the one that is written.
    let mut command =
        asking(&server, &["wait", "-", "--rate", "1", "--fail-fast", "--pending-to", file.to_str().unwrap()]);
    let ran = Ran::of(command.stdin(std::fs::File::open(&file).unwrap()));
    assert_eq!(ran.status, 3, "{}", ran.err);
    let left = std::fs::read_to_string(&file).unwrap();
    assert_eq!(left.lines().collect::<Vec<_>>(), ids);
}

#[test]
fn a_result_that_nobody_read_is_still_pending() {
    let server = server([("t", success().delay(Duration::from_millis(200)).into())]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pending.txt");
    let mut command = asking(&server, &["wait", "t", "--json", "--pending-to", file.to_str().unwrap()]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0), "a closed pipe ends quietly");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "t\n");
}

#[test]
fn watch_ends_when_nobody_reads() {
    let server = server([("t", generating().into())]);
    let mut child = asking(&server, &["watch", "t"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let start = Instant::now();
    child.wait().unwrap();
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[test]
fn fail_fast_ends_at_the_first_failure_and_leaves_the_rest_pending() {
    let server = server([("a", generating().into()), ("b", generation_failed().into())]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pending.txt");
    let ran = Ran::of(&mut asking(&server, &["wait", "a", "b", "--fail-fast", "--pending-to", file.to_str().unwrap()]));
    assert_eq!(ran.status, 3, "{}", ran.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a\n");
}

#[test]
fn watch_prints_every_change_and_the_failures() {
    let server = server([("t", generating().times(2).then(success())), ("f", generating().then(generation_failed()))]);
    let ran = Ran::of(&mut asking(&server, &["watch", "t", "f", "--interval", "0.1"]));
    let changes = |id: &str| -> Vec<String> {
        let lines = ran.out.lines().filter(|line| line.contains(&format!("  {id}  ")));
        lines.map(|line| line.rsplit("  ").next().unwrap().to_owned()).collect()
    };
    assert_eq!(changes("t"), ["generating", "success"], "{}", ran.out);
    assert_eq!(changes("f"), ["generating", "generation_failed"], "{}", ran.out);
    assert_eq!(ran.status, 3);
    let json = Ran::of(&mut asking(&server, &["watch", "t", "--json"]));
    assert_eq!(json.lines()[0]["status"], "success");
}

#[test]
fn a_rate_and_a_bound_of_looks_can_be_set() {
    let server = server([("a", success().into()), ("b", success().into()), ("c", success().into())]);
    let start = Instant::now();
    let ran = Ran::of(&mut asking(&server, &["wait", "a", "b", "c", "--rate", "10", "--max-in-flight", "1", "--json"]));
    assert_eq!((ran.status, ran.lines().len()), (0, 3));
    assert!(start.elapsed() >= Duration::from_millis(200), "three looks at ten a second: {:?}", start.elapsed());
    for (option, value) in [("--rate", "0"), ("--rate", "-1"), ("--rate", "nan"), ("--max-in-flight", "0")] {
        let ran = Ran::of(&mut asking(&server, &["wait", "a", &format!("{option}={value}")]));
        assert_eq!(ran.status, 2, "{option} {value}: {}", ran.err);
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_within_a_second_and_says_what_is_still_running() {
    let server = server([("a", generating().into()), ("b", generating().into())]);
    let mut command = asking(&server, &["wait", "a", "b"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while server.request_count("a") + server.request_count("b") < 2 && start.elapsed() < Duration::from_secs(10) {
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
