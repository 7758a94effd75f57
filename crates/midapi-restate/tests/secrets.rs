//! Checks that nothing that the Restate server stores contains the API key.

mod support;

use std::path::Path;
use std::time::Duration;

use midapi_mock::{MockServer, code, generating, success, task};
use midapi_restate::{WaitOptions, Worker};
use serde_json::json;

use support::{KEY, RestateServer, account, client, id, start_worker};

/// Whether a file below a directory contains a text.
fn contains(dir: &Path, text: &[u8]) -> bool {
    std::fs::read_dir(dir).unwrap().filter_map(Result::ok).any(|entry| {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            return contains(&path, text);
        }
        // A socket cannot be read.
        std::fs::read(&path).is_ok_and(|content| content.windows(text.len()).any(|window| window == text))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_journal_or_state_contains_the_key() {
    let Some(mut server) = RestateServer::start().await else { return };
    // A server that echoes the key in its errors and in the task.
    let echo = json!({ "taskId": "echo", "successFlag": 3, "errorMessage": format!("no access for {KEY}"),
        "paramJson": format!("{{\"prompt\":\"a cat\",\"callBackUrl\":\"https://example.com/?key={KEY}\"}}") });
    let tasks = [
        ("cat", generating().times(3).then(success())),
        ("slow", generating().into()),
        ("refused", code(401, format!("no access for Bearer {KEY}")).into()),
        ("echo", task(echo).into()),
    ];
    let mock = tasks.into_iter().fold(MockServer::builder(), |mock, (id, steps)| mock.task(id, steps)).start().unwrap();
    server.register(&start_worker(Worker::new(client(&mock))).await).await;
    let (ingress, default) = (server.ingress(), account("default"));
    let options = WaitOptions::default().interval(Duration::from_millis(200)).then("Nowhere/add");
    for name in ["cat", "slow", "echo"] {
        ingress.submit(&default, &id(name), &options).await.unwrap();
    }
    ingress.submit(&account("other"), &id("refused"), &options).await.unwrap();
    for name in ["cat", "echo"] {
        let outcome = ingress.wait(&default, &id(name), Some(Duration::from_secs(20))).await.unwrap();
        assert!(outcome.is_final(), "{outcome:?}");
    }
    while mock.request_count("refused") == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut rows = 0;
    for table in ["sys_journal", "sys_invocation", "state", "sys_promise", "sys_deployment", "sys_service", "sys_inbox"]
    {
        let found = server.query(&format!("SELECT * FROM {table}")).await;
        rows += found.as_array().map_or(0, Vec::len);
        let text = found.to_string();
        assert!(!text.contains(KEY), "{table} contains the key");
        // Binary columns are printed as hexadecimal digits.
        let hexadecimal = KEY.bytes().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
        assert!(!text.to_lowercase().contains(&hexadecimal), "{table} contains the key");
    }
    assert!(rows > 20, "{rows} rows");
    server.kill();
    assert!(contains(server.data_dir(), b"Nowhere/add"), "the search finds what is there");
    assert!(!contains(server.data_dir(), KEY.as_bytes()), "a file of the server contains the key");
}
