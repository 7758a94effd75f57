//! Runs the example against the mock server.

use std::process::Command;

use midapi_mock::{MockServer, success};

#[test]
fn exports_spans_and_sends_the_context() {
    let server = MockServer::builder().task("an-id", success()).start().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_midapi-example-opentelemetry"));
    command.arg("an-id").env("MIDAPI_API_KEY", "example-key").env("MIDAPI_BASE_URL", server.base_url());
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    for expected in ["midapi.wait", "Client", "server.address", "http.response.status_code", "task.id", "outcome"] {
        assert!(printed.contains(expected), "{expected} is not in {printed}");
    }
    assert!(!printed.contains("example-key") && !printed.contains("taskId="), "{printed}");
    // The header is `00-TRACE-SPAN-FLAGS`. The server received the ids that were exported.
    let request = server.requests().remove(0);
    let parent = request.header("traceparent").unwrap();
    let ids: Vec<_> = parent.split('-').skip(1).take(2).collect();
    assert!(ids.iter().all(|id| printed.contains(id)), "{parent} is not in {printed}");
}
