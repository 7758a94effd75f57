//! Test helpers: a small document that codegen accepts, and frozen copies of specs.

#![allow(dead_code, reason = "each test uses some of the helpers")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use xtask::document::Document;
use xtask::spec;

/// A path in the folder of xtask.
pub(crate) fn path(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A document of the tests that does not change with the spec: `midapi.yaml`, `vendor-apidog.yaml`, …
pub(crate) fn frozen(name: &str) -> Document {
    Document::read(&path("tests/frozen").join(name)).unwrap_or_else(|error| panic!("{error}"))
}

/// The spec of the project, which may change.
pub(crate) fn live_spec() -> Document {
    Document::read(&path("../spec/midapi.yaml")).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs the command. Returns exit status, standard output and standard error.
pub(crate) fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    run_in(&path(".."), arguments)
}

/// Like [`run`], but takes the root of the project.
pub(crate) fn run_in(root: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let output =
        command.args(arguments).env("CARGO_MANIFEST_DIR", root.join("xtask")).output().expect("the command runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// One path with two operations: `get_thing` returns a `Thing` or a `Problem`, `add_thing` sends a `NewThing`.
pub(crate) fn document() -> Value {
    let json =
        |name: &str| json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } });
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Things", "version": "1", "description": "Keeps things." },
        "servers": [{ "url": "https://things.example.com" }],
        "security": [{ "bearer": [] }],
        "paths": {
            "/things/{id}": {
                "get": {
                    "operationId": "get_thing",
                    "parameters": [
                        { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
                        { "name": "part", "in": "query", "schema": { "type": "string", "maxLength": 5 } },
                    ],
                    "responses": {
                        "200": { "description": "The thing.", "content": json("Thing") },
                        "404": { "description": "There is none.", "content": json("Problem") },
                    },
                },
                "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
                "post": {
                    "operationId": "add_thing",
                    "requestBody": { "content": json("NewThing") },
                    "responses": { "201": { "description": "The thing.", "content": json("Thing") } },
                },
            },
        },
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
            "schemas": {
                "Thing": {
                    "type": "object",
                    "properties": {
                        "code": { "$ref": "#/components/schemas/Code" },
                        "name": { "type": "string", "maxLength": 20 },
                    },
                },
                "Problem": { "type": "object", "properties": { "why": { "type": "string" } } },
                "NewThing": { "type": "object", "properties": { "name": { "type": "string", "maxLength": 20 } } },
                "Code": {
                    "type": "integer",
                    "enum": [1, 2],
                    "x-enum-varnames": ["ONE", "TWO"],
                    "x-enum-descriptions": ["The first.", "The second."],
                },
            },
        },
    })
}

/// The part of a document at a JSON pointer.
pub(crate) fn at<'a>(document: &'a mut Value, pointer: &str) -> &'a mut Value {
    document.pointer_mut(pointer).unwrap_or_else(|| panic!("the document has no {pointer}"))
}

/// The document with changed entries, by the pointer of their holder. Null removes an entry.
pub(crate) fn changed(changes: &Value) -> Value {
    changed_in(document(), changes)
}

/// Like [`changed`], but takes the document.
pub(crate) fn changed_in(mut document: Value, changes: &Value) -> Value {
    for (pointer, entries) in spec::object(changes) {
        let object = at(&mut document, pointer).as_object_mut().expect("an object");
        for (key, value) in spec::object(entries) {
            match value {
                Value::Null => drop(object.remove(key).expect("an entry to remove")),
                value => drop(object.insert(key.clone(), value.clone())),
            }
        }
    }
    document
}

/// A document as read from a file, with a line for each part.
pub(crate) fn read(value: &Value) -> Document {
    let text = serde_json::to_string_pretty(value).expect("JSON");
    Document::parse("things.json", &text).unwrap_or_else(|error| panic!("{error}"))
}
