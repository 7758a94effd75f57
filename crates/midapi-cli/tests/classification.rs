//! Tests every row of the classification table with the command: exit status, JSON, number of requests.

mod support;

use midapi_mock::MockServer;
use midapi_testkit::{Next, rows};
use serde_json::{Value, json};
use support::{Finished, midapi_with};

#[test]
fn responses_have_exit_status_and_json() {
    for row in rows() {
        let is_retried = matches!(row.next, Next::Retry | Next::RetryOnce);
        let why = format!("{} ({:?})", row.name, row.http_status);
        let server = MockServer::builder().task("t", row.response.clone()).start().unwrap();
        let ran = Finished::run(&mut midapi_with(&server, &["get", "t", "--json", "--retries", "1"]));
        assert_eq!(ran.status, row.exit_code(), "{why}: {}", ran.err);
        let [line] = &ran.lines()[..] else { panic!("{why}: {}", ran.out) };
        assert_eq!(line["id"], "t", "{why}");
        assert_eq!(server.request_count("t"), if is_retried { 2 } else { 1 }, "{why}");
        if row.kind.is_empty() {
            assert!(line.get("error").is_none() && line["status"].is_string(), "{why}: {line}");
            assert_eq!(ran.err, "", "{why}");
            continue;
        }
        let error = &line["error"];
        assert_eq!(error["kind"], row.kind, "{why}: {line}");
        assert_eq!(error["retryable"], is_retried, "{why}");
        assert_eq!(error["http_status"], row.http_status.map_or(Value::Null, Value::from), "{why}");
        assert_eq!(error["code"], row.code.map_or(Value::Null, Value::from), "{why}");
        assert_eq!(error["attempts"], json!(server.request_count("t")), "{why}");
        assert!(error["message"].as_str().is_some_and(|words| !words.is_empty()), "{why}");
        assert!(ran.err.starts_with("error: t: "), "{why}: {}", ran.err);
    }
}
