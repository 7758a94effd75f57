//! The demo ids.

mod support;

use std::collections::BTreeSet;
use std::io::Read;
use std::time::{SystemTime, UNIX_EPOCH};

use midapi_mock::{MockServer, demos};
use serde_json::Value;

use support::{AUTHORIZED, Connection, Response, lookup, lookup_path, lookup_state};

/// The first states of each demo id with small, fast responses.
const STATES: &[(&str, &[&str])] = &[
    ("4edb3c5XXXXX75e3f0aa5cc", &["flag 1", "flag 1"]),
    ("demo", &["flag 0", "flag 0"]),
    ("demo-bad-gateway", &["HTTP 502", "HTTP 502"]),
    ("demo-bad-params", &["flag 1"]),
    ("demo-truncated", &["UnexpectedEof", "UnexpectedEof"]),
    ("demo-disabled", &["code 505"]),
    ("demo-expiring", &["flag 1"]),
    ("demo-failed", &["flag 2", "flag 2"]),
    ("demo-flaky", &["ConnectionReset", "HTTP 502", "flag 0", "flag 1", "flag 1"]),
    ("demo-forever", &["flag 0", "flag 0", "flag 0"]),
    ("demo-generation-failed", &["flag 3", "flag 3"]),
    ("demo-generation-failed-code", &["code 501"]),
    ("demo-invalid-request", &["code 422"]),
    ("demo-maintenance", &["code 455", "flag 1"]),
    ("demo-no-credits", &["code 402"]),
    ("demo-not-found", &["code 422"]),
    ("demo-null-data", &["code 200"]),
    ("demo-odd-results", &["flag 1"]),
    ("demo-rate-limited", &["HTTP 429", "HTTP 429", "flag 1"]),
    ("demo-redirect", &["HTTP 302"]),
    ("demo-reset", &["ConnectionReset", "ConnectionReset"]),
    ("demo-server-error", &["HTTP 500", "HTTP 500"]),
    ("demo-text-results", &["flag 1"]),
    ("demo-unauthorized", &["HTTP 401"]),
    ("demo-unknown-code", &["code 299"]),
    ("demo-unknown-fields", &["flag 1"]),
    ("demo-unknown-flag", &["flag 7", "flag 7", "flag 1"]),
];

/// The demo ids with large, slow or unreadable responses.
const SPECIAL: &[&str] =
    &["demo-slow-body", "demo-gzip-bomb", "demo-huge", "demo-nested", "demo-not-json", "demo-slow"];

#[test]
fn demos_return_expected_states() {
    let server = MockServer::start().unwrap();
    for (id, states) in STATES {
        let seen: Vec<String> = states.iter().map(|_| lookup_state(&server, id)).collect();
        assert_eq!(seen, *states, "{id}");
    }
}

#[test]
fn demo_list_is_complete() {
    let tested: BTreeSet<&str> = STATES.iter().map(|(id, _)| *id).chain(SPECIAL.iter().copied()).collect();
    let listed: BTreeSet<&str> = demos().iter().map(|demo| demo.id).collect();
    assert_eq!(listed, tested);
    assert_eq!(demos().len(), listed.len(), "an id is listed twice");
    for demo in demos() {
        assert!(
            !demo.description.is_empty() && !demo.description.contains('\n') && demo.description.len() <= 100,
            "{}",
            demo.id
        );
    }
}

#[test]
fn demos_option_disables_demo_ids() {
    let server = MockServer::builder().demos(false).start().unwrap();
    assert_eq!(lookup(&server, "demo-failed").state(), "code 422");
}

#[test]
fn documented_example_has_documented_values() {
    let data = data("4edb3c5XXXXX75e3f0aa5cc");
    assert_eq!(
        (&data["createTime"], &data["completeTime"]),
        (&"2024-03-20T10:30:00Z".into(), &"2024-03-20T10:30:00Z".into())
    );
    let params: Value = serde_json::from_str(data["paramJson"].as_str().unwrap()).unwrap();
    assert_eq!(params["speed"], "Relax");
    assert_eq!(data["resultInfoJson"]["resultUrls"].as_array().unwrap().len(), 4);
}

#[test]
fn edited_tasks_contain_odd_values() {
    let broken = data("demo-bad-params");
    assert!(serde_json::from_str::<Value>(broken["paramJson"].as_str().unwrap()).is_err());

    let odd = data("demo-odd-results")["resultInfoJson"]["resultUrls"].take();
    assert!(odd[0]["resultUrl"].is_string() && odd[1].is_string() && odd[2].is_number() && odd[3].is_object(), "{odd}");

    let text: Value = serde_json::from_str(data("demo-text-results")["resultInfoJson"].as_str().unwrap()).unwrap();
    assert_eq!(text["resultUrls"].as_array().unwrap().len(), 4);

    let unknown = data("demo-unknown-fields");
    assert_eq!((&unknown["queuePosition"], &unknown["taskType"]), (&0.into(), &"mj_hologram".into()));

    let completed = data("demo-expiring")["completeTime"].as_i64().unwrap() / 1000;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let days = (now - completed) / (24 * 3600);
    assert_eq!(days, 12);
}

#[test]
fn special_demos_start_as_described() {
    let server = MockServer::start().unwrap();
    let head = |id: &str| -> (Connection, Response) {
        let mut connection = Connection::open(&server);
        connection.send("GET", &lookup_path(id), AUTHORIZED);
        let head = connection.read_head().unwrap();
        (connection, head)
    };
    assert_eq!(head("demo-huge").1.header("content-length"), Some("50000000"));
    assert_eq!(head("demo-gzip-bomb").1.header("content-encoding"), Some("gzip"));
    assert!(lookup(&server, "demo-nested").text().contains(&"[".repeat(10_000)));
    assert!(serde_json::from_str::<Value>(&lookup(&server, "demo-not-json").text()).is_err());
    let (mut slow, _) = head("demo-slow-body");
    let mut byte = [0; 2];
    slow.0.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"{\"");
    let hints = ["demo-rate-limited", "demo-maintenance"]
        .map(|id| lookup(&server, id).header("retry-after").map(str::to_owned));
    assert_eq!(hints, [Some("1".into()), Some("1".into())]);
}

fn data(id: &str) -> Value {
    lookup(&MockServer::start().unwrap(), id).json()["data"].take()
}
