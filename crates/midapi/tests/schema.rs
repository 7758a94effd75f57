//! The JSON Schemas of the public types match their JSON.
#![cfg(feature = "schemars")]

use std::collections::BTreeSet;

use midapi::{Error, Params, Task};
use midapi_testkit::{ID, client, server};
use serde_json::Value;

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn assert_described(schema: &Value) {
    for (name, property) in schema["properties"].as_object().unwrap() {
        assert!(property["description"].is_string() || property["$ref"].is_string(), "{name}: {property}");
    }
}

#[tokio::test]
async fn task_matches_its_schema() {
    let server = server(midapi_mock::success());
    let task = serde_json::to_value(client(&server).get(ID).await.unwrap()).unwrap();
    let schema = schemars::schema_for!(Task).to_value();
    assert_eq!(keys(&schema["properties"]), keys(&task));
    assert_described(&schema);
}

#[tokio::test]
async fn failure_matches_its_schema() {
    let server = server(midapi_mock::failed());
    let error = serde_json::to_value(client(&server).wait(ID).await.unwrap_err()).unwrap();
    let schema = schemars::schema_for!(Error).to_value();
    let without_task = serde_json::to_value(client(&server).get("unknown").await.unwrap_err()).unwrap();
    let shapes = schema["anyOf"].as_array().unwrap();
    for (shape, error) in shapes.iter().zip([&error, &without_task]) {
        assert_eq!(keys(&shape["properties"]), keys(error), "{shape}");
        assert_described(shape);
    }
    let body = &schema["$defs"]["FailureBody"];
    assert_eq!(keys(&body["properties"]), keys(&error["error"]));
    assert_described(body);
}

#[test]
fn params_schema_allows_unknown_keys() {
    let schema = schemars::schema_for!(Params).to_value();
    assert!(keys(&schema["properties"]).contains("aspectRatio"));
    assert_ne!(schema["additionalProperties"], false);
}

#[path = "../examples/schemas/all.rs"]
mod all;

#[test]
fn committed_schemas_are_up_to_date() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/schemas");
    let mut committed: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    committed.sort();
    let schemas = all::schemas();
    let files: Vec<_> = schemas.keys().map(|file| folder.join(file)).collect();
    assert_eq!(committed, files, "run cargo xtask regenerate");
    for (file, schema) in schemas {
        let text = std::fs::read_to_string(folder.join(&file)).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), schema, "{file}: run cargo xtask regenerate");
        assert!(schema["$comment"].as_str().unwrap().contains("cargo xtask regenerate"), "{file}");
    }
}
