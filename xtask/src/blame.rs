//! Which part of a document the generator fails on: it says what, and not where.

use serde_json::{Map, Value, json};

use crate::positions::below;
use crate::spec::{self, Operation, object};
use crate::{codegen, refuse};

/// The pointer to the smallest part that fails by itself, with what it refers to; none if no part does.
pub(crate) fn find(document: &Value) -> Option<String> {
    let schemas = object(&document["components"]["schemas"]);
    let mut parts: Vec<_> = schemas
        .map(|(name, schema)| {
            let mut part = alone(document, &json!({}), schema);
            part["components"]["schemas"][name] = schema.clone();
            (below("/components/schemas", name), part)
        })
        .collect();
    parts.extend(Operation::all(document).map(|operation| {
        let mut item = operation.item.clone();
        if let Some(keywords) = item.as_object_mut() {
            let other = |key: &String| Operation::METHODS.contains(&key.as_str()) && *key != operation.method;
            keywords.retain(|key, _| !other(key));
        }
        (operation.pointer(), alone(document, &json!({ operation.path: item.clone() }), &item))
    }));
    // A part has the schemas that it refers to: the one with the fewest is the nearest.
    parts.sort_by_key(|(_, part)| part["components"]["schemas"].as_object().map_or(0, Map::len));
    let fails = |part: &Value| refuse::check(part).is_empty() && codegen::sources(part).is_err();
    parts.into_iter().find(|(_, part)| fails(part)).map(|(pointer, _)| pointer)
}

/// A document of nothing but these paths, and the components that a value leads to.
fn alone(document: &Value, paths: &Value, value: &Value) -> Value {
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
