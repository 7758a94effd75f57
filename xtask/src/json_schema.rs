//! Validation of values against OpenAPI 3.0 schemas, which are converted to JSON Schema draft 4.

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use crate::spec::{self, object};

/// Keywords that are removed: JSON Schema gives them another meaning than OpenAPI, or they do not constrain a value.
const DROPPED: [&str; 8] =
    ["default", "deprecated", "discriminator", "example", "externalDocs", "id", "nullable", "xml"];

/// The component schemas of a document, converted to JSON Schema, for [`validator`] and [`validator_of_all`].
pub(crate) fn components(document: &Value) -> Value {
    let schemas = object(&document["components"]["schemas"]);
    let schemas: Map<_, _> = schemas.map(|(name, schema)| (name.clone(), to_json_schema(schema))).collect();
    json!({ "schemas": schemas })
}

/// Returns a validator that checks each item of an array against the schema at the same index.
///
/// Each component is compiled only once, so the time is linear in the number of schemas. `components` is the result of
/// [`components()`].
///
/// # Errors
/// If any schema is invalid.
pub(crate) fn validator_of_all<'a>(
    schemas: impl IntoIterator<Item = &'a Value>,
    components: &Value,
) -> Result<Validator, String> {
    let schemas: Vec<_> = schemas.into_iter().map(to_json_schema).collect();
    build(&json!({ "items": schemas, "components": components }))
}

/// Returns a validator of one schema. `components` is the result of [`components()`], or null if the schema has no
/// references.
///
/// # Errors
/// If the schema is invalid.
pub(crate) fn validator(schema: &Value, components: &Value) -> Result<Validator, String> {
    let schema = to_json_schema(schema);
    // The validator gets only the components that the schema refers to, so the total time for all schemas stays linear.
    let mut schemas = Map::new();
    let mut pending = spec::references(&schema);
    while let Some(name) = pending.pop().map(|reference| reference.strip_prefix("#/components/schemas/")) {
        let Some((name, component)) = name.and_then(|name| Some((name, components["schemas"].get(name)?))) else {
            continue;
        };
        if schemas.insert(name.to_owned(), component.clone()).is_none() {
            pending.extend(spec::references(component));
        }
    }
    build(&json!({ "allOf": [schema], "components": { "schemas": schemas } }))
}

fn build(schema: &Value) -> Result<Validator, String> {
    let options = jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(true);
    options.build(schema).map_err(|error| shortened(&format!("invalid schema: {error}")))
}

/// Converts a schema to JSON Schema.
fn to_json_schema(schema: &Value) -> Value {
    let Some(keywords) = schema.as_object() else { return schema.clone() };
    let mut plain = Map::new();
    for (key, value) in keywords.iter().filter(|(key, _)| !DROPPED.contains(&key.as_str())) {
        let value = match key.as_str() {
            "properties" => object(value).map(|(name, schema)| (name.clone(), to_json_schema(schema))).collect(),
            "allOf" | "anyOf" | "oneOf" if value.is_array() => {
                value.as_array().into_iter().flatten().map(to_json_schema).collect()
            }
            "additionalProperties" | "items" | "not" => to_json_schema(value),
            _ => value.clone(),
        };
        plain.insert(key.clone(), value);
    }
    if keywords.get("nullable") == Some(&Value::Bool(true)) {
        return json!({ "anyOf": [{ "type": "null" }, plain] });
    }
    Value::Object(plain)
}

/// Shortens a message to 240 characters. Messages of the validator can repeat a long value.
pub(crate) fn shortened(message: &str) -> String {
    const MAX_CHARS: usize = 240;
    match message.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}
