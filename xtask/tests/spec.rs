//! What the committed spec says is what is known of the API; spec/README.md has the source of each fact.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use xtask::spec;

fn committed() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/midapi.yaml");
    spec::read(&path).unwrap_or_else(|error| panic!("{error}"))
}

fn part(pointer: &str) -> Value {
    committed().pointer(pointer).unwrap_or_else(|| panic!("the spec has no {pointer}")).clone()
}

fn schema(name: &str) -> Value {
    part(&format!("/components/schemas/{name}"))
}

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
fn the_look_up_takes_an_id_and_a_bearer_token() {
    let operation = part("/paths/~1api~1v1~1mj~1record-info/get");
    assert_eq!(operation["operationId"], "get_record_info");
    let parameters: Vec<_> = spec::array(&operation["parameters"]).collect();
    assert_eq!(parameters.len(), 1, "taskId is all it takes");
    assert_eq!((&parameters[0]["name"], &parameters[0]["in"]), (&"taskId".into(), &"query".into()));
    assert_eq!(parameters[0]["required"], true);
    assert_eq!(part("/components/securitySchemes/bearer/scheme"), "bearer");
    assert_eq!(part("/security/0/bearer"), Value::Array(vec![]), "on every call");
    let servers = part("/servers");
    let servers: Vec<_> = spec::array(&servers).map(|server| server["url"].as_str().expect("a URL")).collect();
    assert_eq!(servers, ["https://api.midapi.ai", "https://api.kie.ai"]);
}

#[test]
fn numbers_are_named_in_the_vendors_order() {
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
        assert_eq!(named, *expected, "{name}");
        let descriptions = texts(&schema["x-enum-descriptions"]);
        assert_eq!(descriptions.len(), expected.len(), "{name}: a description each");
        assert!(descriptions.iter().all(|description| !description.is_empty()), "{name}: a description each");
        assert_eq!(descriptions.iter().collect::<BTreeSet<_>>().len(), expected.len(), "{name}: of its own");
    }
}

#[test]
fn every_known_field_is_there_and_may_be_null() {
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
        assert_eq!(keys(&schema["properties"]), fields.iter().copied().collect(), "{name}");
        for (field, property) in spec::object(&schema["properties"]) {
            let code = field == "code";
            assert!(
                code || property["nullable"] == true,
                "{name}.{field}: anything but the code has been null or absent"
            );
            assert!(code || property["description"].is_string(), "{name}.{field} is described");
        }
        let required: &[&str] = if *name == "RecordInfoResponse" { &["code"] } else { &[] };
        assert_eq!(texts(&schema["required"]), required, "{name}: a field that is missing would fail the decode");
    }
    assert_eq!(
        schema("TaskParams")["additionalProperties"],
        Value::Object(serde_json::Map::new()),
        "unknown keys stay"
    );
    assert_eq!(schema("TaskRecord")["properties"]["paramJson"]["x-embedded-json"], "#/components/schemas/TaskParams");
}

#[test]
fn fields_whose_form_is_disputed_take_both_forms() {
    let table = [
        ("createTime", "Instant", ["integer", "string"], "milliseconds on the wire, text in the documentation"),
        ("completeTime", "Instant", ["integer", "string"], "the same"),
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
    assert_eq!(schema("Instant")["oneOf"][0]["format"], "int64", "milliseconds do not fit into 32 bits");
    let results = schema("ResultInfo");
    let item = spec::follow(&document, &results["properties"]["resultUrls"]["items"]);
    assert_eq!(item["oneOf"].as_array().map(Vec::len), Some(2), "an object, or a bare text: {item}");
}

#[test]
fn values_are_the_documented_ones() {
    let listed: &[(&str, &[&str])] = &[
        ("speed", &["relaxed", "fast", "turbo"]),
        ("version", &["7", "6.1", "6", "5.2", "5.1", "niji6"]),
        ("aspectRatio", &["1:2", "9:16", "2:3", "3:4", "5:6", "6:5", "4:3", "3:2", "1:1", "16:9", "2:1"]),
        ("motion", &["high", "low"]),
    ];
    let params = schema("TaskParams")["properties"].clone();
    for (field, values) in listed {
        assert_eq!(texts(&params[field]["x-extensible-enum"]), *values, "{field}");
        assert!(params[field]["enum"].is_null(), "{field}: the vendor's own example goes beyond the list");
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
    assert_eq!(texts(&schema("TaskRecord")["properties"]["taskType"]["x-extensible-enum"]), kinds);
}

#[test]
fn examples_show_each_kind_of_answer() {
    let table = [
        ("documented", 200, Some(1), "string", "the vendor's own, with times as text"),
        ("wire", 200, Some(1), "integer", "finished, with times as numbers"),
        ("generating", 200, Some(0), "null", "everything about the end is null"),
        ("failed", 200, Some(3), "integer", "a failed task is a successful look-up"),
        ("unknownTask", 422, None, "null", "an unknown id comes with data: null"),
        ("unauthorized", 401, None, "null", "a refused key comes without data"),
    ];
    for (name, code, flag, time, why) in table {
        let value = example(name);
        assert_eq!(value["code"], code, "{name}: {why}");
        assert_eq!(value["data"]["successFlag"].as_i64(), flag, "{name}: {why}");
        let found = match &value["data"]["completeTime"] {
            Value::Null => "null",
            Value::Number(millis) if millis.as_i64().is_some_and(|millis| millis > 1_000_000_000_000) => "integer",
            Value::String(_) => "string",
            other => panic!("{name}: {other} is no time"),
        };
        assert_eq!(found, time, "{name}: {why}");
        let results = spec::array(&value["data"]["resultInfoJson"]["resultUrls"]).count();
        assert_eq!(results, if flag == Some(1) { 4 } else { 0 }, "{name}: four pictures, and only when it is done");
    }
    assert!(example("unknownTask").get("data").is_some_and(Value::is_null), "null");
    assert!(example("unauthorized").get("data").is_none(), "absent");
    assert_eq!(example("unknownTask")["msg"], "The record does not exist");
    assert!(example("failed")["data"]["errorCode"].is_i64() && example("failed")["data"]["errorMessage"].is_string());
}

#[test]
fn examples_have_no_field_that_the_schemas_do_not_name() {
    let (record, documented) = (schema("TaskRecord"), schema("TaskParams"));
    for name in ["documented", "wire", "generating", "failed"] {
        let value = example(name);
        assert_eq!(
            keys(&value["data"]),
            keys(&record["properties"]),
            "{name}: a task has all of its fields, null or not"
        );
        let params = params(&value);
        let unknown: Vec<_> = keys(&params).difference(&keys(&documented["properties"])).copied().collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
        assert_eq!(params["taskType"], value["data"]["taskType"], "{name}");
        let listed = texts(&record["properties"]["taskType"]["x-extensible-enum"]);
        assert!(listed.contains(&value["data"]["taskType"].as_str().expect("a text")), "{name}");
    }
}
