//! Examples and defaults that do not match their schema.

use jsonschema::Validator;
use serde_json::Value;

use crate::json_schema;
use crate::positions::below;
use crate::spec::{self, Object, object};

use super::findings::Findings;

pub(super) fn check(findings: &mut Findings<'_>) {
    let document = &findings.document.value;
    let components = json_schema::components(document);
    for holder in Object::all(document) {
        let keywords = holder.keywords;
        let (schema, of_schema) = match keywords.get("schema") {
            Some(schema) => (schema, false),
            None => (keywords, true),
        };
        let mut values = Vec::new();
        for (check, key) in [("example-mismatch", "example"), ("default-mismatch", "default")] {
            // Among responses, `default` is a status.
            if let Some(value) =
                keywords.get(key).filter(|_| holder.under != "responses" && !holder.pointer.ends_with("/properties"))
            {
                values.push((check, below(&holder.pointer, key), value));
            }
        }
        if !of_schema {
            for (name, example) in object(&keywords["examples"]) {
                let at = below(&below(&holder.pointer, "examples"), name);
                let is_reference = example.get("$ref").is_some();
                if let Some(value) = spec::follow(document, example).get("value") {
                    values.push(("example-mismatch", if is_reference { at } else { below(&at, "value") }, value));
                }
            }
        }
        if values.is_empty() {
            continue;
        }
        match json_schema::validator(schema, &components) {
            Ok(validator) => {
                for (check, at, value) in values {
                    check_value(findings, &validator, check, &at, value);
                }
            }
            Err(message) => findings.add("invalid-schema", &holder.pointer, message),
        }
    }
}

fn check_value(findings: &mut Findings<'_>, validator: &Validator, check: &'static str, at: &str, value: &Value) {
    /// The maximum number of findings for one value.
    const MAX_ERRORS: usize = 5;
    for error in validator.iter_errors(value).take(MAX_ERRORS) {
        let at = format!("{at}{}", error.instance_path());
        findings.add(check, &at, json_schema::shortened(&error.to_string()));
    }
}
