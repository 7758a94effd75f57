//! The committed spec has all known facts of the API. Additions are allowed. spec/README.md has the source of each fact.

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use xtask::spec;

fn committed() -> Value {
    support::live_spec().value
}

fn part(pointer: &str) -> Value {
    committed().pointer(pointer).unwrap_or_else(|| panic!("the spec has no {pointer}")).clone()
}

fn schema(name: &str) -> Value {
    part(&format!("/components/schemas/{name}"))
}

/// The number of known fields of a task.
const TASK_FIELDS: usize = 9;

fn texts(list: &Value) -> Vec<&str> {
    spec::array(list).map(|text| text.as_str().expect("a text")).collect()
}

fn keys(object: &Value) -> BTreeSet<&str> {
    spec::object(object).map(|(key, _)| key.as_str()).collect()
}

fn example(name: &str) -> Value {
    let operation = "/paths/~1api~1v1~1mj~1record-info/get";
    part(&format!("{operation}/responses/200/content/application~1json/examples/{name}/value"))
}

/// The text of an example's `paramJson`, as JSON.
fn params(example: &Value) -> Value {
    serde_json::from_str(example["data"]["paramJson"].as_str().expect("a text")).expect("a JSON text")
}

#[test]
fn lookup_needs_an_id_and_a_token() {
    let operation = part("/paths/~1api~1v1~1mj~1record-info/get");
    assert_eq!(operation["operationId"], "get_record_info");
    let parameters: Vec<_> = spec::array(&operation["parameters"]).collect();
    let required: Vec<_> = parameters.iter().filter(|parameter| parameter["required"] == true).collect();
    assert_eq!(required.len(), 1, "taskId is the only required parameter");
    assert_eq!((&required[0]["name"], &required[0]["in"]), (&"taskId".into(), &"query".into()));
    assert_eq!(part("/components/securitySchemes/bearer/scheme"), "bearer");
    assert_eq!(part("/security/0/bearer"), Value::Array(vec![]), "on every call");
    let servers = part("/servers");
    let servers: Vec<_> = spec::array(&servers).map(|server| server["url"].as_str().expect("a URL")).collect();
    assert_eq!(servers, ["https://api.midapi.ai", "https://api.kie.ai"]);
}

#[test]
fn codes_and_flags_are_named() {
    let table: &[(&str, &[(i64, &str)])] = &[
        (
            "BodyCode",
            &[
                (200, "SUCCESS"),
                (400, "INVALID_REQUEST"),
                (401, "UNAUTHORIZED"),
                (402, "INSUFFICIENT_CREDITS"),
                (404, "NOT_FOUND"),
                (422, "VALIDATION_ERROR"),
                (429, "RATE_LIMITED"),
                (455, "MAINTENANCE"),
                (500, "SERVER_ERROR"),
                (501, "GENERATION_FAILED"),
                (505, "FEATURE_DISABLED"),
            ],
        ),
        ("SuccessFlag", &[(0, "GENERATING"), (1, "SUCCESS"), (2, "FAILED"), (3, "GENERATION_FAILED")]),
    ];
    for (name, expected) in table {
        let schema = schema(name);
        let numbers = spec::array(&schema["enum"]).map(|number| number.as_i64().expect("an integer"));
        let named: Vec<_> = numbers.zip(texts(&schema["x-enum-varnames"])).collect();
        assert_eq!(named.get(..expected.len()), Some(*expected), "{name}: the known ones first");
        let descriptions = texts(&schema["x-enum-descriptions"]);
        assert_eq!(descriptions.len(), named.len(), "{name}: a description each");
        assert!(descriptions.iter().all(|description| !description.is_empty()), "{name}: a description each");
        assert_eq!(descriptions.iter().collect::<BTreeSet<_>>().len(), named.len(), "{name}: unique descriptions");
    }
}

#[test]
fn known_fields_are_described_and_nullable() {
    let table: &[(&str, &[&str])] = &[
        ("RecordInfoResponse", &["code", "data", "msg"]),
        (
            "TaskRecord",
            &[
                "completeTime",
                "createTime",
                "errorCode",
                "errorMessage",
                "paramJson",
                "resultInfoJson",
                "successFlag",
                "taskId",
                "taskType",
            ],
        ),
        ("ResultInfo", &["resultUrls"]),
        ("ResultUrl", &["resultUrl"]),
        (
            "TaskParams",
            &[
                "aspectRatio",
                "callBackUrl",
                "enableTranslation",
                "fileUrl",
                "fileUrls",
                "motion",
                "ow",
                "prompt",
                "speed",
                "stylization",
                "taskType",
                "variety",
                "version",
                "videoBatchSize",
                "waterMark",
                "weirdness",
            ],
        ),
    ];
    for (name, fields) in table {
        let schema = schema(name);
        let missing: Vec<_> = fields.iter().filter(|field| schema["properties"].get(**field).is_none()).collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
        for (field, property) in spec::object(&schema["properties"]) {
            let code = field == "code";
            assert!(
                code || property["nullable"] == true,
                "{name}.{field}: all fields but the code can be null or absent"
            );
            assert!(code || property["description"].is_string(), "{name}.{field} is described");
        }
        let required: &[&str] = if *name == "RecordInfoResponse" { &["code"] } else { &[] };
        assert_eq!(texts(&schema["required"]), required, "{name}: a missing required field fails the decoding");
    }
    assert_eq!(
        schema("TaskParams")["additionalProperties"],
        Value::Object(serde_json::Map::new()),
        "unknown keys are kept"
    );
    assert_eq!(schema("TaskRecord")["properties"]["paramJson"]["x-embedded-json"], "#/components/schemas/TaskParams");
}

