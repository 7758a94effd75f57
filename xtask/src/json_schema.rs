//! Schemas of OpenAPI 3.0 as JSON Schema, which they nearly are: draft 4, with `nullable` on top.

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use crate::spec::object;

/// Keywords that mean something else in OpenAPI, or nothing for a value.
const NO_KEYWORDS: [&str; 8] =
    ["default", "deprecated", "discriminator", "example", "externalDocs", "id", "nullable", "xml"];

/// The component schemas of a document, for [`validator`].
pub(crate) fn components(document: &Value) -> Value {
    let schemas = object(&document["components"]["schemas"]);
    let schemas: Map<_, _> = schemas.map(|(name, schema)| (name.clone(), lowered(schema))).collect();
    json!({ "schemas": schemas })
}

/// What holds values against a schema.
///
/// # Errors
/// In words, if it is no schema.
pub(crate) fn validator(schema: &Value, components: &Value) -> Result<Validator, String> {
    let whole = json!({ "allOf": [lowered(schema)], "components": components });
    let options = jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(true);
    options.build(&whole).map_err(|error| shortened(&format!("is no schema: {error}")))
}

/// The schema in the words of JSON Schema.
pub(crate) fn lowered(schema: &Value) -> Value {
    let Some(keywords) = schema.as_object() else { return schema.clone() };
    let mut plain = Map::new();
    for (key, value) in keywords.iter().filter(|(key, _)| !NO_KEYWORDS.contains(&key.as_str())) {
        let value = match key.as_str() {
            "properties" => object(value).map(|(name, schema)| (name.clone(), lowered(schema))).collect(),
            "allOf" | "anyOf" | "oneOf" if value.is_array() => {
                value.as_array().into_iter().flatten().map(lowered).collect()
            }
            "additionalProperties" | "items" | "not" => lowered(value),
            _ => value.clone(),
        };
        plain.insert(key.clone(), value);
    }
    if keywords.get("nullable") == Some(&Value::Bool(true)) {
        return json!({ "anyOf": [{ "type": "null" }, plain] });
    }
    Value::Object(plain)
}

/// A message that fits on a line or two, whatever value it repeats.
pub(crate) fn shortened(message: &str) -> String {
    const LONGEST: usize = 240;
    match message.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}
