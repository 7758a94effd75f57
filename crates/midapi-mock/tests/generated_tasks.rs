//! Generated tasks have the shape of recorded ones.

mod support;

use std::time::{SystemTime, UNIX_EPOCH};

use midapi_mock::{MockServer, flag, generating, success, task};
use serde_json::{Value, json};

use support::{Connection, lookup, lookup_path};

/// The members of `data` in the order of the recordings.
const MEMBERS: [&str; 9] = [
    "taskId",
    "taskType",
    "paramJson",
    "completeTime",
    "resultInfoJson",
    "successFlag",
    "createTime",
    "errorCode",
    "errorMessage",
];

#[test]
fn members_match_recordings_for_every_flag() {
    const INTEGER: &str = "integer";
    let server = MockServer::start().unwrap();
    // flag, completeTime, resultInfoJson, errorCode, errorMessage
    let table = [
        (0, "null", "null", "null", "null"),
        (1, INTEGER, "object", "null", "null"),
        (2, INTEGER, "null", INTEGER, "text"),
        (3, INTEGER, "null", INTEGER, "text"),
        (7, "null", "null", "null", "null"),
        (-1, "null", "null", "null", "null"),
    ];
    for (number, complete, result, code, message) in table {
        server.set_scenario("cat", flag(number));
        let response = lookup(&server, "cat");
        let data = response.json()["data"].take();
        assert_eq!(data["successFlag"], number);
        assert_eq!(data["taskId"], "cat", "flag {number}");
        for (member, kind) in [
            ("taskType", "text"),
            ("paramJson", "text"),
            ("createTime", INTEGER),
            ("completeTime", complete),
            ("resultInfoJson", result),
            ("errorCode", code),
            ("errorMessage", message),
        ] {
            assert_eq!(kind_of(&data[member]), kind, "{member} of flag {number}");
        }
        let text = response.text();
        let positions: Vec<_> = MEMBERS.iter().map(|member| text.find(&format!("\"{member}\":")).unwrap()).collect();
        assert!(positions.is_sorted(), "order of flag {number}: {text}");
        assert_eq!(data.as_object().unwrap().len(), MEMBERS.len(), "flag {number}");
    }
}

#[test]
fn param_json_has_sorted_keys() {
    let server = MockServer::builder().task("cat", generating()).start().unwrap();
    let text = lookup(&server, "cat").json()["data"]["paramJson"].as_str().unwrap().to_owned();
    let params: Value = serde_json::from_str(&text).unwrap();
    // serde_json sorts the keys of a map: the text is the same only if its keys were sorted.
    assert_eq!(params.to_string(), text);
    for (key, value) in
        [("speed", json!("fast")), ("version", json!("7")), ("motion", json!("high")), ("videoBatchSize", json!(1))]
    {
        assert_eq!(params[key], value, "{key}");
    }
}

#[test]
fn times_are_past_ordered_and_constant() {
    let server = MockServer::builder().task("cat", generating().then(success())).start().unwrap();
    let tasks: Vec<Value> = (0..3).map(|_| lookup(&server, "cat").json()["data"].take()).collect();
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let created = tasks[0]["createTime"].as_i64().unwrap();
    let completed = tasks[1]["completeTime"].as_i64().unwrap();
    assert!(created < completed && completed <= now && now - created < 60_000, "{created} {completed} {now}");
    assert_eq!((created % 1000, completed % 1000), (318, 741), "odd milliseconds");
    assert!(tasks.iter().all(|data| data["createTime"] == created), "{tasks:?}");
    assert_eq!(tasks[2]["completeTime"], completed);
}

#[test]
fn result_urls_serve_four_different_pictures() {
    let server = MockServer::start().unwrap();
    for (id, encoded) in [("plain-1", "plain-1"), ("söme/ id?_0_", "s%C3%B6me%2F%20id%3F_0_")] {
        server.set_scenario(id, success());
        let data = lookup(&server, encoded).json()["data"].take();
        assert_eq!(data["taskId"], id);
        let items = data["resultInfoJson"]["resultUrls"].as_array().unwrap().clone();
        let mut pictures = Vec::new();
        for (n, item) in items.iter().enumerate() {
            let url = item["resultUrl"].as_str().unwrap();
            assert_eq!(url, format!("{}/m/{encoded}_0_{n}.jpeg", server.base_url()));
            let path = url.strip_prefix(&server.base_url()).unwrap();
            let response = Connection::open(&server).request("GET", path, &["Accept-Encoding: gzip"]).unwrap();
            assert_eq!((response.status, response.header("content-type")), (200, Some("image/jpeg")));
            assert!(
                response.body.starts_with(&[0xff, 0xd8, 0xff]) && response.body.ends_with(&[0xff, 0xd9]),
                "a complete JPEG"
            );
            pictures.push(response.body);
        }
        pictures.sort();
        pictures.dedup();
        assert_eq!((items.len(), pictures.len()), (4, 4));
    }
}

#[test]
fn unknown_result_files_are_404() {
    let server = MockServer::start().unwrap();
    for name in [
        "cat_0_4.jpeg",
        "cat_0_0.bmp",
        "cat_0_4.png",
        "cat_0_0.",
        "cat_0_.jpeg",
        "cat.jpeg",
        "_0_0.jpeg",
        "a/b_0_0.jpeg",
        "",
    ] {
        assert_eq!(Connection::open(&server).get(&format!("/m/{name}")).unwrap().status, 404, "{name}");
    }
}

#[test]
fn task_data_is_sent_unchanged() {
    let data = json!({ "taskId": "other", "successFlag": "1", "extra": [null, 1.5, "ü"] });
    let server = MockServer::builder().task("cat", task(data.clone())).start().unwrap();
    assert_eq!(lookup(&server, "cat").json(), json!({ "code": 200, "msg": "success", "data": data }));
}

/// Requires `MIDAPI_RECORDED_DIR`, a folder of recordings, which are not part of the project.
#[test]
fn generated_success_matches_recorded_shape() {
    let Some(dir) = std::env::var_os("MIDAPI_RECORDED_DIR") else { return };
    let path = std::path::Path::new(&dir).join("txt2img_fast_success.json");
    let recorded: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let server = MockServer::builder().task("cat", success()).start().unwrap();
    assert_eq!(shape(&Connection::open(&server).get(&lookup_path("cat")).unwrap().json()), shape(&recorded));
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Number(number) if number.is_i64() => "integer",
        Value::String(_) => "text",
        Value::Object(_) => "object",
        _ => "something else",
    }
}

/// Replaces every string and number by its kind, and strings that hold JSON by the shape of the JSON.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ Value::Object(_)) => json!({ "JSON string": shape(&inner) }),
            _ => "text".into(),
        },
        other => kind_of(other).into(),
    }
}
