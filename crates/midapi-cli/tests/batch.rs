//! Commands with many ids: grouped errors, the summary, early stops, and missing results.

mod support;

use std::fs::File;
use std::time::Duration;

use midapi_mock::{MockServer, code, failed, generating, html, success};
use serde_json::{Value, json};
use support::{Finished, KEY, midapi, midapi_with, server};

#[test]
fn equal_errors_are_grouped() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ids: Vec<_> = (0..200).map(|number| format!("id-{number}")).collect();
    let mut command = midapi(&["--base-url", &format!("http://127.0.0.1:{port}"), "get", "--json", "--retries", "0"]);
    let finished = Finished::run(command.args(&ids).env("MIDAPI_API_KEY", KEY));
    assert_eq!(finished.lines().len(), 200, "one line of JSON for each id");
    assert!(finished.err.lines().count() < 10, "{}", finished.err);
    assert!(finished.err.contains("(and 196 more)"), "{}", finished.err);
    assert!(finished.err.contains("0 done, 0 failed, 200 pending; to continue: midapi "), "{}", finished.err);
    let errors: Vec<_> = finished.err.lines().filter(|line| line.starts_with("error: ")).collect();
    assert!(errors.iter().all(|line| line.starts_with("error: id-")), "{errors:?}");
}

#[test]
fn different_errors_name_their_ids() {
    let server = server([("a", html(502).into()), ("b", success().into()), ("c", code(299, "new").into())]);
    let finished = Finished::run(&mut midapi_with(&server, &["get", "a", "b", "c", "--retries", "0"]));
    for id in ["a", "c"] {
        assert_eq!(finished.err.matches(&format!("error: {id}: ")).count(), 1, "{}", finished.err);
    }
    assert_eq!(finished.err.matches("hint: ").count(), 2, "one hint for each cause: {}", finished.err);
}

#[test]
fn rejected_key_stops_the_batch() {
    for (response, status) in [(code(401, "no"), 4), (code(402, "no credits"), 6)] {
        let server = MockServer::builder().task("id-0", response).start().unwrap();
        let ids: Vec<_> = (0..300).map(|number| format!("id-{number}")).collect();
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pending.txt");
        for verb in ["get", "wait"] {
            let options = [verb, "-", "--max-in-flight", "1", "--pending-to", file.to_str().unwrap()];
            let mut command = midapi_with(&server, &options);
            let finished = Finished::run_with_input(&mut command, ids.join("\n").as_bytes());
            assert_eq!(finished.status, status, "{}", finished.err);
            assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 300, "all ids are pending");
            assert_eq!(finished.err.matches("error: ").count(), 1, "{}", finished.err);
            assert!(finished.err.contains("0 done, 0 failed, 300 pending; to continue: "), "{}", finished.err);
        }
        assert!(server.requests().len() < 10, "{} requests", server.requests().len());
    }
}

#[test]
fn ids_stay_pending_if_none_is_found() {
    let server = MockServer::builder().demos(false).start().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pending.txt");
    let path = file.to_str().unwrap();
    let finished = Finished::run(&mut midapi_with(&server, &["wait", "a", "b", "--pending-to", path]));
    assert_eq!(finished.status, 5);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a\nb\n");
    assert!(finished.err.contains("another account") && finished.err.contains("2 pending"), "{}", finished.err);
    server.set_scenario("b", success());
    Finished::run(&mut midapi_with(&server, &["wait", "a", "b", "--pending-to", path]));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "", "one was found, so the key is right");
}

#[test]
fn summary_is_silent_after_success() {
    let server = server([("a", success().into()), ("b", success().into())]);
    let finished = Finished::run(&mut midapi_with(&server, &["wait", "a", "b", "--urls"]));
    assert_eq!((finished.status, finished.err.as_str()), (0, ""));
}

#[test]
fn urls_warns_about_missing_results() {
    let empty = json!({"successFlag": 1, "resultInfoJson": {"resultUrls": []}});
    let odd = json!({"successFlag": 1, "resultInfoJson": {"resultUrls": [{"resultUrl": "ftp://x/y"}, {"resultUrl": "https://x.example/1.png"}]}});
    let server = server([
        ("running", generating().into()),
        ("failed", failed().into()),
        ("empty", midapi_mock::task(empty).into()),
        ("odd", midapi_mock::task(odd).into()),
    ]);
    for (id, status, lines) in [("running", 8, 0), ("failed", 3, 0), ("empty", 9, 0), ("odd", 9, 1)] {
        let finished = Finished::run(&mut midapi_with(&server, &["get", id, "--urls"]));
        assert_eq!((finished.status, finished.out.lines().count()), (status, lines), "{id}: {}", finished.err);
        assert!(finished.err.starts_with(&format!("warning: {id}: ")), "{id}: {}", finished.err);
    }
}

