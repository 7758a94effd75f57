//! Examples and defaults that are not what their schema says.

use jsonschema::Validator;
use serde_json::Value;

use super::Findings;
use crate::json_schema;
use crate::positions::below;
use crate::spec::{self, Object, object};

pub(super) fn check(found: &mut Findings<'_>) {
    let document = &found.document.value;
    let components = json_schema::components(document);
    for holder in Object::all(document) {
        let keywords = holder.keywords;
        let (schema, of_schema) = match keywords.get("schema") {
            Some(schema) => (schema, false),
            None => (keywords, true),
        };
        let mut values = Vec::new();
        for (check, key) in [("example-mismatch", "example"), ("default-mismatch", "default")] {
            // `default` is a response where it stands among them.
            if let Some(value) =
                keywords.get(key).filter(|_| holder.under != "responses" && !holder.pointer.ends_with("/properties"))
            {
                values.push((check, below(&holder.pointer, key), value));
            }
        }
        if !of_schema {
            for (name, example) in object(&keywords["examples"]) {
                let at = below(&below(&holder.pointer, "examples"), name);
                let referred = example.get("$ref").is_some();
                if let Some(value) = spec::follow(document, example).get("value") {
                    values.push(("example-mismatch", if referred { at } else { below(&at, "value") }, value));
                }
            }
        }
        if values.is_empty() {
            continue;
        }
        match json_schema::validator(schema, &components) {
            Ok(validator) => {
                for (check, at, value) in values {
                    held(found, &validator, check, &at, value);
                }
            }
            Err(message) => found.add("bad-schema", &holder.pointer, message),
        }
    }
}

fn held(found: &mut Findings<'_>, validator: &Validator, check: &'static str, at: &str, value: &Value) {
    /// More than a person mends at once.
    const MOST: usize = 5;
    for error in validator.iter_errors(value).take(MOST) {
        let at = format!("{at}{}", error.instance_path());
        found.add(check, &at, json_schema::shortened(&error.to_string()));
    }
}
