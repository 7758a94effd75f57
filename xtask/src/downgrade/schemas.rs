//! Conversion of schemas from JSON Schema 2020-12 to OpenAPI 3.0.

use serde_json::{Map, Value, json};

use crate::positions::below;
use crate::shape::type_of;

use super::diagnostics::Diagnostics;

/// Keywords that OpenAPI 3.0 cannot express, grouped by the suggestion in the error.
const UNSUPPORTED: &[(&str, &[&str])] = &[
    ("refer to a component by its name", &["$anchor", "$dynamicAnchor", "$dynamicRef", "$id"]),
    ("describe it in text", &["contains", "dependentRequired", "dependentSchemas", "maxContains", "minContains"]),
    ("describe it in text", &["propertyNames"]),
    ("use oneOf", &["else", "if", "then"]),
    ("use additionalProperties", &["patternProperties", "unevaluatedProperties"]),
    ("use items with a oneOf", &["prefixItems"]),
    ("remove it", &["$vocabulary", "unevaluatedItems"]),
];
/// Keywords that constrain values of one type only.
const TYPE_SPECIFIC: [&str; 13] = [
    "additionalProperties",
    "format",
    "items",
    "maximum",
    "maxItems",
    "maxLength",
    "minimum",
    "minItems",
    "minLength",
    "multipleOf",
    "pattern",
    "properties",
    "required",
];

/// Converts a schema and all schemas inside it.
pub(super) fn convert(schema: &mut Value, at: &str, diagnostics: &mut Diagnostics<'_>) {
    match schema {
        Value::Bool(true) => *schema = json!({}),
        Value::Bool(false) => diagnostics.error(at, "OpenAPI 3.0 has no schema `false`"),
        _ => {}
    }
    let Some(keywords) = schema.as_object_mut() else { return };
    for (instead, unsupported) in UNSUPPORTED {
        for keyword in unsupported.iter().filter(|keyword| keywords.contains_key(**keyword)) {
            diagnostics.error(&below(at, keyword), format!("OpenAPI 3.0 has no {keyword}; {instead}"));
        }
    }
    for keyword in ["$schema", "$comment"] {
        if keywords.remove(keyword).is_some() {
            diagnostics.note(&below(at, keyword), "removed: the keyword does not constrain values");
        }
    }
    if keywords.contains_key("$defs") {
        diagnostics.error(&below(at, "$defs"), "$defs are supported only at the top level of a component schema");
    }
    convert_inner_schemas(keywords, at, diagnostics);
    convert_types(keywords, at, diagnostics);
    convert_constant(keywords);
    convert_exclusive_limit(keywords, "exclusiveMinimum", "minimum", |exclusive, bound| exclusive >= bound);
    convert_exclusive_limit(keywords, "exclusiveMaximum", "maximum", |exclusive, bound| exclusive <= bound);
    convert_examples(keywords, at, diagnostics);
    convert_content_keywords(keywords, at, diagnostics);
    convert_null_alternatives(keywords);
    wrap_reference(keywords);
}

