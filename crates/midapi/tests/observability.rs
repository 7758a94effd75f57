//! The spans and events of docs/observability.md, as a JSON log.

#[path = "support/log.rs"]
mod log;

use futures_util::StreamExt;
use midapi::clock::ManualClock;
use midapi_mock::{MockServer, code, failed, generating, html, success};
use midapi_testkit::{ID, builder, client, server};
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::log::Log;

fn start_log() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new("midapi=info"))
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone());
    (log, tracing::subscriber::set_default(subscriber.finish()))
}

fn lines(log: &Log) -> Vec<Value> {
    log.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The closed spans of a name, without the name.
fn spans(log: &Log, name: &str) -> Vec<Value> {
    let closed = lines(log).into_iter().filter(|line| line["fields"]["message"] == "close");
    let mut spans: Vec<_> = closed.map(|mut line| line["span"].take()).filter(|span| span["name"] == name).collect();
    for span in &mut spans {
        span.as_object_mut().unwrap().remove("name");
    }
    spans
}

/// Runs every verb once. Each fails once and then succeeds.
async fn run_every_verb() -> (MockServer, Log) {
    let verbs = ["get", "wait", "get_all", "wait_all", "call"];
    let server = verbs.iter().fold(MockServer::builder(), |server, verb| server.task(*verb, html(502).then(success())));
    let server = server.start().unwrap();
    let (log, _guard) = start_log();
    let client = client(&server);
    client.get("get").await.unwrap();
    client.wait("wait").await.unwrap();
    assert_eq!(client.get_all(["get_all"]).stream().count().await, 1);
    assert_eq!(client.wait_all(["wait_all"]).stream().count().await, 1);
    client.call(async |wire| wire.get_record_info("call").await).await.unwrap();
    (server, log)
}

#[tokio::test]
async fn every_verb_has_an_info_span() {
    let (_server, log) = run_every_verb().await;
    let table = [
        ("midapi.get", json!({"task.id": "get", "attempts": 2, "outcome": "success"})),
        ("midapi.wait", json!({"task.id": "wait", "attempts": 2, "outcome": "success"})),
        ("midapi.get_all", json!({"attempts": 2, "results": 1, "failures": 0, "outcome": "finished"})),
        ("midapi.wait_all", json!({"attempts": 2, "results": 1, "failures": 0, "outcome": "finished"})),
        ("midapi.call", json!({"attempts": 2, "outcome": "success"})),
    ];
    for (name, expected) in table {
        assert_eq!(spans(&log, name), [expected], "{name}");
    }
    assert!(lines(&log).iter().all(|line| line["target"] == "midapi"), "one target for filters");
}

#[tokio::test]
async fn requests_have_client_spans() {
    let (server, log) = run_every_verb().await;
    let requests = spans(&log, "midapi.request");
    let address = server.addr();
    let expected = |id: Option<&str>, status: u16, resend_count: Option<u32>| {
        let mut span = json!({
            "otel.name": "GET",
            "otel.kind": "client",
            "http.request.method": "GET",
            "http.response.status_code": status,
            "server.address": "127.0.0.1",
            "server.port": address.port(),
            "url.full": format!("http://{address}/api/v1/mj/record-info"),
        });
        let fields = span.as_object_mut().unwrap();
        fields.extend(id.map(|id| ("task.id".to_owned(), id.into())));
        fields.extend(resend_count.map(|count| ("http.request.resend_count".to_owned(), count.into())));
        if status != 200 {
            fields.insert("error.type".into(), "server".into());
            fields.insert("otel.status_code".into(), "ERROR".into());
        }
        span
    };
    let mut all = Vec::new();
    // A poll is a request of its own, not one that is sent again.
    for (verb, resend_count) in
        [("get", Some(1)), ("wait", None), ("get_all", Some(1)), ("wait_all", None), ("call", Some(1))]
    {
        let id = Some(verb).filter(|verb| *verb != "call");
        all.extend([expected(id, 502, None), expected(id, 200, resend_count)]);
    }
    assert_eq!(requests, all);
    let parents: Vec<_> = lines(&log)
        .iter()
        .filter(|line| line["span"]["name"] == "midapi.request")
        .map(|line| line["spans"][0]["name"].as_str().unwrap().to_owned())
        .collect();
    let verbs = ["midapi.get", "midapi.wait", "midapi.get_all", "midapi.wait_all", "midapi.call"];
    assert_eq!(parents, verbs.iter().flat_map(|verb| [*verb; 2]).collect::<Vec<_>>());
}

#[tokio::test]
async fn every_verb_logs_the_same_retry_event() {
    let (_server, log) = run_every_verb().await;
    let events: Vec<_> = lines(&log).into_iter().filter(|line| line["fields"]["message"] == "retrying").collect();
    assert_eq!(events.len(), 5);
    for (event, id) in events.iter().zip([Some("get"), Some("wait"), Some("get_all"), Some("wait_all"), None]) {
        let fields = &event["fields"];
        assert_eq!((event["level"].as_str(), fields["task.id"].as_str()), (Some("INFO"), id), "{event}");
        assert_eq!((fields["attempt"].as_u64(), fields["error.type"].as_str()), (Some(1), Some("server")), "{event}");
        assert!(fields["delay_ms"].is_u64() && fields["error.message"].is_string(), "{event}");
    }
}

#[tokio::test]
async fn failures_are_outcomes() {
    let server = MockServer::builder().task("key", code(401, "no")).task("failed", failed()).task("slow", generating());
    let server = server.start().unwrap();
    let (log, _guard) = start_log();
    let client = client(&server);
    client.get("key").await.unwrap_err();
    client.get("failed").await.unwrap();
    client.wait("failed").await.unwrap_err();
    client.wait("slow").interval(midapi_testkit::seconds(60)).await.unwrap_err();
    client.call(async |wire| wire.get_record_info("key").await).await.unwrap_err();
    let failure = |id: Option<&str>, kind: &str, attempts: u32| {
        let mut span = json!({"attempts": attempts, "outcome": kind, "error.type": kind, "otel.status_code": "ERROR"});
        span.as_object_mut().unwrap().extend(id.map(|id| ("task.id".to_owned(), id.into())));
        span
    };
    let task_failed = json!({"task.id": "failed", "attempts": 1, "outcome": "failed"});
    assert_eq!(spans(&log, "midapi.get"), [failure(Some("key"), "auth", 1), task_failed]);
    let waits = [failure(Some("failed"), "task_failed", 1), failure(Some("slow"), "deadline", 16)];
    assert_eq!(spans(&log, "midapi.wait"), waits);
    assert_eq!(spans(&log, "midapi.call"), [failure(None, "auth", 1)]);
}

#[tokio::test]
async fn dropped_calls_are_canceled() {
    let server = server(generating());
    let (log, _guard) = start_log();
    let client = builder(&server, &ManualClock::new()).build().unwrap();
    let mut updates = client.wait(ID).stream();
    updates.next().await.unwrap();
    drop(updates);
    assert_eq!(spans(&log, "midapi.wait"), [json!({"task.id": ID, "outcome": "canceled"})]);

    let mut results = client.get_all([ID, "unknown"]).max_in_flight(1).stream();
    assert!(results.next().await.unwrap().1.is_ok());
    drop(results);
    let canceled = json!({"attempts": 1, "results": 1, "failures": 0, "outcome": "canceled"});
    assert_eq!(spans(&log, "midapi.get_all"), [canceled]);

    let stopped = client.get_all(["unknown", ID]).max_in_flight(1).fail_fast(true).stream().count().await;
    assert_eq!(stopped, 1);
    let stopped = json!({"attempts": 1, "results": 1, "failures": 1, "outcome": "stopped"});
    assert_eq!(spans(&log, "midapi.get_all").pop(), Some(stopped));
}

#[tokio::test]
async fn documented_log_is_the_real_one() {
    let page = std::fs::read_to_string("../../docs/observability.md").unwrap();
    let block = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let documented: Vec<Value> =
        serde_json::Deserializer::from_str(block).into_iter().collect::<Result<_, _>>().unwrap();

    let server = server(html(502).then(success()));
    let (log, _guard) = start_log();
    client(&server).get(ID).await.unwrap();
    let address = server.addr();
    let mut logged = lines(&log);
    for line in &mut logged {
        line.as_object_mut().unwrap().remove("timestamp");
        line["fields"].as_object_mut().unwrap().retain(|name, _| !name.starts_with("time."));
        if let Some(url) = line["span"].get_mut("url.full") {
            *url = url.as_str().unwrap().replace(&format!("http://{address}"), "https://api.midapi.ai").into();
            line["span"]["server.address"] = "api.midapi.ai".into();
            line["span"]["server.port"] = 443.into();
        }
    }
    assert_eq!(logged, documented);
}
