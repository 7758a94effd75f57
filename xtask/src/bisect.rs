//! Search for the part of a document on which the generator fails.

use serde_json::{Map, Value, json};

use crate::positions::below;
use crate::spec::{self, Operation, object};

/// Finds the smallest schema or operation on which the generator fails, and returns its JSON pointer. None if the
/// generator does not fail on any part alone.
///
/// `fails` runs the generator on a document and returns whether it fails. Each document contains only one part and the
/// components that this part refers to.
pub(crate) fn find_smallest(document: &Value, fails: impl Fn(&Value) -> bool) -> Option<String> {
    let schemas = object(&document["components"]["schemas"]);
    let mut parts: Vec<_> = schemas
        .map(|(name, schema)| {
            let mut part = extract(document, &json!({}), schema);
            part["components"]["schemas"][name] = schema.clone();
            (below("/components/schemas", name), part)
        })
        .collect();
    parts.extend(Operation::all(document).map(|operation| {
        let mut item = operation.item.clone();
        if let Some(keywords) = item.as_object_mut() {
            let is_other = |key: &String| Operation::METHODS.contains(&key.as_str()) && *key != operation.method;
            keywords.retain(|key, _| !is_other(key));
        }
        (operation.pointer(), extract(document, &json!({ operation.path: item.clone() }), &item))
    }));
    // The part with the fewest schemas locates the failure most exactly.
    parts.sort_by_key(|(_, part)| part["components"]["schemas"].as_object().map_or(0, Map::len));
    parts.into_iter().find(|(_, part)| fails(part)).map(|(pointer, _)| pointer)
}

/// A document with only the given paths and the components that `value` refers to, directly or indirectly.
fn extract(document: &Value, paths: &Value, value: &Value) -> Value {
    let mut part = json!({
        "openapi": document["openapi"], "info": { "title": "A part", "version": "1" }, "paths": paths,
        "components": { "schemas": {} },
    });
    let mut pending = spec::references(value);
    while let Some(reference) = pending.pop() {
        let Some((kind, name)) = reference.strip_prefix("#/components/").and_then(|rest| rest.split_once('/')) else {
            continue;
        };
        if let (None, Some(target)) = (part["components"][kind].get(name), spec::resolve(document, reference)) {
            part["components"][kind][name] = target.clone();
            pending.extend(spec::references(target));
        }
    }
    part
}
