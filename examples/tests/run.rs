//! Runs each example against the mock server.

use std::process::Command;

use midapi_mock::{MockServer, generating, html, success};

/// Runs a program. Returns whether it succeeded, and its output.
fn run(server: &MockServer, program: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(program);
    command.args(arguments).env("MIDAPI_API_KEY", "example-key").env("MIDAPI_BASE_URL", server.base_url());
    let output = command.env("GATEWAY_SECRET", "example-secret").output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&printed).into_owned())
}

#[test]
fn examples_print_their_results() {
    let server = MockServer::start().unwrap();
    let documented = "4edb3c5XXXXX75e3f0aa5cc";
    let table = [
        (env!("CARGO_BIN_EXE_get"), documented, true, "is success"),
        (env!("CARGO_BIN_EXE_get"), documented, true, "_0_3.jpeg"),
        (env!("CARGO_BIN_EXE_get"), "unknown", false, "task not found (HTTP 200, code 422: The record does not exist)"),
        (env!("CARGO_BIN_EXE_wait"), documented, true, "the results are kept until 2024-04-03"),
        (env!("CARGO_BIN_EXE_blocking"), "demo-failed", true, "is failed"),
        (env!("CARGO_BIN_EXE_handle_errors"), "demo-failed", true, "the task failed: task failed: "),
        (env!("CARGO_BIN_EXE_handle_errors"), "unknown", true, "task unknown not found"),
        (env!("CARGO_BIN_EXE_handle_errors"), "demo-no-credits", false, "insufficient credits"),
        (env!("CARGO_BIN_EXE_mocking"), documented, true, "_0_0.jpeg"),
        (env!("CARGO_BIN_EXE_mocking"), "unknown", false, "give up: task not found"),
    ];
    for (program, id, succeeds, expected) in table {
        let (success, printed) = run(&server, program, &[id]);
        assert_eq!(success, succeeds, "{program} {id}: {printed}");
        assert!(printed.contains(expected), "{program} {id}: {printed}");
    }
}

#[test]
fn every_verb_prints_its_results() {
    let programs =
        [(env!("CARGO_BIN_EXE_every_verb"), "stream"), (env!("CARGO_BIN_EXE_every_verb_blocking"), "updates")];
    for (program, updates) in programs {
        let first = html(502).then(generating().times(2)).then(success());
        let server = MockServer::builder().task("first", first).task("second", success()).start().unwrap();
        let (succeeded, printed) = run(&server, program, &["first", "second"]);
        let mut lines: Vec<_> = printed.lines().collect();
        // The results of a batch arrive in any order.
        lines[7..].sort_unstable();
        let updates = [format!("{updates}: success"), format!("{updates}: 4 files")];
        let expected = [
            "on_retry: server error (HTTP 502)",
            "get: generating",
            "update: generating",
            "update: success",
            "wait: success",
            &updates[0],
            &updates[1],
            "call: success",
            "get_all: first: success",
            "get_all: second: success",
            "wait_all: first: success",
            "wait_all: second: success",
        ];
        assert!(succeeded, "{printed}");
        assert_eq!(lines, expected, "{printed}");
    }
}

#[test]
fn batch_resumes_with_pending_ids() {
    let server = MockServer::builder().task("done", success()).task("slow", generating()).start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pending.txt");
    std::fs::write(&file, "done\nslow\nunknown\n").unwrap();
    let run = || run(&server, env!("CARGO_BIN_EXE_resume_batch"), &[file.to_str().unwrap(), "1"]).1;
    let first = run();
    assert!(first.contains("slow is pending: still generating") && first.ends_with("1 pending\n"), "{first}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "slow\n");
    server.set_scenario("slow", success());
    assert!(run().ends_with("0 pending\n"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "");
    assert_eq!(server.request_count("done"), 1, "the second run requests pending ids only");
}

#[test]
fn each_attempt_is_signed() {
    let server = MockServer::builder().task("id", html(502).then(success())).start().unwrap();
    let (succeeded, printed) = run(&server, env!("CARGO_BIN_EXE_signing"), &["id"]);
    assert!(succeeded && printed == "success\n", "{printed}");
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        let (time, mac) = request.header("x-signature").unwrap().split_once(':').unwrap();
        assert!(time.parse::<u64>().is_ok() && mac.len() == 64 && mac.bytes().all(|b| b.is_ascii_hexdigit()), "{mac}");
    }
}
