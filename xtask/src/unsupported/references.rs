//! References that the generator cannot resolve.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::spec::{self, Object, array};

use super::findings::Findings;

impl Findings<'_> {
    pub(super) fn references(&mut self) {
        // The check of path items reports their references.
        for object in Object::all(self.document).iter().filter(|object| object.under != "paths") {
            for reference in object.references() {
                let kind = component_kind(object.under);
                let component = reference.strip_prefix("#/components/").and_then(|rest| rest.split_once('/'));
                if spec::resolve(self.document, reference).is_none() {
                    let reason = "the target does not exist; only references within the document are supported";
                    self.add("dangling-reference", &object.pointer, reference, reason);
                } else if component.is_none_or(|(found, name)| found != kind || name.contains('/')) {
                    let reason = format!("is not of the form #/components/{kind}/NAME, the only one supported here");
                    let place = format!("{}: {reference}", object.place());
                    self.add("unsupported-reference", &object.pointer, place, reason);
                } else if self.is_cycle(reference) {
                    let reason = "refers to itself without a property or item in between; the generator never ends";
                    self.add("reference-cycle", &object.pointer, reference, reason);
                }
            }
        }
    }

    /// Whether a reference leads back to itself by references and combinations alone.
    fn is_cycle(&self, start: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut pending = vec![start];
        while let Some(reference) = pending.pop() {
            if let (true, Some(target)) = (seen.insert(reference), spec::resolve(self.document, reference)) {
                let mut found = Vec::new();
                collect_combined(target, &mut found);
                if found.contains(&start) {
                    return true;
                }
                pending.extend(found);
            }
        }
        false
    }

    /// All references that a value contains, directly or indirectly.
    pub(super) fn reachable<'a>(&'a self, value: &'a Value) -> BTreeSet<&'a str> {
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

/// The kind of component that a reference under a keyword must name.
fn component_kind(under: &str) -> &str {
    match under {
        "requestBody" => "requestBodies",
        "callbacks" | "headers" | "links" | "parameters" | "requestBodies" | "responses" => under,
        _ => "schemas",
    }
}

/// The references that a value consists of or combines.
fn collect_combined<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    found.extend(value["$ref"].as_str());
    for several in ["allOf", "anyOf", "oneOf"] {
        array(&value[several]).for_each(|one| collect_combined(one, found));
    }
}
