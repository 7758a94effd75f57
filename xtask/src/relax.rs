//! Removal of keywords from a spec before the generator runs.
//!
//! Enums and limits are removed from all schemas of responses, because one new value would make a whole response
//! invalid. Enums and limits document known values, but the generator turns them into validators. For example,
//! `maxLength: 2000` becomes a type that rejects longer text, and an enum becomes a type that rejects a new status
//! code. Integer enums with names become open types (see [`crate::named_constants`]).
//!
//! In requests, dates and UUIDs become strings, because the generator would use types of crates on which the client
//! does not depend.

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

/// Removes the formats `date`, `date-time` and `uuid`. For these formats, the generator would use crates on which the
/// client does not depend.
pub fn remove_foreign_formats(document: &mut Value) {
    change_objects(
        document,
        |_| true,
        |keywords| {
            keywords.retain(|key, value| key != "format" || !FOREIGN_FORMATS.iter().any(|format| value == format));
        },
    );
}

/// Removes limits that the generated client cannot keep. A list of a fixed length becomes a list of any length, because
/// an array cannot be sent in a query and may have no decoder. A minimum of zero is removed, because it would make a new
/// type. Properties with `readOnly` or `writeOnly` are not required, because they are missing in requests or in responses.
pub fn remove_unsupported_limits(document: &mut Value) {
    change_objects(
        document,
        |_| true,
        |keywords| {
            if keywords.get("minItems").is_some_and(|least| keywords.get("maxItems") == Some(least)) {
                keywords.remove("minItems");
                keywords.remove("maxItems");
            }
            keywords.retain(|key, value| {
                !(["minItems", "minLength", "minProperties"].contains(&key.as_str()) && *value == 0)
            });
            let is_partial = |schema: &Value| schema["readOnly"] == true || schema["writeOnly"] == true;
            let properties = spec::object(keywords.get("properties").unwrap_or(&Value::Null));
            let partial: Vec<_> =
                properties.filter(|(_, schema)| is_partial(schema)).map(|(name, _)| name.clone()).collect();
            if let Some(required) = keywords.get_mut("required").and_then(Value::as_array_mut) {
                required.retain(|name| name.as_str().is_none_or(|name| !partial.iter().any(|partial| partial == name)));
            }
        },
    );
}

/// Removes enums, formats, limits and `additionalProperties: false` from all schemas of responses, in place.
pub fn relax_responses(document: &mut Value) {
    let named = spec::response_schemas(document);
    let is_in_response = |pointer: &str| spec::path_in_response(pointer, &named).is_some();
    change_objects(document, is_in_response, |keywords| {
        keywords.retain(|key, value| {
            !(CONSTRAINTS.contains(&key.as_str()) || key == "additionalProperties" && *value == false)
        });
    });
}

/// Applies `change` to the keywords of all objects whose JSON pointer is selected.
fn change_objects(document: &mut Value, is_selected: impl Fn(&str) -> bool, change: impl Fn(&mut Map<String, Value>)) {
    let pointers = Object::all(document).into_iter().map(|object| object.pointer);
    for pointer in pointers.filter(|pointer| is_selected(pointer)).collect::<Vec<_>>() {
        document.pointer_mut(&pointer).and_then(Value::as_object_mut).map(&change);
    }
}
