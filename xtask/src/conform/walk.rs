//! Comparison of one response with its schema, value by value.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::document::Document;
use crate::json_schema;
use crate::positions::below;
use crate::shape::{Shape, schema_at, type_of};
use crate::spec::array;

use super::observed::{Difference, NULL, Observed, VALUE};

pub(super) struct Walk<'a, 'b> {
    observed: &'b mut Observed<'a>,
    response: &'b Document,
    number: usize,
}

/// The location of a value in a response. The pointer gives the line, and the path is the name in findings.
#[derive(Clone)]
struct Location {
    /// The JSON pointer to the value in the response. For a value in embedded JSON, the JSON pointer to the string that
    /// contains the JSON.
    pointer: String,
    is_embedded: bool,
    path: String,
}

impl Location {
    fn key(&self, key: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        self.inner(key, format!("{}{dot}{key}", self.path))
    }

    fn index(&self, index: usize) -> Self {
        self.inner(&index.to_string(), format!("{}[]", self.path))
    }

    fn inner(&self, part: &str, path: String) -> Self {
        let pointer = if self.is_embedded { self.pointer.clone() } else { below(&self.pointer, part) };
        Self { pointer, path, ..*self }
    }
}

impl<'a, 'b> Walk<'a, 'b> {
    pub(super) fn new(observed: &'b mut Observed<'a>, response: &'b Document, number: usize) -> Self {
        Self { observed, response, number }
    }

    /// Compares the whole response with a schema.
    pub(super) fn check(&mut self, pointer: &str, schema: &'a Value) {
        let at = Location { pointer: String::new(), is_embedded: false, path: String::new() };
        self.value(&at, &[(pointer.to_owned(), schema)], &self.response.value.clone(), true);
    }

    /// Compares a value with all schemas that describe it.
    ///
    /// `is_required` is true if the value must be present. If it is null although the schema is not nullable, the
    /// generated client cannot decode the response.
    fn value(&mut self, at: &Location, schemas: &[(String, &'a Value)], value: &Value, is_required: bool) {
        let spec = &self.observed.spec.value;
        let shape = Shape::of_all(spec, schemas);
        self.observed.seen.extend(schemas.iter().map(|(pointer, _)| pointer.clone()));
        let Some((pointer, _)) = schemas.first() else { return };
        if value.is_null() {
            self.observed.seen.extend(schemas.iter().map(|(pointer, _)| format!("{pointer}{NULL}")));
            let allows_any = shape.kind().is_none() && shape.alternatives().is_empty();
            if !shape.nullable && !allows_any {
                let check = if is_required { "unexpected-null" } else { "unexpected-null-of-optional" };
                self.add(check, at, pointer, format!("null instead of {}", shape.describe(spec)));
            }
            return;
        }
        let alternatives = shape.alternatives();
        let matching = alternatives.iter().find(|(pointer, schema)| matches(spec, pointer, schema, value));
        if let Some((pointer, schema)) = matching {
            return self.value(at, &[(pointer.clone(), schema)], value, is_required);
        }
        if !alternatives.is_empty() || !shape.has_type_of(value) {
            let message = format!("{} instead of {}", type_of(value), shape.describe(spec));
            return self.add("type-mismatch", at, pointer, message);
        }
        self.constraints(at, &shape, value);
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    let at = at.key(key);
                    let known = shape.property(key);
                    if !known.is_empty() {
                        let is_required = shape.required().any(|required| required == key);
                        self.value(&at, &known, value, is_required);
                    } else if !shape.has_no_properties() {
                        let check = if shape.keeps_unknown_keys() { "unknown-field-kept" } else { "unknown-field" };
                        self.add(
                            check,
                            &at,
                            pointer,
                            format!("a field of type {} that is not in the spec", type_of(value)),
                        );
                    }
                }
                let required: BTreeSet<_> = shape.required().collect();
                for key in required.into_iter().filter(|key| !entries.contains_key(*key)) {
                    self.add("required-field-missing", &at.key(key), pointer, "missing, but required".into());
                }
            }
            Value::Array(items) => {
                let schemas = shape.under("items");
                for (index, item) in items.iter().enumerate() {
                    self.value(&at.index(index), &schemas, item, true);
                }
            }
            Value::String(text) => self.embedded_json(at, &shape, text),
            _ => {}
        }
    }

    fn embedded_json(&mut self, at: &Location, shape: &Shape<'a>, text: &str) {
        let spec = &self.observed.spec.value;
        let reference = shape.parts.iter().find_map(|(_, part)| part["x-embedded-json"].as_str());
        let Some((pointer, schema)) = reference.and_then(|reference| schema_at(spec, reference)) else { return };
        match serde_json::from_str(text) {
            Ok(value) => {
                let at = Location { is_embedded: true, ..at.clone() };
                self.value(&at, &[(pointer, schema)], &value, true);
            }
            Err(error) => self.add("invalid-embedded-json", at, &pointer, format!("the text is not JSON: {error}")),
        }
    }

    /// Compares a value with enums, formats and limits.
    fn constraints(&mut self, at: &Location, shape: &Shape<'a>, value: &Value) {
        for (pointer, part) in &shape.parts {
            for (key, check) in [("enum", "unknown-value"), ("x-extensible-enum", "unknown-value-of-open-list")] {
                if !part[key].is_array() {
                    continue;
                }
                self.observed.seen.insert(format!("{pointer}{VALUE}{value}"));
                if !array(&part[key]).any(|known| known == value) {
                    self.add(check, at, pointer, format!("{value} is not listed in the spec"));
                }
            }
            for key in ["format", "maximum", "minimum", "maxLength", "minLength", "maxItems", "minItems", "pattern"] {
                let Some(limit) = part.get(key) else { continue };
                let mut schema = json!({ key: limit });
                for flag in ["exclusiveMaximum", "exclusiveMinimum"] {
                    if let Some(on) = part.get(flag).filter(|_| key.eq_ignore_ascii_case(&flag[9..])) {
                        schema[flag] = on.clone();
                    }
                }
                let validator = json_schema::validator(&schema, &Value::Null);
                if validator.is_ok_and(|validator| validator.is_valid(value)) {
                    continue;
                }
                let check = if key == "format" { "format-mismatch" } else { "limit-exceeded" };
                self.add(check, at, pointer, format!("{} that violates {key} {limit}", type_of(value)));
            }
        }
    }

    fn add(&mut self, check: &'static str, at: &Location, pointer: &str, message: String) {
        let part = if at.path.is_empty() { "the response".to_owned() } else { at.path.clone() };
        let place = self.response.place(&at.pointer);
        let difference = self.observed.differences.entry((check, part, message)).or_insert_with(|| Difference {
            responses: BTreeSet::new(),
            place,
            pointer: pointer.to_owned(),
        });
        difference.responses.insert(self.number);
    }
}

/// Whether an alternative applies to a value: the type, the enum and the required properties of the alternative match
/// the value.
fn matches(spec: &Value, pointer: &str, schema: &Value, value: &Value) -> bool {
    let shape = Shape::of(spec, pointer, schema);
    let alternatives = shape.alternatives();
    if !alternatives.is_empty() {
        return alternatives.iter().any(|(pointer, schema)| matches(spec, pointer, schema, value));
    }
    let is_listed = |part: &Value| !part["enum"].is_array() || array(&part["enum"]).any(|known| known == value);
    shape.has_type_of(value)
        && shape.parts.iter().all(|(_, part)| is_listed(part))
        && (!value.is_object() || shape.required().all(|key| value.get(key).is_some()))
}
