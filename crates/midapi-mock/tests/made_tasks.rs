//! The tasks that the server makes have the shape of the recorded ones.

mod support;

use midapi_mock::{MockServer, flag, generating, success, task};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use support::{Connection, look, of};

/// The members of `data` as they follow each other in the recordings.
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
fn members_are_those_of_the_wire_for_every_flag() {
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
        let answer = look(&server, "cat");
        let data = answer.json()["data"].take();
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
        let text = answer.text();
        let places: Vec<_> = MEMBERS.iter().map(|member| text.find(&format!("\"{member}\":")).unwrap()).collect();
        assert!(places.is_sorted(), "order of flag {number}: {text}");
        assert_eq!(data.as_object().unwrap().len(), MEMBERS.len(), "flag {number}");
    }
}

#[test]
fn the_echo_is_a_text_with_sorted_keys() {
    let server = MockServer::builder().task("cat", generating()).start().unwrap();
    let text = look(&server, "cat").json()["data"]["paramJson"].as_str().unwrap().to_owned();
    let params: Value = serde_json::from_str(&text).unwrap();
    // serde_json sorts the keys of a map: the text comes back the same only if it was sorted.
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
    let looks: Vec<Value> = (0..3).map(|_| look(&server, "cat").json()["data"].take()).collect();
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let created = looks[0]["createTime"].as_i64().unwrap();
    let completed = looks[1]["completeTime"].as_i64().unwrap();
    assert!(created < completed && completed <= now && now - created < 60_000, "{created} {completed} {now}");
    assert_eq!((created % 1000, completed % 1000), (318, 741), "odd milliseconds");
    assert!(looks.iter().all(|data| data["createTime"] == created), "{looks:?}");
    assert_eq!(looks[2]["completeTime"], completed);
}

#[test]
fn results_are_four_different_pictures_that_it_serves() {
    let server = MockServer::start().unwrap();
    for (id, encoded) in [("plain-1", "plain-1"), ("söme/ id?_0_", "s%C3%B6me%2F%20id%3F_0_")] {
        server.set_scenario(id, success());
        let data = look(&server, encoded).json()["data"].take();
        assert_eq!(data["taskId"], id);
        let items = data["resultInfoJson"]["resultUrls"].as_array().unwrap().clone();
        let mut pictures = Vec::new();
        for (n, item) in items.iter().enumerate() {
            let url = item["resultUrl"].as_str().unwrap();
            assert_eq!(url, format!("{}/m/{encoded}_0_{n}.jpeg", server.base_url()));
            let mut connection = Connection::open(&server);
            connection.send("GET", url.strip_prefix(&server.base_url()).unwrap(), &["Accept-Encoding: gzip"]);
            let answer = connection.read().unwrap();
            assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/jpeg")));
            assert!(
                answer.body.starts_with(&[0xff, 0xd8, 0xff]) && answer.body.ends_with(&[0xff, 0xd9]),
                "a whole JPEG"
            );
            pictures.push(answer.body);
        }
        pictures.sort();
        pictures.dedup();
        assert_eq!((items.len(), pictures.len()), (4, 4));
    }
}

#[test]
fn there_is_no_picture_by_another_name() {
    let server = MockServer::start().unwrap();
    for name in ["cat_0_4.jpeg", "cat_0_0.png", "cat_0_.jpeg", "cat.jpeg", "_0_0.jpeg", "a/b_0_0.jpeg", ""] {
        assert_eq!(Connection::open(&server).look(&format!("/m/{name}")).unwrap().status, 404, "{name}");
    }
}

#[test]
fn given_data_is_sent_as_it_is() {
    let data = json!({ "taskId": "other", "successFlag": "1", "extra": [null, 1.5, "ü"] });
    let server = MockServer::builder().task("cat", task(data.clone())).start().unwrap();
    assert_eq!(look(&server, "cat").json(), json!({ "code": 200, "msg": "success", "data": data }));
}

/// Needs the recordings, which are not part of the project: `MIDAPI_RECORDED_DIR`.
#[test]
fn a_recorded_success_has_the_same_members() {
    let Some(dir) = std::env::var_os("MIDAPI_RECORDED_DIR") else { return };
    let path = std::path::Path::new(&dir).join("txt2img_fast_success.json");
    let recorded: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let server = MockServer::builder().task("cat", success()).start().unwrap();
    assert_eq!(shape(&Connection::open(&server).look(&of("cat")).unwrap().json()), shape(&recorded));
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

/// The value with every text and number replaced by its kind; texts that hold JSON by the shape of that.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ Value::Object(_)) => json!({ "a text with": shape(&inner) }),
            _ => "text".into(),
        },
        other => kind_of(other).into(),
    }
}
