//! The API key never appears in logs, errors or `Debug` texts.

#[path = "support/log.rs"]
mod log;

use midapi::{ApiKey, Client};
use midapi_mock::{code, html, raw, reset, success};
use midapi_testkit::{ID, KEY, server};
use serde_json::json;
use tracing_subscriber::EnvFilter;

use crate::log::Log;

fn start_log(filter: &str) -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(move || writer.clone());
    (log, tracing::subscriber::set_default(subscriber.finish()))
}

/// The response with a failed task whose error contains the key, in an envelope with a code.
fn failure(code: i64) -> String {
    let (code_of_task, message) = (format!("E-{KEY}"), format!("the key {KEY} is bad"));
    let task = json!({ "taskId": ID, "successFlag": 3, "errorCode": code_of_task, "errorMessage": message });
    json!({ "code": code, "msg": "failed", "data": task }).to_string()
}

/// Replaces each key in a JSON text by the same key in JSON escapes.
fn escape_key(text: &str) -> String {
    let escaped: Vec<_> = KEY.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    text.replace(KEY, &escaped.concat())
}

/// A server that echoes the key in its responses.
fn echo_server() -> midapi_mock::MockServer {
    let scenario = code(401, format!("the key {KEY} is bad"))
        .then(raw(format!("<html>{KEY}</html>")))
        .then(raw(format!("{}{KEY}", "x".repeat(92))))
        .then(raw(failure(501)))
        .then(raw(escape_key(&failure(501))))
        .then(raw(failure(200)))
        .then(reset());
    server(scenario.then(html(502)).then(success()))
}

#[tokio::test]
async fn logs_and_errors_omit_the_key() {
    let (log, _guard) = start_log("trace");
    let server = echo_server();
    let builder = Client::builder().api_key(KEY).base_url(server.base_url());
    let mut printed = vec![format!("{builder:?}")];
    let client = builder.build().unwrap();
    let calls = [format!("{:?}", client.get(ID)), format!("{:?}", client.wait(ID))];
    assert!(calls.iter().all(|call| call.contains(ID)), "Debug shows the id: {calls:?}");
    printed.push(format!("{client:?}"));
    printed.extend(calls);
    for call in 0..6 {
        // The last one is a failed task, which is an error of a wait only.
        let result = if call < 5 { client.get(ID).await } else { client.wait(ID).await };
        let error = result.unwrap_err();
        printed.push(format!("{error} {error:?} {error:#?} {}", serde_json::to_string(&error).unwrap()));
    }
    let task = client.get(ID).await.unwrap();
    printed.push(format!("{task:?} {:?} {:?}", task.raw(), ApiKey::new(KEY)));
    let (log, printed) = (log.text(), printed.concat());
    assert!(log.contains("failed") && log.contains("hyper"), "the log has the expected entries: {log}");
    assert!(!log.contains(KEY), "{log}");
    assert!(!printed.contains(&KEY[..6]), "no part of the key is printed: {printed}");
    assert!(printed.contains("[key]"), "an echoed key is redacted: {printed}");
}

#[tokio::test]
async fn retries_are_logged_at_info_level() {
    let (log, _guard) = start_log("info");
    let server = server(html(502).then(success()));
    midapi_testkit::client(&server).get(ID).await.unwrap();
    let log = log.text();
    let fields = ["INFO", "retrying", "attempt=1", "delay_ms=", "error.type=\"server\"", "server error (HTTP 502)", ID];
    for field in fields {
        assert!(log.contains(field), "{field} is not in {log}");
    }
}

#[tokio::test]
async fn spans_use_opentelemetry_field_names() {
    let (log, _guard) = start_log("midapi=debug");
    let server = server(code(402, "no"));
    drop(midapi_testkit::client(&server).get(ID).await);
    let log = log.text();
    for field in ["http.request.method=\"GET\"", "http.response.status_code=200", "error.type=\"credits\""] {
        assert!(log.contains(field), "{field} is not in {log}");
    }
}

#[tokio::test]
async fn request_hook_runs_in_the_request_span() {
    let (log, _guard) = start_log("info");
    let server = server(success());
    let client = Client::builder().api_key(KEY).base_url(server.base_url());
    client.request_hook(|_| tracing::info!("from the hook")).build().unwrap().get(ID).await.unwrap();
    let log = log.text();
    let line = log.lines().find(|line| line.contains("from the hook")).unwrap();
    assert!(line.contains("midapi.get") && line.contains("midapi.request"), "{line}");
}
