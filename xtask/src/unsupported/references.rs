//! References that the generator cannot resolve.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::positions::below;
use crate::spec::{self, Object, array, object};

use super::findings::Findings;

impl Findings<'_> {
    pub(super) fn references(&mut self, objects: &[Object<'_>]) {
        // References of path items are reported by `path_items`.
        let cyclic = self.reaching_cycles(combined);
        for object in objects.iter().filter(|object| object.under != "paths") {
            for reference in object.references() {
                let kind = component_kind(object.under);
                let component = reference.strip_prefix("#/components/").and_then(|rest| rest.split_once('/'));
                if spec::resolve(self.document, reference).is_none() {
                    let reason = "the target does not exist; only references within the document are supported";
                    self.add("dangling-reference", &object.pointer, reference, reason);
                } else if component.is_none_or(|(found, name)| found != kind || name.contains('/')) {
                    let reason = format!("the reference must have the form #/components/{kind}/NAME");
                    let place = format!("{}: {reference}", object.place());
                    self.add("unsupported-reference", &object.pointer, place, reason);
                } else if cyclic.contains(reference) {
                    let reason =
                        "the reference leads to a cycle that contains no property or item; the generator never ends";
                    self.add("reference-cycle", &object.pointer, reference, reason);
                }
            }
        }
    }

    /// Finds the components that are part of a cycle of references, or from which references lead to a cycle. Returns a
    /// reference to each of these components.
    ///
    /// `references` returns those references of a component that can be part of a cycle.
    pub(super) fn reaching_cycles(&self, references: fn(&Value) -> Vec<&str>) -> BTreeSet<String> {
        // Components without references are removed, then those that refer to removed components only, and so on. From
        // the remaining components a cycle can be reached.
        let mut users: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut remaining = BTreeMap::new();
        for (kind, components) in object(&self.document["components"]) {
            for (name, component) in object(components) {
                let own = format!("#{}", below(&below("/components", kind), name));
                let found = references(component);
                remaining.insert(own.clone(), found.len());
                for reference in found {
                    users.entry(reference).or_default().push(own.clone());
                }
            }
        }
        let dangling = users.keys().filter(|reference| !remaining.contains_key(**reference));
        let mut removed: Vec<_> = dangling.map(ToString::to_string).collect();
        removed.extend(remaining.iter().filter(|(_, count)| **count == 0).map(|(own, _)| own.clone()));
        while let Some(one) = removed.pop() {
            remaining.remove(&one);
            for user in users.remove(one.as_str()).unwrap_or_default() {
                if let Some(count) = remaining.get_mut(&user) {
                    *count -= 1;
                    if *count == 0 {
                        removed.push(user);
                    }
                }
            }
        }
        remaining.into_keys().collect()
    }
}

/// The kind of component to which a reference must refer. `under` is the keyword that contains the reference.
fn component_kind(under: &str) -> &str {
    match under {
        "requestBody" => "requestBodies",
        "callbacks" | "headers" | "links" | "parameters" | "requestBodies" | "responses" => under,
        _ => "schemas",
    }
}

/// The `$ref` of a value, and the references of the schemas that the value combines with `allOf`, `anyOf` or `oneOf`.
fn combined(value: &Value) -> Vec<&str> {
    let members = ["allOf", "anyOf", "oneOf"].into_iter().flat_map(|several| array(&value[several]));
    value["$ref"].as_str().into_iter().chain(members.flat_map(combined)).collect()
}
