//! Schemas of JSON Schema 2020-12, in the words of OpenAPI 3.0.

use serde_json::{Map, Value, json};

use super::lower::Remarks;
use crate::positions::below;

/// What 3.0 has no words for, and what could be written instead.
const NO_WORDS: &[(&str, &str)] = &[
    ("$anchor", "refer to a component by its place"),
    ("$dynamicAnchor", "refer to a component by its place"),
    ("$dynamicRef", "refer to a component by its place"),
    ("$id", "refer to a component by its place"),
    ("$vocabulary", "leave it out"),
    ("contains", "say it in a description"),
    ("dependentRequired", "say it in a description"),
    ("dependentSchemas", "say it in a description"),
    ("else", "write a oneOf"),
    ("if", "write a oneOf"),
    ("maxContains", "say it in a description"),
    ("minContains", "say it in a description"),
    ("patternProperties", "write additionalProperties"),
    ("prefixItems", "write items that take each of them"),
    ("propertyNames", "say it in a description"),
    ("then", "write a oneOf"),
    ("unevaluatedItems", "leave it out"),
    ("unevaluatedProperties", "write additionalProperties"),
];
/// Keywords that belong to values of one type.
const OF_ONE_TYPE: [&str; 13] = [
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

/// Lowers a schema and all that stand in it.
pub(super) fn lower(schema: &mut Value, at: &str, remarks: &mut Remarks<'_>) {
    match schema {
        Value::Bool(true) => *schema = json!({}),
        Value::Bool(false) => remarks.refuse(at, "the schema false takes no value; 3.0 has no words for it"),
        _ => {}
    }
    let Some(keywords) = schema.as_object_mut() else { return };
    for (keyword, instead) in NO_WORDS {
        if keywords.contains_key(*keyword) {
            remarks.refuse(&below(at, keyword), format!("3.0 has no {keyword}; {instead}"));
        }
    }
    for keyword in ["$schema", "$comment"] {
        if keywords.remove(keyword).is_some() {
            remarks.note(&below(at, keyword), "left out: it says nothing of the values");
        }
    }
    if keywords.contains_key("$defs") {
        remarks.refuse(&below(at, "$defs"), "$defs are taken from component schemas only; make them components");
    }
    inner(keywords, at, remarks);
    types(keywords, at, remarks);
    constant(keywords);
    exclusive(keywords, "exclusiveMinimum", "minimum", |exclusive, bound| exclusive >= bound);
    exclusive(keywords, "exclusiveMaximum", "maximum", |exclusive, bound| exclusive <= bound);
    examples(keywords, at, remarks);
    contents(keywords, at, remarks);
    null_alternatives(keywords);
    beside_reference(keywords);
}

fn inner(keywords: &mut Map<String, Value>, at: &str, remarks: &mut Remarks<'_>) {
    if let Some(properties) = keywords.get_mut("properties").and_then(Value::as_object_mut) {
        let at = below(at, "properties");
        properties.iter_mut().for_each(|(name, schema)| lower(schema, &below(&at, name), remarks));
    }
    for key in ["items", "additionalProperties", "not", "contentSchema"] {
        let at = below(at, key);
        // Whether other keys are let in may be said by true and false in 3.0 too.
        if let Some(schema) = keywords.get_mut(key).filter(|schema| key != "additionalProperties" || schema.is_object())
        {
            lower(schema, &at, remarks);
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        let at = below(at, key);
        for (index, schema) in keywords.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().enumerate() {
            lower(schema, &below(&at, &index.to_string()), remarks);
        }
    }
}

/// A list of types: null among them becomes `nullable`, several become a union.
fn types(keywords: &mut Map<String, Value>, at: &str, remarks: &mut Remarks<'_>) {
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
            if let Some(narrow) = OF_ONE_TYPE.iter().find(|keyword| keywords.contains_key(**keyword)) {
                let message = format!("{narrow} beside a list of types belongs to one of them; write a oneOf");
                return remarks.refuse(&below(at, "type"), message);
            }
            let union = several.iter().map(|kind| json!({ "type": kind })).collect();
            keywords.remove("type");
            keywords.insert("oneOf".into(), Value::Array(union));
        }
    }
}

fn constant(keywords: &mut Map<String, Value>) {
    if let Some(value) = keywords.remove("const") {
        let kind = match &value {
            Value::Null => None,
            Value::Bool(_) => Some("boolean"),
            Value::Number(number) if number.is_f64() => Some("number"),
            Value::Number(_) => Some("integer"),
            Value::String(_) => Some("string"),
            Value::Array(_) => Some("array"),
            Value::Object(_) => Some("object"),
        };
        match kind {
            Some(kind) => drop(keywords.entry("type").or_insert(json!(kind))),
            None => drop(keywords.insert("nullable".into(), json!(true))),
        }
        keywords.insert("enum".into(), json!([value]));
    }
    // In 3.0 null is no value of an enum; `nullable` says it.
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

/// A number of its own becomes a bound and a switch beside it; of two bounds the tighter one stays.
fn exclusive(keywords: &mut Map<String, Value>, limit: &str, bound: &str, tighter: fn(f64, f64) -> bool) {
    let Some(number) = keywords.get(limit).filter(|value| value.is_number()).cloned() else { return };
    let known = keywords.get(bound).and_then(Value::as_f64);
    if known.is_none_or(|known| number.as_f64().is_some_and(|number| tighter(number, known))) {
        keywords.insert(bound.into(), number);
        keywords.insert(limit.into(), json!(true));
    } else {
        keywords.remove(limit);
    }
}

fn examples(keywords: &mut Map<String, Value>, at: &str, remarks: &mut Remarks<'_>) {
    let Some(Value::Array(examples)) = keywords.remove("examples") else { return };
    if examples.len() > 1 {
        remarks.note(&below(at, "examples"), format!("{} left out: 3.0 takes one", examples.len() - 1));
    }
    if let Some(first) = examples.into_iter().next() {
        keywords.entry("example").or_insert(first);
    }
}

/// What a text holds: JSON of a schema, base64, bytes.
fn contents(keywords: &mut Map<String, Value>, at: &str, remarks: &mut Remarks<'_>) {
    let media = keywords.remove("contentMediaType");
    let media = media.as_ref().and_then(Value::as_str);
    if let Some(schema) = keywords.remove("contentSchema") {
        match (media, schema.get("$ref")) {
            (Some("application/json"), Some(reference)) => {
                drop(keywords.insert("x-embedded-json".into(), reference.clone()));
            }
            _ => remarks.refuse(
                &below(at, "contentSchema"),
                "is taken beside contentMediaType: application/json, as a reference to a component",
            ),
        }
    } else if let Some(media) = media {
        remarks.note(&below(at, "contentMediaType"), format!("{media} left out: it says nothing of the text"));
    }
    match keywords.remove("contentEncoding").as_ref().and_then(Value::as_str) {
        Some("base64") => drop(keywords.insert("format".into(), json!("byte"))),
        Some(other) => remarks.refuse(&below(at, "contentEncoding"), format!("3.0 has no words for {other}")),
        None => {}
    }
}

/// Null as an alternative becomes `nullable`.
fn null_alternatives(keywords: &mut Map<String, Value>) {
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

/// 3.0 reads nothing beside a reference: it moves into an allOf of its own.
fn beside_reference(keywords: &mut Map<String, Value>) {
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
