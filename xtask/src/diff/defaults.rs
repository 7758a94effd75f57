//! Removal of keywords that have the same meaning as an absent keyword: keywords with the default value of OpenAPI,
//! empty lists and empty maps.

use serde_json::{Map, Value, json};

use crate::document::Document;
use crate::spec::Object;

/// Flags that default to false.
const OFF: [&str; 12] = [
    "allowEmptyValue",
    "allowReserved",
    "attribute",
    "deprecated",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "nullable",
    "readOnly",
    "required",
    "uniqueItems",
    "wrapped",
    "writeOnly",
];
/// Limits that have no effect if they are zero.
const ZERO: [&str; 3] = ["minItems", "minLength", "minProperties"];
/// Lists that have no effect if they are empty.
const LISTS: [&str; 4] = ["parameters", "required", "servers", "tags"];
/// Maps that have no effect if they are empty.
const MAPS: [&str; 11] = [
    "callbacks",
    "encoding",
    "examples",
    "headers",
    "links",
    "mapping",
    "parameters",
    "requestBodies",
    "responses",
    "securitySchemes",
    "variables",
];

/// Returns the document without keywords that have the same meaning as an absent keyword. The remaining parts keep
/// their lines.
pub(super) fn without_defaults(document: &Document) -> Document {
    let mut document = document.clone();
    let pointers: Vec<_> = Object::all(&document.value).into_iter().map(|object| object.pointer).collect();
    // Inner objects come first, so that an object whose keywords are all removed counts as empty.
    for pointer in pointers {
        if let Some(Value::Object(keywords)) = document.value.pointer_mut(&pointer) {
            remove(keywords);
            // Only in the document: an empty `security` of an operation replaces the list of the document.
            if pointer.is_empty() && keywords.get("security") == Some(&json!([])) {
                keywords.remove("security");
            }
        }
    }
    document
}

fn remove(keywords: &mut Map<String, Value>) {
    let is_form = ["query", "cookie"].iter().any(|place| keywords.get("in").is_some_and(|value| value == place));
    let style = if is_form { "form" } else { "simple" };
    let explodes = keywords.get("style").map_or(is_form, |style| style == "form");
    // With `properties`, an empty schema for other keys adds a field to the struct.
    let is_map = !["properties", "allOf", "anyOf", "oneOf"].iter().any(|key| keywords.contains_key(*key));
    keywords.retain(|key, value| {
        let key = key.as_str();
        let is_default = (OFF.contains(&key) && *value == false)
            || (ZERO.contains(&key) && *value == 0)
            || (LISTS.contains(&key) && *value == json!([]))
            || (MAPS.contains(&key) && *value == json!({}))
            || (key == "additionalProperties" && (*value == true || is_map && *value == json!({})))
            || (key == "style" && *value == style)
            || (key == "explode" && *value == explodes);
        !is_default
    });
}
