//! The parts of a spec that no response contains.

use serde_json::Value;

use crate::positions::below;
use crate::shape::{Shape, schema_at};
use crate::spec::array;

use super::finding::Finding;
use super::observed::{NULL, Observed, VALUE};

/// The maximum nesting depth of the visited schemas. Schemas of real documents are less deep.
const MAX_DEPTH: usize = 64;
/// The maximum number of visited schemas. Real documents have fewer schemas.
const MAX_SCHEMAS: usize = 10_000;

/// Adds a finding for each part of a schema that no response contains.
pub(super) fn find(observed: &Observed<'_>, pointer: &str, schema: &Value, findings: &mut Vec<Finding>) {
    Search { observed, findings, active: Vec::new(), visited: 0 }.visit("", pointer, schema);
}

struct Search<'a, 'b> {
    observed: &'b Observed<'a>,
    findings: &'b mut Vec<Finding>,
    /// The JSON pointers to the schemas that contain the current schema. A schema inside itself is not visited again.
    active: Vec<String>,
    visited: usize,
}

impl Search<'_, '_> {
    fn visit(&mut self, path: &str, pointer: &str, schema: &Value) {
        let is_recursive = self.active.iter().any(|outer| outer == pointer);
        if is_recursive || self.active.len() > MAX_DEPTH || self.visited > MAX_SCHEMAS {
            return;
        }
        self.visited += 1;
        self.active.push(pointer.to_owned());
        self.schema(path, pointer, schema);
        self.active.pop();
    }

    fn schema(&mut self, path: &str, pointer: &str, schema: &Value) {
        let spec = &self.observed.spec.value;
        let shape = Shape::of(spec, pointer, schema);
        let name = if path.is_empty() { "the response" } else { path };
        if shape.nullable && !self.was_seen(&format!("{pointer}{NULL}")) {
            self.add("null-not-observed", name, "never null", pointer);
        }
        for (alternative, schema) in shape.alternatives() {
            if self.was_seen(&alternative) {
                self.visit(path, &alternative, schema);
            } else {
                let description = Shape::of(spec, &alternative, schema).describe(spec);
                self.add("alternative-not-observed", name, &format!("never {description}"), &alternative);
            }
        }
        for (part_pointer, part) in &shape.parts {
            for key in ["enum", "x-extensible-enum"] {
                let values = array(&part[key]).filter(|value| !value.is_null());
                let unseen = values.filter(|value| !self.was_seen(&format!("{part_pointer}{VALUE}{value}")));
                let unseen: Vec<_> = unseen.map(ToString::to_string).collect();
                if !unseen.is_empty() {
                    self.add("value-not-observed", name, &format!("never {}", unseen.join(", ")), part_pointer);
                }
            }
            let items = below(part_pointer, "items");
            if let Some(schema) = part.get("items").filter(|_| self.was_seen(&items)) {
                self.visit(&format!("{path}[]"), &items, schema);
            }
            let embedded = part["x-embedded-json"].as_str().and_then(|reference| schema_at(spec, reference));
            if let Some((target, schema)) = embedded.filter(|(target, _)| self.was_seen(target)) {
                self.visit(path, &target, schema);
            }
        }
        for (key, at, schema) in shape.properties() {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            if self.was_seen(&at) {
                self.visit(&path, &at, schema);
            } else {
                self.add("field-not-observed", &path, "in no response", &at);
            }
        }
    }

    fn was_seen(&self, mark: &str) -> bool {
        self.observed.seen.contains(mark)
    }

    fn add(&mut self, check: &'static str, part: &str, message: &str, pointer: &str) {
        let place = self.observed.spec.place(pointer);
        self.findings.push(Finding::not_observed(check, part.to_owned(), message.to_owned(), place));
    }
}
