//! What is referred to, and what is not.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Findings;
use crate::positions::below;
use crate::spec::{self, Object, Operation, array, object};

/// The kinds of components that references lead to.
const KINDS: [&str; 5] = ["examples", "parameters", "requestBodies", "responses", "schemas"];

pub(super) fn check(found: &mut Findings<'_>) {
    let document = &found.document.value;
    let used = used(document);
    for kind in KINDS {
        for (name, _) in object(&document["components"][kind]) {
            if !used.contains(&format!("#/components/{kind}/{name}")) {
                let at = below(&below("/components", kind), name);
                found.add("unused-component", &at, "no operation leads to it, also by embedded JSON");
            }
        }
    }
    security(found);
    for object in Object::all(document) {
        let keywords = object.keywords;
        if keywords.get("x-embedded-json").is_some() && keywords["type"] != "string" {
            found.add("embedded-json-type", &object.pointer, "has x-embedded-json and is no text");
        }
        let combined = ["allOf", "anyOf", "oneOf"].iter().any(|several| keywords.get(several).is_some());
        if keywords["properties"].is_object() && !combined {
            let missing = array(&keywords["required"]).filter_map(Value::as_str);
            for name in missing.filter(|name| keywords["properties"].get(name).is_none()) {
                found.add(
                    "unknown-required",
                    &object.pointer,
                    format!("requires {name:?}, which is no property of it"),
                );
            }
        }
    }
}

/// References that operations lead to.
fn used(document: &Value) -> BTreeSet<String> {
    let mut pending = Vec::new();
    for (_, item) in object(&document["paths"]) {
        pending.extend(spec::references(item));
        // The extension and what stands under names of the document's choosing are not keywords of the item.
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

/// References to examples, which stand where other references do not count.
fn examples(operation: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    for object in spec::objects_below(operation) {
        found.extend(spec::object(&object["examples"]).filter_map(|(_, example)| example["$ref"].as_str()));
    }
    found
}

fn security(found: &mut Findings<'_>) {
    let document = &found.document.value;
    let own = Operation::all(document).map(|operation| (operation.pointer(), &operation.body["security"]));
    let all: Vec<_> = own.chain([(String::new(), &document["security"])]).collect();
    let schemes = &document["components"]["securitySchemes"];
    let mut named = BTreeSet::new();
    for (pointer, requirements) in all {
        for (name, _) in array(requirements).flat_map(object) {
            named.insert(name);
            if schemes.get(name).is_none() {
                found.add(
                    "unknown-security-scheme",
                    &below(&pointer, "security"),
                    format!("names {name:?}, which is no security scheme"),
                );
            }
        }
    }
    for (name, _) in object(schemes).filter(|(name, _)| !named.contains(name)) {
        found.add("unused-component", &below("/components/securitySchemes", name), "no operation asks for it");
    }
}
