//! Removal of keywords from a spec before the generator runs.
//!
//! Enums and limits are removed from all schemas of responses, because one new value would make a whole response
//! invalid. Enums and limits document known values, but the generator turns them into validators. For example,
//! `maxLength: 2000` becomes a type that rejects longer text, and an enum becomes a type that rejects a new status
//! code. Integer enums with names become open types (see [`crate::named_constants`]).
//!
//! In requests, dates and UUIDs become strings, because the generator would use types of crates on which the client
//! does not depend.

use serde_json::Value;

use crate::spec::{self, Object};

/// Keywords that the generator turns into validators or narrow types. The `format` of a string becomes a parsed type.
/// The format `int32` becomes an `i32`, which cannot hold the current time in milliseconds.
const CONSTRAINTS: [&str; 15] = [
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

/// The formats of strings for which the generator uses types of other crates.
const FOREIGN_FORMATS: [&str; 3] = ["date", "date-time", "uuid"];

/// Removes the formats `date`, `date-time` and `uuid`. For these formats, the generator would use crates on which the
/// client does not depend.
pub fn remove_foreign_formats(document: &mut Value) {
    let is_foreign = |object: &Object<'_>| {
        object.keywords["format"].as_str().is_some_and(|format| FOREIGN_FORMATS.contains(&format))
    };
    let pointers: Vec<_> = Object::all(document).into_iter().filter(is_foreign).map(|object| object.pointer).collect();
    for pointer in pointers {
        if let Some(Value::Object(keywords)) = document.pointer_mut(&pointer) {
            keywords.remove("format");
        }
    }
}

/// Removes enums, formats, limits and `additionalProperties: false` from all schemas of responses, in place.
pub fn relax_responses(document: &mut Value) {
    for name in spec::response_schemas(document) {
        if let Some(schema) = document.pointer_mut(&format!("/components/schemas/{name}")) {
            relax(schema);
        }
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for item in paths.into_iter().flat_map(|paths| paths.values_mut()) {
        for operation in item.as_object_mut().into_iter().flat_map(|item| item.values_mut()) {
            for response in entries(operation.get_mut("responses")) {
                for media in entries(response.get_mut("content")) {
                    if let Some(schema) = media.get_mut("schema") {
                        relax(schema);
                    }
                }
            }
        }
    }
    for response in entries(document.pointer_mut("/components/responses")) {
        for media in entries(response.get_mut("content")) {
            if let Some(schema) = media.get_mut("schema") {
                relax(schema);
            }
        }
    }
}

fn relax(schema: &mut Value) {
    let Some(keywords) = schema.as_object_mut() else { return };
    for keyword in CONSTRAINTS {
        keywords.remove(keyword);
    }
    if keywords.get("additionalProperties") == Some(&Value::Bool(false)) {
        keywords.remove("additionalProperties");
    }
    for property in entries(keywords.get_mut("properties")) {
        relax(property);
    }
    for below in ["items", "additionalProperties", "not"] {
        if let Some(schema) = keywords.get_mut(below) {
            relax(schema);
        }
    }
    for several in ["allOf", "anyOf", "oneOf"] {
        let list = keywords.get_mut(several).and_then(Value::as_array_mut);
        list.into_iter().flatten().for_each(relax);
    }
}

fn entries(value: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    value.and_then(Value::as_object_mut).into_iter().flat_map(|object| object.values_mut())
}
