//! Runs the example against the mock server, with the database at `MIDAPI_POSTGRES_URL`.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use midapi_mock::{MockServer, failed, generating, success};
use serde_json::Value;

#[test]
fn jobs_wait_for_tasks() {
    let Ok(url) = std::env::var("MIDAPI_POSTGRES_URL") else {
        eprintln!("skipped: MIDAPI_POSTGRES_URL is not set");
        return;
    };
    let run = std::process::id();
    let (cat, dog) = (format!("cat-{run}"), format!("dog-{run}"));
    let mock = MockServer::builder().task(&cat, generating().then(success())).task(&dog, failed()).start().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_midapi-example-postgres"));
    command.args([&url, &cat, &dog]).env("MIDAPI_API_KEY", "example-key").env("MIDAPI_BASE_URL", mock.base_url());
    let mut worker = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(worker.stdout.take().unwrap()).lines().take(2);
    let mut outcomes: Vec<Value> = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    outcomes.sort_by_key(|outcome| outcome["id"].to_string());
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert_eq!((outcomes[0]["id"].as_str(), outcomes[0]["status"].as_str()), (Some(cat.as_str()), Some("success")));
    assert_eq!(
        (outcomes[1]["id"].as_str(), outcomes[1]["error"]["kind"].as_str()),
        (Some(dog.as_str()), Some("task_failed"))
    );
    assert_eq!(mock.request_count(&cat), 2);
}
