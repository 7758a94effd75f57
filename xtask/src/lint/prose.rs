//! What has no words: doc comments come from them.

use super::Findings;
use crate::positions::below;
use crate::spec::{self, Operation, object};

pub(super) fn check(found: &mut Findings<'_>) {
    let document = &found.document.value;
    for operation in Operation::all(document) {
        let at = operation.pointer();
        if operation.body["summary"].as_str().is_none_or(str::is_empty) {
            found.add_as("missing-summary", &at, operation.name(), "has no summary");
        }
        let statuses = object(&operation.body["responses"]).map(|(status, _)| status.as_str());
        if !statuses.into_iter().any(|status| status.starts_with('2') || status == "default") {
            found.add_as("missing-success", &at, operation.name(), "describes no answer of a call that succeeds");
        }
    }
    for (name, schema) in object(&document["components"]["schemas"]) {
        let at = below("/components/schemas", name);
        if schema["description"].as_str().is_none_or(str::is_empty) {
            found.add("missing-description", &at, "has no description");
        }
        for (property, schema) in object(&schema["properties"]) {
            let described = spec::follow(document, schema)["description"].is_string();
            if !described {
                found.add("missing-description", &below(&below(&at, "properties"), property), "has no description");
            }
        }
    }
}
