//! The effective shape of a schema, with references and combinations resolved.

use serde_json::Value;

use crate::positions::below;
use crate::spec::{array, object, resolve};

/// The maximum length of a chain of references and combinations. The rest of a longer chain is ignored, which also ends
/// cycles.
const MAX_DEPTH: usize = 24;

/// A schema and all schemas that it combines.
#[derive(Debug, Default)]
pub(crate) struct Shape<'a> {
    /// The schemas, each with its JSON pointer. A `$ref` is replaced by its target.
    pub(crate) parts: Vec<(String, &'a Value)>,
    pub(crate) nullable: bool,
}

impl<'a> Shape<'a> {
    pub(crate) fn of(spec: &'a Value, pointer: &str, schema: &'a Value) -> Self {
        let mut shape = Self::default();
        shape.add(spec, pointer.to_owned(), schema, 0);
        shape
    }

    /// The shape of a value that several schemas describe.
    pub(crate) fn of_all(spec: &'a Value, schemas: &[(String, &'a Value)]) -> Self {
        let mut shape = Self::default();
        for (pointer, schema) in schemas {
            shape.add(spec, pointer.clone(), schema, 0);
        }
        shape
    }

    fn add(&mut self, spec: &'a Value, pointer: String, schema: &'a Value, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        self.nullable |= schema["nullable"] == true;
        if let Some((target, schema)) = schema["$ref"].as_str().and_then(|reference| schema_at(spec, reference)) {
            return self.add(spec, target, schema, depth + 1);
        }
        for (index, member) in array(&schema["allOf"]).enumerate() {
            self.add(spec, below(&below(&pointer, "allOf"), &index.to_string()), member, depth + 1);
        }
        self.parts.push((pointer, schema));
    }

    /// The alternatives of all unions (`oneOf`, `anyOf`) that occur in the parts of the shape, each with its JSON
    /// pointer.
    pub(crate) fn alternatives(&self) -> Vec<(String, &'a Value)> {
        let all = self.parts.iter().flat_map(|(pointer, part)| {
            ["oneOf", "anyOf"].into_iter().flat_map(move |several| {
                let at = below(pointer, several);
                array(&part[several]).enumerate().map(move |(index, member)| (below(&at, &index.to_string()), member))
            })
        });
        all.collect()
    }

    /// The schemas that the parts have for a keyword, such as `items`. Each schema has its JSON pointer.
    pub(crate) fn under(&self, key: &str) -> Vec<(String, &'a Value)> {
        self.parts.iter().filter_map(|(pointer, part)| Some((below(pointer, key), part.get(key)?))).collect()
    }

    /// The schemas that describe a property, each with its pointer.
    pub(crate) fn property(&self, name: &str) -> Vec<(String, &'a Value)> {
        let parts = self.parts.iter().filter_map(|(pointer, part)| {
            Some((below(&below(pointer, "properties"), name), part["properties"].get(name)?))
        });
        parts.collect()
    }

    /// The name, the JSON pointer and the schema of each property.
    pub(crate) fn properties(&self) -> Vec<(&'a String, String, &'a Value)> {
        let parts = self.parts.iter().flat_map(|(pointer, part)| {
            let at = below(pointer, "properties");
            object(&part["properties"]).map(move |(name, schema)| (name, below(&at, name), schema))
        });
        parts.collect()
    }

    /// The names of the required properties.
    pub(crate) fn required(&self) -> impl Iterator<Item = &'a str> {
        self.parts.iter().flat_map(|(_, part)| array(&part["required"])).filter_map(Value::as_str)
    }

    /// Whether the generated type keeps unknown keys.
    pub(crate) fn keeps_unknown_keys(&self) -> bool {
        self.parts
            .iter()
            .any(|(_, part)| part["additionalProperties"].is_object() || part["additionalProperties"] == true)
    }

    /// Whether no part has `properties`. If true, every key is valid.
    pub(crate) fn has_no_properties(&self) -> bool {
        self.parts.iter().all(|(_, part)| part.get("properties").is_none())
    }

    /// The type, from the first part that has one. None if any type is valid.
    pub(crate) fn kind(&self) -> Option<&'a str> {
        self.parts.iter().find_map(|(_, part)| part["type"].as_str())
    }

    /// Whether a value has the type of this shape.
    pub(crate) fn has_type_of(&self, value: &Value) -> bool {
        match (self.kind(), type_of(value)) {
            (None, _) | (Some("number"), "integer") => true,
            (Some(kind), found) => kind == found,
        }
    }

    /// The type in words, such as `string (date-time)`.
    pub(crate) fn describe(&self, spec: &'a Value) -> String {
        let alternatives = self.alternatives();
        if !alternatives.is_empty() {
            let each = alternatives.iter().map(|(pointer, schema)| Shape::of(spec, pointer, schema).describe(spec));
            return each.collect::<Vec<_>>().join(" or ");
        }
        let format = self.parts.iter().find_map(|(_, part)| part["format"].as_str());
        match (self.kind(), format) {
            (Some(kind), Some(format)) => format!("{kind} ({format})"),
            (Some(kind), None) => kind.to_owned(),
            (None, _) => "any type".to_owned(),
        }
    }
}

/// The JSON Schema type of a value.
pub(crate) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The schema to which a reference refers, with its JSON pointer. None if the schema does not exist.
pub(crate) fn schema_at<'a>(spec: &'a Value, reference: &str) -> Option<(String, &'a Value)> {
    let value = resolve(spec, reference)?;
    Some((reference.strip_prefix('#')?.to_owned(), value))
}

/// Follows references from a value as far as their targets exist. Returns the last value with its JSON pointer.
pub(crate) fn follow_with_pointer<'a>(spec: &'a Value, pointer: String, value: &'a Value) -> (String, &'a Value) {
    let (mut pointer, mut value) = (pointer, value);
    for _ in 0..MAX_DEPTH {
        let Some((target, next)) = value["$ref"].as_str().and_then(|reference| schema_at(spec, reference)) else {
            break;
        };
        (pointer, value) = (target, next);
    }
    (pointer, value)
}