fn convert_inner_schemas(keywords: &mut Map<String, Value>, at: &str, diagnostics: &mut Diagnostics<'_>) {
    if let Some(properties) = keywords.get_mut("properties").and_then(Value::as_object_mut) {
        let at = below(at, "properties");
        properties.iter_mut().for_each(|(name, schema)| convert(schema, &below(&at, name), diagnostics));
    }
    for key in ["items", "additionalProperties", "not", "contentSchema"] {
        let at = below(at, key);
        // Both versions allow a boolean as `additionalProperties`.
        if let Some(schema) = keywords.get_mut(key).filter(|schema| key != "additionalProperties" || schema.is_object())
        {
            convert(schema, &at, diagnostics);
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        let at = below(at, key);
        for (index, schema) in keywords.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().enumerate() {
            convert(schema, &below(&at, &index.to_string()), diagnostics);
        }
    }
}

/// Replaces `null` in a list of types by `nullable`, and several types by a union.
fn convert_types(keywords: &mut Map<String, Value>, at: &str, diagnostics: &mut Diagnostics<'_>) {
    let Some(kind) = keywords.get("type") else { return };
    let listed = kind.as_array().cloned().unwrap_or_else(|| vec![kind.clone()]);
    let mut types: Vec<_> = listed.iter().filter(|kind| **kind != "null").cloned().collect();
    if types.len() < listed.len() {
        keywords.insert("nullable".into(), json!(true));
    }
    if types.contains(&json!("number")) {
        types.retain(|kind| *kind != "integer");
    }
    match &types[..] {
        [] => {
            keywords.remove("type");
            keywords.insert("enum".into(), json!([null]));
        }
        [only] => drop(keywords.insert("type".into(), only.clone())),
        several => {
            if let Some(narrow) = TYPE_SPECIFIC.iter().find(|keyword| keywords.contains_key(**keyword)) {
                let message = format!("{narrow} beside a list of types is not supported; use oneOf");
                return diagnostics.error(&below(at, "type"), message);
            }
            let union = several.iter().map(|kind| json!({ "type": kind })).collect();
            keywords.remove("type");
            keywords.insert("oneOf".into(), Value::Array(union));
        }
    }
}

fn convert_constant(keywords: &mut Map<String, Value>) {
    if let Some(value) = keywords.remove("const") {
        match type_of(&value) {
            "null" => drop(keywords.insert("nullable".into(), json!(true))),
            kind => drop(keywords.entry("type").or_insert(json!(kind))),
        }
        keywords.insert("enum".into(), json!([value]));
    }
    // OpenAPI 3.0 expresses a null value by `nullable`, not by the enum.
    let null_among_others = |values: &mut Vec<Value>| {
        let others = values.iter().filter(|value| !value.is_null()).count();
        if others > 0 && others < values.len() {
            values.retain(|value| !value.is_null());
            return true;
        }
        false
    };
    if keywords.get_mut("enum").and_then(Value::as_array_mut).is_some_and(null_among_others) {
        keywords.insert("nullable".into(), json!(true));
    }
}

/// Replaces a numeric exclusive limit by an inclusive limit and a flag. If both limits are present, the tighter one is
/// kept.
fn convert_exclusive_limit(keywords: &mut Map<String, Value>, limit: &str, bound: &str, tighter: fn(f64, f64) -> bool) {
    let Some(number) = keywords.get(limit).filter(|value| value.is_number()).cloned() else { return };
    let known = keywords.get(bound).and_then(Value::as_f64);
    if known.is_none_or(|known| number.as_f64().is_some_and(|number| tighter(number, known))) {
        keywords.insert(bound.into(), number);
        keywords.insert(limit.into(), json!(true));
    } else {
        keywords.remove(limit);
    }
}

fn convert_examples(keywords: &mut Map<String, Value>, at: &str, diagnostics: &mut Diagnostics<'_>) {
    let Some(Value::Array(examples)) = keywords.remove("examples") else { return };
    if examples.len() > 1 {
        diagnostics.note(&below(at, "examples"), "all examples but the first removed: OpenAPI 3.0 allows one example");
    }
    if let Some(first) = examples.into_iter().next() {
        keywords.entry("example").or_insert(first);
    }
}

/// Converts the keywords that describe the content of a string: `contentSchema` becomes `x-embedded-json`, and the
/// encoding `base64` becomes the format `byte`.
fn convert_content_keywords(keywords: &mut Map<String, Value>, at: &str, diagnostics: &mut Diagnostics<'_>) {
    let media = keywords.remove("contentMediaType");
    let media = media.as_ref().and_then(Value::as_str);
    if let Some(schema) = keywords.remove("contentSchema") {
        match (media, schema.get("$ref")) {
            (Some("application/json"), Some(reference)) => {
                drop(keywords.insert("x-embedded-json".into(), reference.clone()));
            }
            _ => diagnostics.error(
                &below(at, "contentSchema"),
                "contentSchema must be a reference to a component, and needs contentMediaType: application/json",
            ),
        }
    } else if let Some(media) = media {
        diagnostics.note(&below(at, "contentMediaType"), format!("{media} removed: OpenAPI 3.0 lacks this keyword"));
    }
    match keywords.remove("contentEncoding").as_ref().and_then(Value::as_str) {
        Some("base64") => drop(keywords.insert("format".into(), json!("byte"))),
        Some(other) => diagnostics.error(&below(at, "contentEncoding"), format!("encoding {other} is not supported")),
        None => {}
    }
}

/// Replaces an alternative `null` of a union by `nullable`.
fn convert_null_alternatives(keywords: &mut Map<String, Value>) {
    for key in ["anyOf", "oneOf"] {
        let Some(members) = keywords.get_mut(key).and_then(Value::as_array_mut) else { continue };
        let count = members.len();
        members.retain(|member| *member != json!({ "nullable": true, "enum": [null] }));
        let (left, only) = (members.len(), members.first().cloned());
        if left < count {
            keywords.insert("nullable".into(), json!(true));
            if let (1, Some(only)) = (left, only) {
                keywords.remove(key);
                keywords.insert("allOf".into(), json!([only]));
            }
        }
    }
}

/// Moves a reference that has other keywords beside it into an `allOf`, because OpenAPI 3.0 ignores the other keywords.
fn wrap_reference(keywords: &mut Map<String, Value>) {
    if keywords.contains_key("$ref") {
        keywords.remove("summary");
    }
    if keywords.len() > 1
        && let Some(reference) = keywords.remove("$ref")
    {
        let member = json!({ "$ref": reference });
        match keywords.get_mut("allOf").and_then(Value::as_array_mut) {
            Some(members) => members.insert(0, member),
            None => drop(keywords.insert("allOf".into(), json!([member]))),
        }
    }
}