#[test]
fn disputed_fields_allow_both_types() {
    let table = [
        ("createTime", "Timestamp", ["integer", "string"], "milliseconds on the wire, text in the documentation"),
        ("completeTime", "Timestamp", ["integer", "string"], "the same"),
        ("errorCode", "TaskErrorCode", ["integer", "string"], "a number on the wire, a name in a callback"),
        (
            "resultInfoJson",
            "ResultInfoOrText",
            ["object", "string"],
            "an object on the wire, guarded against as a text",
        ),
    ];
    let document = committed();
    for (field, name, forms, why) in table {
        let property = schema("TaskRecord")["properties"][field].clone();
        assert_eq!(property["allOf"][0]["$ref"], format!("#/components/schemas/{name}"), "{field}: {why}");
        let schema = schema(name);
        let kinds: Vec<_> = spec::array(&schema["oneOf"])
            .map(|one| spec::follow(&document, if one["allOf"].is_array() { &one["allOf"][0] } else { one }))
            .map(|one| one["type"].as_str().expect("a type"))
            .collect();
        assert_eq!(kinds, forms, "{field}: {why}");
    }
    assert_eq!(schema("Timestamp")["oneOf"][0]["format"], "int64", "milliseconds do not fit into 32 bits");
    let results = schema("ResultInfo");
    let item = spec::follow(&document, &results["properties"]["resultUrls"]["items"]);
    assert_eq!(item["oneOf"].as_array().map(Vec::len), Some(2), "an object, or a bare text: {item}");
}

#[test]
fn documented_values_are_listed() {
    let listed: &[(&str, &[&str])] = &[
        ("speed", &["relaxed", "fast", "turbo"]),
        ("version", &["7", "6.1", "6", "5.2", "5.1", "niji6"]),
        ("aspectRatio", &["1:2", "9:16", "2:3", "3:4", "5:6", "6:5", "4:3", "3:2", "1:1", "16:9", "2:1"]),
        ("motion", &["high", "low"]),
    ];
    let params = schema("TaskParams")["properties"].clone();
    for (field, values) in listed {
        let listed = texts(&params[field]["x-extensible-enum"]);
        assert!(values.iter().all(|value| listed.contains(value)), "{field}: {listed:?}");
        assert!(params[field]["enum"].is_null(), "{field}: an example of the vendor has another value");
    }
    let ranges = [("stylization", 0, 1000), ("weirdness", 0, 3000), ("variety", 0, 100), ("ow", 1, 1000)];
    for (field, least, most) in ranges {
        assert_eq!((&params[field]["minimum"], &params[field]["maximum"]), (&least.into(), &most.into()), "{field}");
    }
    assert_eq!(params["prompt"]["maxLength"], 2000);
    let kinds = [
        "mj_txt2img",
        "mj_img2img",
        "mj_style_reference",
        "mj_omni_reference",
        "mj_video",
        "mj_video_hd",
        "mj_video_extend_manual",
        "mj_video_extend_auto",
    ];
    let record = schema("TaskRecord");
    let listed = texts(&record["properties"]["taskType"]["x-extensible-enum"]);
    assert!(kinds.iter().all(|kind| listed.contains(kind)), "{listed:?}");
}

#[test]
fn examples_show_each_kind_of_response() {
    let table = [
        ("documented", 200, Some(1), "string", "the documented one, with times as text"),
        ("wire", 200, Some(1), "integer", "finished, with times as numbers"),
        ("generating", 200, Some(0), "null", "no completion time, no results"),
        ("failed", 200, Some(3), "integer", "a failed task has a successful body code"),
        ("unknownTask", 422, None, "null", "an unknown id has data: null"),
        ("unauthorized", 401, None, "null", "a rejected API key has no data"),
    ];
    for (name, code, flag, time, why) in table {
        let value = example(name);
        assert_eq!(value["code"], code, "{name}: {why}");
        assert_eq!(value["data"]["successFlag"].as_i64(), flag, "{name}: {why}");
        let found = match &value["data"]["completeTime"] {
            Value::Null => "null",
            Value::Number(millis) if millis.as_i64().is_some_and(|millis| millis > 1_000_000_000_000) => "integer",
            Value::String(_) => "string",
            other => panic!("{name}: {other} is not a time"),
        };
        assert_eq!(found, time, "{name}: {why}");
        let results = spec::array(&value["data"]["resultInfoJson"]["resultUrls"]).count();
        assert_eq!(results, if flag == Some(1) { 4 } else { 0 }, "{name}: four pictures of a finished task");
    }
    assert!(example("unknownTask").get("data").is_some_and(Value::is_null), "null");
    assert!(example("unauthorized").get("data").is_none(), "absent");
    assert_eq!(example("unknownTask")["msg"], "The record does not exist");
    assert!(example("failed")["data"]["errorCode"].is_i64() && example("failed")["data"]["errorMessage"].is_string());
}

#[test]
fn examples_have_only_known_fields() {
    let (record, documented) = (schema("TaskRecord"), schema("TaskParams"));
    for name in ["documented", "wire", "generating", "failed"] {
        let value = example(name);
        let known = keys(&record["properties"]);
        let unknown: Vec<_> = keys(&value["data"]).difference(&known).copied().collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
        assert!(keys(&value["data"]).len() >= TASK_FIELDS, "{name}: a recorded task has all known fields");
        let params = params(&value);
        let unknown: Vec<_> = keys(&params).difference(&keys(&documented["properties"])).copied().collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
        assert_eq!(params["taskType"], value["data"]["taskType"], "{name}");
        let listed = texts(&record["properties"]["taskType"]["x-extensible-enum"]);
        assert!(listed.contains(&value["data"]["taskType"].as_str().expect("a text")), "{name}");
    }
}
