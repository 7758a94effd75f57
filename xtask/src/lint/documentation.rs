//! Checks for missing summaries and descriptions, which become doc comments, and for missing successful responses.

use crate::positions::below;
use crate::spec::{self, Operation, object};

use super::findings::Findings;

pub(super) fn check(findings: &mut Findings<'_>) {
    let document = &findings.document.value;
    for operation in Operation::all(document) {
        let at = operation.pointer();
        if operation.body["summary"].as_str().is_none_or(str::is_empty) {
            findings.add_as("missing-summary", &at, operation.name(), "no summary");
        }
        let mut statuses = object(&operation.body["responses"]).map(|(status, _)| status.as_str());
        if !statuses.any(|status| status.starts_with('2') || status == "default") {
            findings.add_as("missing-success", &at, operation.name(), "no successful response is documented");
        }
    }
    for (name, schema) in object(&document["components"]["schemas"]) {
        let at = below("/components/schemas", name);
        if schema["description"].as_str().is_none_or(str::is_empty) {
            findings.add("missing-description", &at, "no description");
        }
        for (property, schema) in object(&schema["properties"]) {
            if !spec::follow(document, schema)["description"].is_string() {
                findings.add("missing-description", &below(&below(&at, "properties"), property), "no description");
            }
        }
    }
}
