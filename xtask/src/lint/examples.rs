//! Checks for examples and defaults that do not match their schema.

use serde_json::Value;

use crate::json_schema;
use crate::positions::below;
use crate::spec::{self, Object, object};

use super::findings::Findings;

/// The maximum number of findings for one value.
const MAX_ERRORS: usize = 5;

/// An example or a default.
struct Example<'a> {
    check: &'static str,
    pointer: String,
    value: &'a Value,
    schema: &'a Value,
}

pub(super) fn check(findings: &mut Findings<'_>) {
    let document = &findings.document.value;
    let components = json_schema::components(document);
    let examples = find(document);
    let schemas = examples.iter().map(|(_, example)| example.schema);
    if let Ok(validator) = json_schema::validator_of_all(schemas, &components) {
        let values = examples.iter().map(|(_, example)| example.value.clone()).collect();
        let mut counts = vec![0; examples.len()];
        for error in validator.iter_errors(&Value::Array(values)) {
            let path = error.instance_path().to_string();
            let (index, rest) =
                path[1..].split_once('/').map_or((&path[1..], ""), |(index, _)| (index, &path[index.len() + 1..]));
            let Ok(index) = index.parse::<usize>() else { continue };
            counts[index] += 1;
            if counts[index] <= MAX_ERRORS {
                let (_, example) = &examples[index];
                let at = format!("{}{rest}", example.pointer);
                findings.add(example.check, &at, json_schema::shortened(&error.to_string()));
            }
        }
        return;
    }
    // At least one schema is invalid. A validator for each schema shows which one.
    let mut reported = None;
    for (holder, example) in &examples {
        match json_schema::validator(example.schema, &components) {
            Ok(validator) => {
                for error in validator.iter_errors(example.value).take(MAX_ERRORS) {
                    let at = format!("{}{}", example.pointer, error.instance_path());
                    findings.add(example.check, &at, json_schema::shortened(&error.to_string()));
                }
            }
            Err(message) => {
                if reported.replace(holder) != Some(holder) {
                    findings.add("invalid-schema", holder, message);
                }
            }
        }
    }
}

/// All examples and defaults that have a schema, each with the pointer to the object that holds it.
fn find(document: &Value) -> Vec<(String, Example<'_>)> {
    let mut found = Vec::new();
    for holder in Object::all(document) {
        let keywords = holder.keywords;
        let (schema, of_schema) = match keywords.get("schema") {
            Some(schema) => (schema, false),
            None => (keywords, true),
        };
        let mut add = |check, pointer, value| {
            found.push((holder.pointer.clone(), Example { check, pointer, value, schema }));
        };
        for (check, key) in [("example-mismatch", "example"), ("default-mismatch", "default")] {
            // In `responses`, `default` is a status, not a default value.
            if let Some(value) =
                keywords.get(key).filter(|_| holder.under != "responses" && !holder.pointer.ends_with("/properties"))
            {
                add(check, below(&holder.pointer, key), value);
            }
        }
        if !of_schema {
            for (name, example) in object(&keywords["examples"]) {
                let at = below(&below(&holder.pointer, "examples"), name);
                let is_reference = example.get("$ref").is_some();
                if let Some(value) = spec::follow(document, example).get("value") {
                    add("example-mismatch", if is_reference { at } else { below(&at, "value") }, value);
                }
            }
        }
    }
    found
}
