//! A small document that codegen accepts, for tests to change.

#![allow(dead_code, reason = "each test uses a part of it")]

use serde_json::{Value, json};
use xtask::document::Document;
use xtask::spec;

/// One path with two operations: `get_thing` answers a `Thing` or a `Problem`, `add_thing` takes a `NewThing`.
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

/// The part of a document that a JSON pointer names.
pub(crate) fn at<'a>(document: &'a mut Value, pointer: &str) -> &'a mut Value {
    document.pointer_mut(pointer).unwrap_or_else(|| panic!("the document has no {pointer}"))
}

/// The document with entries put in, by the pointer to where they go; null takes one out.
pub(crate) fn changed(changes: &Value) -> Value {
    changed_in(document(), changes)
}

/// As [`changed`], in a document of the caller's.
pub(crate) fn changed_in(mut document: Value, changes: &Value) -> Value {
    for (pointer, entries) in spec::object(changes) {
        let object = at(&mut document, pointer).as_object_mut().expect("an object");
        for (key, value) in spec::object(entries) {
            match value {
                Value::Null => drop(object.remove(key).expect("something to take out")),
                value => drop(object.insert(key.clone(), value.clone())),
            }
        }
    }
    document
}

/// A document as it is read from a file, a line for each part.
pub(crate) fn read(value: &Value) -> Document {
    let text = serde_json::to_string_pretty(value).expect("JSON");
    Document::parse("things.json", &text).unwrap_or_else(|error| panic!("{error}"))
}
