//! What the spec has and no answer shows.

use serde_json::Value;

use super::shape::Shape;
use super::walk::{NULL, VALUE};
use super::{Finding, Held, effect, schema_at};
use crate::document::Place;
use crate::positions::below;
use crate::spec::array;

/// Adds what no answer shows of a schema, from the answer down.
pub(super) fn find(held: &Held<'_>, pointer: &str, schema: &Value, findings: &mut Vec<Finding>) {
    Search { held, findings, way: Vec::new(), looked: 0 }.below("", pointer, schema);
}

/// A finding without an answer.
pub(super) fn unseen(check: &'static str, part: String, message: String, spec: Place) -> Finding {
    Finding { check, effect: effect(check), part, message, answers: 0, place: spec.clone(), spec }
}

struct Search<'a, 'b> {
    held: &'b Held<'a>,
    findings: &'b mut Vec<Finding>,
    /// The schemas on the way here: one that holds itself is looked at once.
    way: Vec<String>,
    looked: usize,
}

/// More than any sound document asks for.
const DEEPEST: usize = 64;
const MOST: usize = 10_000;

impl Search<'_, '_> {
    fn below(&mut self, path: &str, pointer: &str, schema: &Value) {
        if self.way.iter().any(|above| above == pointer) || self.way.len() > DEEPEST || self.looked > MOST {
            return;
        }
        self.looked += 1;
        self.way.push(pointer.to_owned());
        self.schema(path, pointer, schema);
        self.way.pop();
    }

    fn schema(&mut self, path: &str, pointer: &str, schema: &Value) {
        let spec = &self.held.spec.value;
        let shape = Shape::of(spec, pointer, schema);
        let name = if path.is_empty() { "the answer" } else { path };
        if shape.nullable && !self.has(&format!("{pointer}{NULL}")) {
            self.add("null-unseen", name, "never null", pointer);
        }
        for (alternative, schema) in shape.alternatives() {
            if self.has(&alternative) {
                self.below(path, &alternative, schema);
            } else {
                let words = Shape::of(spec, &alternative, schema).words(spec);
                self.add("form-unseen", name, &format!("never {words}"), &alternative);
            }
        }
        for (part_pointer, part) in &shape.parts {
            for key in ["enum", "x-extensible-enum"] {
                let values = array(&part[key]).filter(|value| !value.is_null());
                let never: Vec<_> = values
                    .filter(|value| !self.has(&format!("{part_pointer}{VALUE}{value}")))
                    .map(ToString::to_string)
                    .collect();
                if !never.is_empty() {
                    self.add("value-unseen", name, &format!("never {}", never.join(", ")), part_pointer);
                }
            }
            let items = below(part_pointer, "items");
            if let Some(schema) = part.get("items").filter(|_| self.has(&items)) {
                self.below(&format!("{path}[]"), &items, schema);
            }
            if let Some((target, schema)) =
                part["x-embedded-json"].as_str().and_then(|reference| schema_at(spec, reference))
                && self.has(&target)
            {
                self.below(path, &target, schema);
            }
        }
        for (key, at, schema) in shape.properties() {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            if self.has(&at) {
                self.below(&path, &at, schema);
            } else {
                self.add("field-unseen", &path, "in no answer", &at);
            }
        }
    }

    fn has(&self, mark: &str) -> bool {
        self.held.seen.contains(mark)
    }

    fn add(&mut self, check: &'static str, part: &str, message: &str, pointer: &str) {
        let place = self.held.spec.place(pointer);
        self.findings.push(unseen(check, part.to_owned(), message.to_owned(), place));
    }
}
