//! The key is in nothing that is printed.

use std::io::Write;
use std::sync::{Arc, Mutex};

use midapi::{ApiKey, Client};
use midapi_mock::{code, html, raw, reset, success};
use midapi_testkit::{ID, KEY, server};
use tracing_subscriber::EnvFilter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn start(filter: &str) -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_env_filter(EnvFilter::new(filter))
            .with_writer(move || writer.clone());
        (log, tracing::subscriber::set_default(subscriber.finish()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// A server that says the key back in each of its answers.
fn echoing() -> midapi_mock::MockServer {
    let scenario = code(401, format!("the key {KEY} is bad"))
        .then(raw(format!("<html>{KEY}</html>")))
        .then(raw(format!("{}{KEY}", "x".repeat(92))))
        .then(reset());
    server(scenario.then(html(502)).then(success()))
}

#[tokio::test]
async fn no_log_at_any_level_and_no_error_holds_the_key() {
    let (log, _guard) = Log::start("trace");
    let server = echoing();
    let builder = Client::builder().api_key(KEY).base_url(server.base_url());
    let mut printed = vec![format!("{builder:?}")];
    let client = builder.build().unwrap();
    let calls = [format!("{:?}", client.get(ID)), format!("{:?}", client.wait(ID))];
    assert!(calls.iter().all(|call| call.contains(ID)), "they say what they are about: {calls:?}");
    printed.push(format!("{client:?}"));
    printed.extend(calls);
    for _ in 0..3 {
        let error = client.get(ID).await.unwrap_err();
        printed.push(format!("{error} {error:?} {error:#?} {}", serde_json::to_string(&error).unwrap()));
    }
    let task = client.get(ID).await.unwrap();
    printed.push(format!("{task:?} {:?} {:?}", task.raw(), ApiKey::new(KEY)));
    let (log, printed) = (log.text(), printed.concat());
    assert!(log.contains("failed") && log.contains("hyper"), "the log is at work: {log}");
    assert!(!log.contains(KEY), "{log}");
    assert!(!printed.contains(&KEY[..6]), "not a part of it either: {printed}");
    assert!(printed.contains("[key]"), "an echo shows that it was taken out: {printed}");
}

#[tokio::test]
async fn retries_are_logged_at_info_level() {
    let (log, _guard) = Log::start("info");
    let server = server(html(502).then(success()));
    midapi_testkit::client(&server).get(ID).await.unwrap();
    let log = log.text();
    let fields = ["INFO", "retrying", "attempt=1", "delay_ms=", "error.type=\"server\"", "server error (HTTP 502)", ID];
    for field in fields {
        assert!(log.contains(field), "{field} is not in {log}");
    }
}

#[tokio::test]
async fn spans_carry_the_names_of_open_telemetry() {
    let (log, _guard) = Log::start("midapi=debug");
    let server = server(code(402, "no"));
    drop(midapi_testkit::client(&server).get(ID).await);
    let log = log.text();
    for field in ["http.request.method=\"GET\"", "http.response.status_code=200", "error.type=\"credits\""] {
        assert!(log.contains(field), "{field} is not in {log}");
    }
}
