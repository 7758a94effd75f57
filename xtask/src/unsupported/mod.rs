//! Parts of a spec that the generator panics on or ignores. Codegen rejects them before the generator runs.
//!
//! Each check was verified with progenitor 0.15.1. The checks read the document as plain data, because openapiv3's
//! types drop some of the unsupported parts.

mod document;
mod findings;
mod operations;
mod references;
mod schemas;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::parallel;
use crate::spec::{Object, Operation};

use self::findings::Findings;

pub use self::findings::Unsupported;

/// All unsupported parts of a document.
pub fn find(document: &Value) -> Vec<Unsupported> {
    let check = || {
        let mut findings = Findings { document, all: Vec::new(), known: BTreeSet::new() };
        let objects = Object::all(document);
        findings.version();
        findings.references(&objects);
        findings.path_items();
        findings.security();
        for operation in Operation::all(document) {
            findings.operation(&operation);
            findings.operation_parameters(&operation);
            findings.operation_responses(&operation);
        }
        findings.operation_ids();
        findings.schemas(&objects);
        findings.schema_names();
        findings.unnamed_schemas(&objects);
        findings.named_constants(&objects);
        findings.text_enums(&objects);
        findings.recursive_merges(&objects);
        findings.merged_unions(&objects);
        findings
    };
    let (mut findings, dropped) = parallel::join(check, || document::find_dropped(document));
    findings.unknown_keywords(dropped);
    findings.all
}
