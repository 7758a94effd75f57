//! One answer, held against its schema value by value.

use std::collections::BTreeSet;

use serde_json::Value;

use super::shape::Shape;
use super::{Held, Shown, type_of};
use crate::document::Document;
use crate::json_schema;
use crate::positions::below;
use crate::spec::array;

/// Marks in `seen` that belong to a pointer.
pub(super) const NULL: &str = " null";
pub(super) const VALUE: &str = " value ";

pub(super) struct Walk<'a, 'b> {
    held: &'b mut Held<'a>,
    answer: &'b Document,
    number: usize,
}

/// Where a value stands: the pointer for its line, the path for its name.
#[derive(Clone)]
struct At {
    /// None within embedded JSON, which stands on the line of its text.
    pointer: String,
    embedded: bool,
    path: String,
}

impl At {
    fn key(&self, key: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { path: format!("{}{dot}{key}", self.path), ..self.clone() }.moved(key)
    }

    fn index(&self, index: usize) -> Self {
        Self { path: format!("{}[]", self.path), ..self.clone() }.moved(&index.to_string())
    }

    fn moved(mut self, part: &str) -> Self {
        if !self.embedded {
            self.pointer = below(&self.pointer, part);
        }
        self
    }
}

impl<'a, 'b> Walk<'a, 'b> {
    pub(super) fn new(held: &'b mut Held<'a>, answer: &'b Document, number: usize) -> Self {
        Self { held, answer, number }
    }

    /// The whole answer.
    pub(super) fn value(&mut self, pointer: &str, schema: &'a Value) {
        let at = At { pointer: String::new(), embedded: false, path: String::new() };
        self.hold(&at, &[(pointer.to_owned(), schema)], &self.answer.value.clone(), true);
    }

