//! Checks for unused components and for invalid uses of schemas and security schemes.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::positions::below;
use crate::spec::{self, Object, Operation, array, object};

use super::findings::Findings;

/// The kinds of components that can be referred to.
const KINDS: [&str; 5] = ["examples", "parameters", "requestBodies", "responses", "schemas"];

pub(super) fn check(findings: &mut Findings<'_>) {
    let document = &findings.document.value;
    let used = used(document);
    for kind in KINDS {
        for (name, _) in object(&document["components"][kind]) {
            if !used.contains(&format!("#/components/{kind}/{name}")) {
                let at = below(&below("/components", kind), name);
                findings.add(
                    "unused-component",
                    &at,
                    "no operation refers to this component, not even through other components or x-embedded-json",
                );
            }
        }
    }
    security(findings);
    for object in Object::all(document) {
        let keywords = object.keywords;
        if keywords.get("x-embedded-json").is_some() && keywords["type"] != "string" {
            findings.add("embedded-json-type", &object.pointer, "x-embedded-json on a schema whose type is not string");
        }
        let combined = ["allOf", "anyOf", "oneOf"].iter().any(|several| keywords.get(several).is_some());
        if keywords["properties"].is_object() && !combined {
            let missing = array(&keywords["required"]).filter_map(Value::as_str);
            for name in missing.filter(|name| keywords["properties"].get(name).is_none()) {
                findings.add(
                    "unknown-required-property",
                    &object.pointer,
                    format!("the required property {name:?} is not in `properties`"),
                );
            }
        }
    }
}

/// All references that operations use, directly or indirectly.
fn used(document: &Value) -> BTreeSet<String> {
    let mut pending = Vec::new();
    for (_, item) in object(&document["paths"]) {
        pending.extend(spec::references(item));
        for operation in Operation::METHODS.iter().filter_map(|method| item.get(*method)) {
            pending.extend(examples(operation));
        }
    }
    let mut seen = BTreeSet::new();
    while let Some(reference) = pending.pop() {
        if seen.insert(reference.to_owned())
            && let Some(target) = spec::resolve(document, reference)
        {
            pending.extend(spec::references(target));
        }
    }
    seen
}

/// The references of an operation to example components. [`spec::references`] excludes them, because examples are data.
fn examples(operation: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    for object in spec::objects_below(operation) {
        found.extend(spec::object(&object["examples"]).filter_map(|(_, example)| example["$ref"].as_str()));
    }
    found
}

fn security(findings: &mut Findings<'_>) {
    let document = &findings.document.value;
    let own = Operation::all(document).map(|operation| (operation.pointer(), &operation.body["security"]));
    let all: Vec<_> = own.chain([(String::new(), &document["security"])]).collect();
    let schemes = &document["components"]["securitySchemes"];
    let mut named = BTreeSet::new();
    for (pointer, requirements) in all {
        for (name, _) in array(requirements).flat_map(object) {
            named.insert(name);
            if schemes.get(name).is_none() {
                findings.add(
                    "unknown-security-scheme",
                    &below(&pointer, "security"),
                    format!("{name:?} is not a security scheme"),
                );
            }
        }
    }
    for (name, _) in object(schemes).filter(|(name, _)| !named.contains(name)) {
        findings.add("unused-component", &below("/components/securitySchemes", name), "no operation uses it");
    }
}
