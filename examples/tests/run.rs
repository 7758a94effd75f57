//! Each example runs against the local server and says what it should.

use std::process::Command;

use midapi_mock::MockServer;

#[test]
fn the_examples_say_what_they_should() {
    let server = MockServer::start().unwrap();
    let documented = "4edb3c5XXXXX75e3f0aa5cc";
    let table = [
        (env!("CARGO_BIN_EXE_look_up"), documented, true, "is success"),
        (env!("CARGO_BIN_EXE_look_up"), documented, true, "_0_3.jpeg"),
        (env!("CARGO_BIN_EXE_look_up"), "nobody", false, ""),
        (env!("CARGO_BIN_EXE_wait_for"), documented, true, "fetch them before 2024-04-03"),
        (env!("CARGO_BIN_EXE_blocking"), "demo-failed", true, "is failed"),
        (env!("CARGO_BIN_EXE_handle_errors"), "demo-failed", true, "it failed"),
        (env!("CARGO_BIN_EXE_handle_errors"), "nobody", true, "this account has no task nobody"),
        (env!("CARGO_BIN_EXE_handle_errors"), "demo-no-credits", false, ""),
    ];
    for (program, id, succeeds, says) in table {
        let mut command = Command::new(program);
        command.arg(id).env("MIDAPI_API_KEY", "made-up").env("MIDAPI_BASE_URL", server.base_url());
        let output = command.output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.success(), succeeds, "{program} {id}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(printed.contains(says), "{program} {id}: {printed}");
    }
}
