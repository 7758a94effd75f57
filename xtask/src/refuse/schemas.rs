//! Schemas: what the generator's types have no room for.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;
use serde_json::Value;

use super::Findings;
use crate::open;
use crate::positions::{below, dotted};
use crate::spec::{self, Object, array, object};

impl Findings<'_> {
    pub(super) fn schemas(&mut self) {
        for object in Object::all(self.document) {
            let (at, place, keywords) = (&object.pointer, object.place(), object.keywords);
            if keywords["additionalProperties"] == true && keywords.get("properties").is_some() {
                self.refuse(
                    "lossy-additional-properties",
                    at,
                    &place,
                    "additionalProperties: true beside properties drops unknown keys; write additionalProperties: {}",
                );
            }
            for (limit, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
                if keywords.get(limit).is_some() && keywords.get(bound).is_none() {
                    let reason = format!("{limit} without {bound}, on which the generator panics");
                    self.refuse("exclusive-without-bound", at, &place, reason);
                }
            }
            if let Some(kind) = keywords["type"].as_str().filter(|kind| !TYPES.contains(kind)) {
                self.refuse(
                    "unknown-type",
                    at,
                    &place,
                    format!("the type {kind:?} is none of OpenAPI 3.0, and the generator panics on it"),
                );
            }
            if keywords["allOf"].as_array().is_some_and(Vec::is_empty) {
                self.refuse("empty-all-of", at, &place, "an empty allOf, on which the generator panics");
            }
            if keywords.get("not").is_some() {
                self.refuse(
                    "not-keyword",
                    at,
                    &place,
                    "`not`, on which the generator panics unless it is of the simplest",
                );
            }
        }
    }

    pub(super) fn schema_names(&mut self) {
        for (name, _) in object(&self.document["components"]["schemas"]) {
            if !is_type_name(name) {
                let at = below("/components/schemas", name);
                let reason = "is not the name that its Rust type gets, by which codegen finds it; write it like TaskRecord, \
                              no two capitals in a row";
                self.refuse("schema-name", &at, dotted(&at), reason);
            }
        }
    }

    pub(super) fn named_numbers(&mut self) {
        for found in Object::all(self.document) {
            let (at, place, schema) = (&found.pointer, found.place(), found.keywords);
            let integers = schema["type"] == "integer" && schema["enum"].is_array();
            if !integers && schema.get("x-enum-varnames").is_none() {
                continue;
            }
            let name = place.strip_prefix("components.schemas.");
            if name.is_none_or(|name| name.contains('.')) {
                let reason = "an integer enum has to be a component of its own, so that it has a name";
                self.refuse("nameless-enum", at, &place, reason);
                continue;
            }
            let numbers: Vec<_> = array(&schema["enum"]).collect();
            let names: Vec<_> =
                array(&schema["x-enum-varnames"]).map(|name| name.as_str().unwrap_or_default()).collect();
            if schema["type"] != "integer" {
                self.refuse(
                    "named-numbers",
                    at,
                    &place,
                    "has x-enum-varnames and is no integer; they would be dropped without a word",
                );
            }
            if numbers.len() != names.len() {
                self.refuse(
                    "named-numbers",
                    at,
                    &place,
                    format!("{} numbers and {} names; x-enum-varnames names each", numbers.len(), names.len()),
                );
            }
            let described = &schema["x-enum-descriptions"];
            if !described.is_null() && array(described).count() != numbers.len() {
                self.refuse("named-numbers", at, &place, "x-enum-descriptions describes each number, or there is none");
            }
            if numbers.iter().any(|number| !number.is_i64()) {
                self.refuse("named-numbers", at, &place, "a value of the enum is no integer of 64 bits");
            }
            if schema["nullable"] == true {
                self.refuse(
                    "named-numbers",
                    at,
                    &place,
                    "`nullable` of the enum would be dropped without a word; write it where it is referred to",
                );
            }
            for bad in names.iter().filter(|name| !is_constant(name)) {
                self.refuse(
                    "named-numbers",
                    at,
                    &place,
                    format!("the name {bad:?} is no Rust constant: capitals, digits and _ only, and not NAMED"),
                );
            }
            if names.iter().collect::<BTreeSet<_>>().len() != names.len() {
                self.refuse("named-numbers", at, &place, "a name stands twice in x-enum-varnames");
            }
            if numbers.iter().map(ToString::to_string).collect::<BTreeSet<_>>().len() != numbers.len() {
                self.refuse("named-numbers", at, &place, "a number stands twice in the enum");
            }
        }
    }

    /// Texts of a request's enum that the generator would give one Rust name. Those of answers are opened first.
    pub(super) fn text_enums(&mut self) {
        let mut opened = self.document.clone();
        open::answers(&mut opened);
        for object in Object::all(&opened) {
            let texts: Vec<_> = array(&object.keywords["enum"]).filter_map(Value::as_str).collect();
            if let Some((one, other)) =
                same_name(&texts, plain_name).filter(|_| same_name(&texts, marked_name).is_some())
            {
                let reason = format!(
                    "the enum's values {one:?} and {other:?} give one Rust name, on which the generator panics; leave \
                     `enum` out, or write x-extensible-enum"
                );
                self.refuse("colliding-enum-values", &object.pointer, object.place(), reason);
            }
        }
    }

    /// Combinations of several schemas that each hold themselves: the generator merges what they hold, for ever.
    pub(super) fn endless_merges(&mut self) {
        let schemas = &self.document["components"]["schemas"];
        let endless = object(schemas).filter(|(name, schema)| {
            let own = format!("#/components/schemas/{name}");
            self.reached(schema).contains(own.as_str())
        });
        let endless: BTreeSet<_> = endless.map(|(name, _)| format!("#/components/schemas/{name}")).collect();
        if endless.is_empty() {
            return;
        }
        let holds_itself = |value: &Value| self.reached(value).iter().any(|reference| endless.contains(*reference));
        let mut places = Vec::new();
        for object in Object::all(self.document) {
            for several in ["allOf", "anyOf", "oneOf"] {
                let members = array(&object.keywords[several]).filter(|member| holds_itself(member)).count();
                // What stands beside a combination is merged into each of its members.
                let mut beside = object.keywords.clone();
                beside.as_object_mut().map(|keywords| keywords.remove(several));
                let merged = members + usize::from(members > 0 && holds_itself(&beside));
                let alone = several != "allOf" && merged == members;
                if merged > 1 && !alone {
                    places.push((object.pointer.clone(), object.place(), several));
                }
            }
        }
        for (at, place, several) in places {
            let reason = format!(
                "{several} combines schemas that each hold themselves; the generator merges them for ever; write out one of them"
            );
            self.refuse("endless-merge", at, place, reason);
        }
    }

    /// The references that a value leads to, over others too.
    fn reached<'a>(&'a self, value: &'a Value) -> BTreeSet<&'a str> {
        let mut pending = spec::references(value);
        let mut seen = BTreeSet::new();
        while let Some(reference) = pending.pop() {
            if let (true, Some(target)) = (seen.insert(reference), spec::resolve(self.document, reference)) {
                pending.extend(spec::references(target));
            }
        }
        seen
    }
}

/// The first two texts that come to one name.
fn same_name<'a>(texts: &[&'a str], name: fn(&str) -> String) -> Option<(&'a str, &'a str)> {
    let mut seen = BTreeMap::new();
    texts.iter().find_map(|text| seen.insert(name(text), *text).map(|first| (first, *text)))
}

/// The name that the generator tries first: what no name can hold parts words.
fn plain_name(text: &str) -> String {
    let text = match text {
        "+1" => "plus1",
        "-1" => "minus1",
        text => text,
    };
    text.replace('\'', "").replace(|c: char| !(c.is_alphanumeric() || c == '_'), "-").to_upper_camel_case()
}

/// The name that it tries next: what no name can hold becomes an X.
fn marked_name(text: &str) -> String {
    text.replace(|c: char| !c.is_alphanumeric(), "X").to_upper_camel_case()
}

/// The types that a schema may have.
const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// Whether the generator gives a schema's type the very name of the schema.
fn is_type_name(name: &str) -> bool {
    name != "Self"
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && !name.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_uppercase))
}

fn is_constant(name: &str) -> bool {
    // The generated types have a constant of that name already.
    name != "NAMED"
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
