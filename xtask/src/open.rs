//! Opens what the spec closes, so that a new value of the API is kept instead of failing the whole answer.
//!
//! Enums and bounds document what is known. The generator would make validators of them: `maxLength: 2000` becomes a type
//! that refuses longer text, an enum one that refuses the next status code. They are taken out of everything that answers
//! are made of before the generator sees it. Integer enums with names become open named numbers (see [`crate::named`]).

use serde_json::Value;

use crate::spec;

/// Keywords of a schema that would become validators, or types too narrow: a `format` of text one that parses, `int32` one that
/// refuses the milliseconds of today.
const BOUNDS: [&str; 15] = [
    "enum",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

/// Opens the answers of a spec in place.
pub fn answers(document: &mut Value) {
    for name in spec::answer_schemas(document) {
        if let Some(schema) = document.pointer_mut(&format!("/components/schemas/{name}")) {
            open(schema);
        }
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for item in paths.into_iter().flat_map(|paths| paths.values_mut()) {
        for operation in item.as_object_mut().into_iter().flat_map(|item| item.values_mut()) {
            for response in entries(operation.get_mut("responses")) {
                for media in entries(response.get_mut("content")) {
                    if let Some(schema) = media.get_mut("schema") {
                        open(schema);
                    }
                }
            }
        }
    }
    for response in entries(document.pointer_mut("/components/responses")) {
        for media in entries(response.get_mut("content")) {
            if let Some(schema) = media.get_mut("schema") {
                open(schema);
            }
        }
    }
}

fn open(schema: &mut Value) {
    let Some(keywords) = schema.as_object_mut() else { return };
    for bound in BOUNDS {
        keywords.remove(bound);
    }
    if keywords.get("additionalProperties") == Some(&Value::Bool(false)) {
        keywords.remove("additionalProperties");
    }
    for property in entries(keywords.get_mut("properties")) {
        open(property);
    }
    for below in ["items", "additionalProperties", "not"] {
        if let Some(schema) = keywords.get_mut(below) {
            open(schema);
        }
    }
    for several in ["allOf", "anyOf", "oneOf"] {
        let list = keywords.get_mut(several).and_then(Value::as_array_mut);
        list.into_iter().flatten().for_each(open);
    }
}

fn entries(value: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    value.and_then(Value::as_object_mut).into_iter().flat_map(|object| object.values_mut())
}
