//! Signals, closed pipes and the file of pending ids.

#![cfg(unix)]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use midapi_mock::{MockServer, generating, success};
use support::{is_hangup_ignored, midapi, midapi_with, server};

/// Starts the command, and waits until the server has received requests for all of these ids.
fn start(mut command: Command, server: &MockServer, ids: &[&str]) -> Child {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while ids.iter().any(|id| server.request_count(id) == 0) && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

fn send_signal(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

/// Waits for the end of the command. Returns its exit status and standard error.
fn finish(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn names(dir: &Path) -> Vec<String> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn signals_save_pending_ids() {
    let server = server([("a", generating().into()), ("b", generating().into())]);
    for verb in ["wait", "watch"] {
        for (signal, status) in [("-HUP", 129), ("-INT", 130), ("-TERM", 143)] {
            if signal == "-HUP" && is_hangup_ignored() {
                eprintln!("skipped: -HUP (this process ignores hang-ups)");
                continue;
            }
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("pending.txt");
            server.set_scenario("a", generating());
            let child =
                start(midapi_with(&server, &[verb, "a", "b", "--pending-to", file.to_str().unwrap()]), &server, &["a"]);
            std::thread::sleep(Duration::from_millis(100));
            let sent = Instant::now();
            send_signal(&child, signal);
            let (code, err) = finish(child);
            assert_eq!(code, Some(status), "{verb} {signal}: {err}");
            assert!(sent.elapsed() < Duration::from_secs(20), "{verb} {signal}: {:?}", sent.elapsed());
            assert_eq!(fs::read_to_string(&file).unwrap(), "a\nb\n", "{verb} {signal}");
            assert_eq!(names(dir.path()), ["pending.txt"], "no temporary file is left");
            assert!(err.contains("interrupted: 0 done, 0 failed, 2 pending; to continue: midapi "), "{err}");
        }
    }
}

#[test]
fn ignored_hangup_stays_ignored() {
    let server = server([("t", generating().times(2).then(success()))]);
    let mut command = Command::new("nohup");
    let template = midapi_with(&server, &["wait", "t", "--urls", "--interval", "0.4"]);
    command.arg(template.get_program()).args(template.get_args()).stdin(Stdio::null());
    command.env("MIDAPI_API_KEY", support::KEY).env("MIDAPI_BASE_URL", server.base_url());
    let child = start(command, &server, &["t"]);
    send_signal(&child, "-HUP");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 4, "the results of the task");
}

#[test]
fn blocked_output_still_saves_pending_ids() {
    let ids: Vec<_> = (0..400).map(|number| format!("task-{number}")).collect();
    let builder = ids.iter().fold(MockServer::builder(), |builder, id| builder.task(id, success()));
    let server = builder.task("open", generating()).start().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pending.txt");
    let mut command = midapi_with(&server, &["wait", "--json", "--pending-to", file.to_str().unwrap(), "open"]);
    command.args(&ids);
    // Nothing reads standard output, so the command blocks once the pipe is full.
    let child = start(command, &server, &["task-0"]);
    std::thread::sleep(Duration::from_millis(300));
    send_signal(&child, "-TERM");
    let mut child = child;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "the command does not end");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(143));
    assert!(fs::read_to_string(&file).unwrap().lines().any(|id| id == "open"), "the open task is pending");
}

#[test]
fn startup_failures_save_pending_ids() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pending.txt");
    let path = file.to_str().unwrap();
    let table: [(&str, &[&str]); 3] = [
        ("missing key", &["wait", "a", "b", "--pending-to", path]),
        ("invalid proxy", &["--proxy", "http://u:p@proxy.example", "watch", "a", "b", "--pending-to", path]),
        ("invalid record directory", &["wait", "a", "b", "--pending-to", path, "--record", "/dev/null/x"]),
    ];
    for (why, arguments) in table {
        fs::write(&file, "old\n").unwrap();
        let finished = support::Finished::run(&mut midapi(arguments));
        assert!(finished.status > 0, "{why}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "a\nb\n", "{why}");
    }
}

#[test]
fn pending_file_is_never_truncated() {
    let server = server([("t", generating().into())]);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pending.txt");
    fs::write(&file, "old\n").unwrap();
    let mut child =
        start(midapi_with(&server, &["wait", "t", "--pending-to", file.to_str().unwrap()]), &server, &["t"]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "old\n", "a kill leaves the old content");
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let arguments = ["wait", "t", "--timeout", "0", "--pending-to", link.to_str().unwrap()];
    support::Finished::run(&mut midapi_with(&server, &arguments));
    assert_eq!(fs::read_to_string(&file).unwrap(), "t\n", "the target of a link is replaced");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn interrupted_get_names_remaining_ids() {
    let slow = || success().delay(Duration::from_mins(1));
    let server = server([("a", success().into()), ("b", slow().into()), ("c", success().into())]);
    let child = start(midapi_with(&server, &["get", "a", "b", "c", "--json"]), &server, &["a", "b", "c"]);
    std::thread::sleep(Duration::from_millis(200));
    send_signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert_eq!(out.lines().count(), 2, "results that arrived are printed: {out}");
    assert_eq!(err, "interrupted: 2 done, 0 failed, 1 pending; to continue: midapi get b\n");
}

#[test]
fn interrupted_check_ends_at_once() {
    let server = server([("midapi-check", success().delay(Duration::from_mins(1)).into())]);
    let child = start(midapi_with(&server, &["check"]), &server, &["midapi-check"]);
    let sent = Instant::now();
    send_signal(&child, "-INT");
    assert_eq!(finish(child).0, Some(130));
    assert!(sent.elapsed() < Duration::from_secs(20), "{:?}", sent.elapsed());
}
