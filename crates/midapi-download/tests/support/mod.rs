//! Helpers of the tests.

#![allow(dead_code, reason = "each test file uses a part of the helpers")]

use std::path::Path;

use midapi::clock::ManualClock;
use midapi::{Client, Task};
use midapi_download::Outcome;
use midapi_mock::{MockServer, success};

/// A server with the finished tasks `a` and `b`.
pub(crate) fn server() -> MockServer {
    MockServer::builder().task("a", success()).task("b", success()).start().expect("the mock server starts")
}

/// A client without jitter, whose delays take no time.
pub(crate) fn client(server: &MockServer) -> Client {
    let builder = Client::builder().api_key("example-key-5f2c").base_url(server.base_url());
    builder.clock(ManualClock::new()).rng(|| 0.5).build().expect("the settings are valid")
}

/// A finished task that was created without a request.
pub(crate) fn finished_task(server: &MockServer, id: &str) -> Task {
    let url = |n| format!("{}/m/{id}_0_{n}.jpeg", server.base_url());
    task_with(id, &[url(0), url(1), url(2), url(3)])
}

/// A finished task with these result URLs.
pub(crate) fn task_with(id: &str, urls: &[String]) -> Task {
    let json = serde_json::json!({
        "id": id, "status": "success", "success_flag": 1, "result_urls": urls, "complete_time": "2026-03-01T12:00:00.437Z",
    });
    serde_json::from_value(json).expect("the task is valid")
}

/// The paths of the saved files.
pub(crate) fn paths(outcome: &Outcome) -> Vec<String> {
    outcome.files.iter().filter_map(|file| file.path.clone()).collect()
}

/// The relative paths of all files in a directory, except for the records and locks.
pub(crate) fn files(directory: &Path) -> Vec<String> {
    fn walk(root: &Path, directory: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).into_iter().flatten() {
            let path = entry.expect("the directory can be read").path();
            let is_record = path.extension().is_some_and(|extension| extension == "json" || extension == "lock");
            if path.is_dir() && !path.is_symlink() {
                walk(root, &path, found);
            } else if !is_record {
                found.push(path.strip_prefix(root).expect("it is inside").display().to_string());
            }
        }
    }
    let mut found = Vec::new();
    walk(directory, directory, &mut found);
    found.sort();
    found
}
