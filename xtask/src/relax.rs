//! Removal of keywords from a spec before the generator runs.
//!
//! Enums and limits are removed from all schemas of responses, because one new value would make a whole response
//! invalid. Enums and limits document known values, but the generator turns them into validators. For example,
//! `maxLength: 2000` becomes a type that rejects longer text, and an enum becomes a type that rejects a new status
//! code. Integer enums with names become open types (see [`crate::named_constants`]).
//!
//! In requests, only keywords that the client does not support are removed. For example, dates and UUIDs become strings,
//! because the generator would use types of crates on which the client does not depend.

use serde_json::{Map, Value};

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

/// Minimums for which the generator makes a new type, even if the value is zero.
const MINIMUMS: [&str; 3] = ["minItems", "minLength", "minProperties"];

/// Removes enums, formats, limits and `additionalProperties: false` from the schemas of responses. Also removes keywords
/// that the generated client does not support from all schemas.
pub fn relax(document: &mut Value) {
    let named = spec::response_schemas(document);
    let pointers: Vec<_> = Object::all(document).into_iter().map(|object| object.pointer).collect();
    for pointer in pointers {
        let Some(Value::Object(keywords)) = document.pointer_mut(&pointer) else { continue };
        if spec::path_in_response(&pointer, &named).is_some() {
            keywords.retain(|key, value| {
                !(CONSTRAINTS.contains(&key.as_str()) || key == "additionalProperties" && *value == false)
            });
        }
        remove_unsupported(keywords);
    }
}

/// Removes keywords that the generated client does not support. Dates and UUIDs become strings. A list of a fixed length
/// becomes a list of any length: the type would be `[T; N]`, which cannot be sent in a query and may have no decoder.
/// Properties with `readOnly` or `writeOnly` are not required, because they are missing in requests or in responses.
fn remove_unsupported(keywords: &mut Map<String, Value>) {
    if keywords.get("minItems").is_some_and(|least| keywords.get("maxItems") == Some(least)) {
        keywords.remove("minItems");
        keywords.remove("maxItems");
    }
    keywords.retain(|key, value| {
        let is_foreign = key == "format" && FOREIGN_FORMATS.iter().any(|format| value == format);
        !(is_foreign || MINIMUMS.contains(&key.as_str()) && *value == 0)
    });
    let is_partial = |schema: &Value| schema["readOnly"] == true || schema["writeOnly"] == true;
    let properties = spec::object(keywords.get("properties").unwrap_or(&Value::Null));
    let partial: Vec<_> = properties.filter(|(_, schema)| is_partial(schema)).map(|(name, _)| name.clone()).collect();
    if let Some(required) = keywords.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name.as_str().is_none_or(|name| !partial.iter().any(|partial| partial == name)));
    }
}
