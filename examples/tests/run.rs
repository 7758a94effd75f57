//! Runs each example against the mock server.

use std::process::Command;

use midapi_mock::MockServer;

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
    ];
    for (program, id, succeeds, expected) in table {
        let mut command = Command::new(program);
        command.arg(id).env("MIDAPI_API_KEY", "example-key").env("MIDAPI_BASE_URL", server.base_url());
        let output = command.output().unwrap();
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed);
        assert_eq!(output.status.success(), succeeds, "{program} {id}: {printed}");
        assert!(printed.contains(expected), "{program} {id}: {printed}");
    }
}
