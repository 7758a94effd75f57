//! What a schema allows, references and combinations followed.

use serde_json::Value;

use super::{schema_at, type_of};
use crate::positions::below;
use crate::spec::{array, object};

/// More levels than any sound document has; those that go round are cut.
const DEEPEST: usize = 24;

/// A schema as one: itself and all that it is combined of.
pub(super) struct Shape<'a> {
    /// Every part with the pointer to it, none of them a reference.
    pub(super) parts: Vec<(String, &'a Value)>,
    /// Whether it may be null.
    pub(super) nullable: bool,
}

impl<'a> Shape<'a> {
    pub(super) fn of(spec: &'a Value, pointer: &str, schema: &'a Value) -> Self {
        let mut shape = Self { parts: Vec::new(), nullable: false };
        shape.add(spec, pointer.to_owned(), schema, 0);
        shape
    }

    fn add(&mut self, spec: &'a Value, pointer: String, schema: &'a Value, depth: usize) {
        if depth > DEEPEST {
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

    /// The alternatives of its union, if it has one: pointers and schemas.
    pub(super) fn alternatives(&self) -> Vec<(String, &'a Value)> {
        let all = self.parts.iter().flat_map(|(pointer, part)| {
            ["oneOf", "anyOf"].into_iter().flat_map(move |several| {
                let at = below(pointer, several);
                let members: Vec<_> = array(&part[several]).collect();
                members.into_iter().enumerate().map(move |(index, member)| (below(&at, &index.to_string()), member))
            })
        });
        all.collect()
    }

    /// What it says of a property: every part that speaks of it.
    pub(super) fn property(&self, name: &str) -> Vec<(String, &'a Value)> {
        let parts = self.parts.iter().filter_map(|(pointer, part)| {
            Some((below(&below(pointer, "properties"), name), part["properties"].get(name)?))
        });
        parts.collect()
    }

    /// All properties with their pointers, in order.
    pub(super) fn properties(&self) -> Vec<(&'a String, String, &'a Value)> {
        let parts = self.parts.iter().flat_map(|(pointer, part)| {
            let at = below(pointer, "properties");
            object(&part["properties"]).map(move |(name, schema)| (name, below(&at, name), schema))
        });
        parts.collect()
    }

    pub(super) fn requires(&self, name: &str) -> bool {
        self.parts.iter().any(|(_, part)| array(&part["required"]).any(|required| *required == name))
    }

    /// Whether keys that it does not name are kept.
    pub(super) fn keeps_others(&self) -> bool {
        self.parts
            .iter()
            .any(|(_, part)| part["additionalProperties"].is_object() || part["additionalProperties"] == true)
    }

    /// Whether it says nothing about objects, so that any key is fine.
    pub(super) fn is_free(&self) -> bool {
        self.parts.iter().all(|(_, part)| part.get("properties").is_none())
    }

    /// The type that it asks for.
    pub(super) fn kind(&self) -> Option<&'a str> {
        self.parts.iter().find_map(|(_, part)| part["type"].as_str())
    }

    /// Whether a value is of the type that it asks for.
    pub(super) fn takes_type_of(&self, value: &Value) -> bool {
        match (self.kind(), type_of(value)) {
            (None, _) | (Some("number"), "integer") => true,
            (Some(kind), found) => kind == found,
        }
    }

    /// In words: `string (date-time)`.
    pub(super) fn words(&self, spec: &'a Value) -> String {
        let alternatives = self.alternatives();
        if !alternatives.is_empty() {
            let each = alternatives.iter().map(|(pointer, schema)| Shape::of(spec, pointer, schema).words(spec));
            return each.collect::<Vec<_>>().join(" or ");
        }
        let format = self.parts.iter().find_map(|(_, part)| part["format"].as_str());
        match (self.kind(), format) {
            (Some(kind), Some(format)) => format!("{kind} ({format})"),
            (Some(kind), None) => kind.to_owned(),
            (None, _) => "anything".to_owned(),
        }
    }
}

/// What a reference ends at, with the pointer to it.
pub(super) fn followed<'a>(spec: &'a Value, pointer: String, value: &'a Value) -> (String, &'a Value) {
    let (mut pointer, mut value) = (pointer, value);
    for _ in 0..DEEPEST {
        let Some((target, next)) = value["$ref"].as_str().and_then(|reference| schema_at(spec, reference)) else {
            break;
        };
        (pointer, value) = (target, next);
    }
    (pointer, value)
}