#[test]
fn failed_task_has_one_json_shape() {
    let server = server([("t", failed().into())]);
    let watched = Finished::run(&mut midapi_with(&server, &["watch", "t", "--json"])).lines();
    let waited = Finished::run(&mut midapi_with(&server, &["wait", "t", "--json"])).lines();
    assert_eq!(watched.len(), 1, "{watched:?}");
    for mut line in [watched[0].clone(), waited[0].clone()] {
        assert_eq!(line["error"]["kind"], "task_failed");
        line.as_object_mut().unwrap().remove("error");
        let got = Finished::run(&mut midapi_with(&server, &["get", "t", "--json"])).lines().remove(0);
        assert_eq!(line, got);
        assert_ne!(line["task_type"], json!({}), "the task's own members are there");
        assert!(got.get("error").is_none_or(Value::is_null));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn write_errors_exit_with_1() {
    let server = server([("t", success().into())]);
    let table: [&[&str]; 8] = [
        &["--help"],
        &["--version"],
        &["help", "wait"],
        &["watch", "t"],
        &["wait", "t", "--json"],
        &["mock", "--list"],
        &["completions", "bash"],
        &["lua", "-e", "io.write('x')"],
    ];
    for arguments in table {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let finished = Finished::run(midapi_with(&server, arguments).stdout(full));
        assert_eq!(finished.status, 1, "{arguments:?}: {}", finished.err);
        assert!(finished.err.contains("error: cannot write to standard output: "), "{arguments:?}: {}", finished.err);
    }
}

#[test]
fn empty_variables_are_named_in_one_line() {
    for name in ["MIDAPI_API_KEY", "MIDAPI_BASE_URL", "MIDAPI_CA_FILE"] {
        let mut command = midapi(&["get", "t"]);
        let finished = Finished::run(command.env("MIDAPI_API_KEY", KEY).env(name, ""));
        assert_eq!((finished.status, finished.err.lines().count()), (2, 1), "{name}: {}", finished.err);
        assert!(finished.err.starts_with("error: t: ") && finished.err.contains(name), "{}", finished.err);
    }
}

#[test]
fn not_found_grace_keeps_waiting() {
    let server = server([("t", midapi_mock::not_found().then(success()))]);
    let options = ["wait", "t", "--urls", "--interval", "0.1", "--not-found-grace", "1m"];
    assert_eq!(Finished::run(&mut midapi_with(&server, &options)).status, 0);
}

#[test]
fn verbose_logs_retries_with_id() {
    let server = server([("t", html(502).then(success())), ("u", success().into())]);
    let finished = Finished::run(&mut midapi_with(&server, &["-v", "get", "t", "u", "--urls"]));
    let retry = finished.err.lines().find(|line| line.contains("502"));
    assert!(retry.is_some_and(|line| line.contains("\"t\"") && line.contains("attempt")), "{}", finished.err);
}

#[test]
fn times_are_local_with_offset_or_utc() {
    let task = json!({"successFlag": 0, "createTime": 1_760_576_696_000_i64});
    let server = server([("t", midapi_mock::task(task).into())]);
    let table: [(&[&str], &str); 2] =
        [(&["get", "t"], "2025-10-16 03:04:56 +02:00"), (&["get", "t", "--utc"], "2025-10-16 01:04:56 UTC")];
    for (arguments, expected) in table {
        // POSIX notation, which does not depend on an installed database: two hours east of UTC.
        let finished = Finished::run(midapi_with(&server, arguments).env("TZ", "EET-2"));
        assert!(finished.out.contains(expected), "{}", finished.out);
    }
}

/// Runs the command in a terminal of `script` with this width. Returns everything that was written to the terminal.
#[cfg(target_os = "linux")]
fn run_in_terminal(server: &MockServer, columns: u16, arguments: &str) -> String {
    let mut terminal = std::process::Command::new("script");
    let command = format!("stty rows 24 cols {columns}; {} {arguments}", env!("CARGO_BIN_EXE_midapi"));
    terminal.args(["-qec", &command, "/dev/null"]).env("LANG", "C").env_remove("LC_ALL").env("TERM", "xterm");
    terminal.env("MIDAPI_API_KEY", KEY).env("MIDAPI_BASE_URL", server.base_url());
    Finished::run_with_input(&mut terminal, b"").out
}

#[cfg(target_os = "linux")]
#[test]
fn progress_fits_narrow_terminals() {
    let id = "0123456789abcdef0123456789abcdef-猫猫猫猫";
    let server = server([(id, generating().times(3).then(success())), ("quick", success().into())]);
    server.set_scenario("slow", success().delay(Duration::from_millis(600)));
    for columns in [20, 40] {
        server.set_scenario(id, generating().times(3).then(success()));
        let arguments = format!("-vv wait {id} quick slow --urls --interval 0.3");
        let written = run_in_terminal(&server, columns, &arguments);
        // Progress is drawn between carriage returns and erasures.
        let drawn: Vec<_> = written.split(['\r', '\n']).filter(|part| part.contains(" done, ")).collect();
        assert!(!drawn.is_empty(), "{columns}: {written:?}");
        for part in drawn {
            let line = part.rsplit('\u{1b}').next().unwrap().trim_start_matches("[2K");
            assert!(line.chars().count() <= usize::from(columns), "{columns}: {line:?}");
            assert!(line.is_ascii(), "LANG=C: {line:?}");
        }
        assert_eq!(written.matches("quick_0_").count(), 4, "{columns}: results are whole: {written:?}");
    }
}