    /// `schemas`: all that speak of the value. `required`: whether null in its place fails the answer.
    fn hold(&mut self, at: &At, schemas: &[(String, &'a Value)], value: &Value, required: bool) {
        let spec = &self.held.spec.value;
        let mut shape = Shape { parts: Vec::new(), nullable: false };
        for (pointer, schema) in schemas {
            let one = Shape::of(spec, pointer, schema);
            shape.nullable |= one.nullable;
            shape.parts.extend(one.parts);
            self.held.seen.insert(pointer.clone());
        }
        let Some((pointer, _)) = schemas.first() else { return };
        if value.is_null() {
            for (pointer, _) in schemas {
                self.held.seen.insert(format!("{pointer}{NULL}"));
            }
            let any = shape.kind().is_none() && shape.alternatives().is_empty();
            if !shape.nullable && !any {
                let check = if required { "null-unlisted" } else { "optional-null-unlisted" };
                self.found(check, at, pointer, format!("null where the spec has {}", shape.words(spec)));
            }
            return;
        }
        let alternatives = shape.alternatives();
        if let Some((pointer, schema)) =
            alternatives.iter().find(|(pointer, schema)| fits(spec, pointer, schema, value))
        {
            return self.hold(at, &[(pointer.clone(), schema)], value, required);
        }
        if !alternatives.is_empty() || !shape.takes_type_of(value) {
            let message = format!("{} where the spec has {}", type_of(value), shape.words(spec));
            return self.found("type-unlisted", at, pointer, message);
        }
        self.constraints(at, &shape, value);
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    let at = at.key(key);
                    let known = shape.property(key);
                    if !known.is_empty() {
                        self.hold(&at, &known, value, shape.requires(key));
                    } else if !shape.is_free() {
                        let check = if shape.keeps_others() { "kept-field-unlisted" } else { "field-unlisted" };
                        self.found(check, &at, pointer, format!("a field of {} that the spec has not", type_of(value)));
                    }
                }
                let required: BTreeSet<_> = shape
                    .parts
                    .iter()
                    .flat_map(|(_, part)| array(&part["required"]))
                    .filter_map(Value::as_str)
                    .collect();
                for key in required.into_iter().filter(|key| !entries.contains_key(*key)) {
                    self.found("field-missing", &at.key(key), pointer, "absent, and required by the spec".into());
                }
            }
            Value::Array(items) => {
                let schemas: Vec<_> = shape
                    .parts
                    .iter()
                    .filter_map(|(pointer, part)| Some((below(pointer, "items"), part.get("items")?)))
                    .collect();
                for (index, item) in items.iter().enumerate() {
                    self.hold(&at.index(index), &schemas, item, true);
                }
            }
            Value::String(text) => self.embedded(at, &shape, text),
            _ => {}
        }
    }

    /// JSON in a text.
    fn embedded(&mut self, at: &At, shape: &Shape<'a>, text: &str) {
        let spec = &self.held.spec.value;
        let referred = shape.parts.iter().find_map(|(_, part)| part["x-embedded-json"].as_str());
        let Some((pointer, schema)) = referred.and_then(|reference| super::schema_at(spec, reference)) else { return };
        match serde_json::from_str(text) {
            Ok(value) => {
                let at = At { embedded: true, ..at.clone() };
                self.hold(&at, &[(pointer, schema)], &value, true);
            }
            Err(error) => {
                self.found("embedded-json-unreadable", at, &pointer, format!("the text is not JSON: {error}"));
            }
        }
    }

    /// Lists of values, formats and limits.
    fn constraints(&mut self, at: &At, shape: &Shape<'a>, value: &Value) {
        for (pointer, part) in &shape.parts {
            for (key, check) in [("enum", "value-unlisted"), ("x-extensible-enum", "known-value-unlisted")] {
                if !part[key].is_array() {
                    continue;
                }
                self.held.seen.insert(format!("{pointer}{VALUE}{value}"));
                if !array(&part[key]).any(|known| known == value) {
                    self.found(check, at, pointer, format!("{value} is none of the spec's values"));
                }
            }
            for key in ["format", "maximum", "minimum", "maxLength", "minLength", "maxItems", "minItems", "pattern"] {
                let Some(limit) = part.get(key) else { continue };
                let mut alone = serde_json::json!({ key: limit });
                for switch in ["exclusiveMaximum", "exclusiveMinimum"] {
                    if let Some(on) = part.get(switch).filter(|_| key.eq_ignore_ascii_case(&switch[9..])) {
                        alone[switch] = on.clone();
                    }
                }
                let holds =
                    json_schema::validator(&alone, &Value::Null).is_ok_and(|validator| validator.is_valid(value));
                let (check, shown) = if key == "format" {
                    ("format-differs", format!("no {}: ", limit.as_str().unwrap_or_default()))
                } else {
                    ("limit-exceeded", format!("beyond {key} {limit}: "))
                };
                if !holds {
                    self.found(check, at, pointer, shown + type_of(value));
                }
            }
        }
    }

    fn found(&mut self, check: &'static str, at: &At, pointer: &str, message: String) {
        let part = if at.path.is_empty() { "the answer".to_owned() } else { at.path.clone() };
        let place = self.answer.place(&at.pointer);
        let shown = self.held.found.entry((check, part, message)).or_insert_with(|| Shown {
            answers: BTreeSet::new(),
            place,
            pointer: pointer.to_owned(),
        });
        shown.answers.insert(self.number);
    }
}

/// Whether a value is of the kind of an alternative.
fn fits(spec: &Value, pointer: &str, schema: &Value, value: &Value) -> bool {
    let shape = Shape::of(spec, pointer, schema);
    let alternatives = shape.alternatives();
    let listed = |part: &Value| !part["enum"].is_array() || array(&part["enum"]).any(|known| known == value);
    if !alternatives.is_empty() {
        return alternatives.iter().any(|(pointer, schema)| fits(spec, pointer, schema, value));
    }
    let required = || shape.parts.iter().flat_map(|(_, part)| array(&part["required"])).filter_map(Value::as_str);
    shape.takes_type_of(value)
        && shape.parts.iter().all(|(_, part)| listed(part))
        && (!value.is_object() || required().all(|key| value.get(key).is_some()))
}
