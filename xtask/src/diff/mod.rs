//! `cargo xtask spec diff`: the changes between two documents and their effect on programs.

mod comparison;
mod defaults;
pub mod deviations;
mod document;
mod inline;
mod operations;
mod path_template;
mod render;
mod report;
pub mod rules;
mod rust_names;
mod schemas;

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::downgrade::{self, downgrade};
use crate::positions::dotted;
use crate::spec::{Operation, object};

use self::comparison::Comparison;
use self::defaults::without_defaults;
use self::path_template::without_names;

pub use self::report::{Change, Report};
pub use self::rust_names::RustChange;

/// Compares two revisions of one spec, including the Rust names generated from them.
pub fn compare(old: &Document, new: &Document) -> Report {
    let changes = changes(old, new);
    // If the documents do not differ, the generated names do not differ, even if no code can be generated.
    let rust = rust_names::changes(old, new).or_else(|why| if changes.is_empty() { Ok(Vec::new()) } else { Err(why) });
    Report {
        old: old.name.clone(),
        new: new.name.clone(),
        changes,
        rust,
        operations: [old, new].into_iter().flat_map(operation_paths).collect(),
    }
}

/// Returns the changes between two revisions of one spec, sorted by severity, most severe first. Changes of Rust names
/// are not included.
pub fn changes(old: &Document, new: &Document) -> Vec<Change> {
    let (old, new) = (without_defaults(old), without_defaults(new));
    let mut comparison = Comparison::new(&old, &new, true);
    comparison.document();
    comparison.operations();
    comparison.components();
    comparison.finish()
}

/// Whether two documents are revisions of one spec.
///
/// They are if they share a schema name or an operation id, or if neither has schemas. A document that is OpenAPI 3.1 or
/// an Apidog export is never a revision, because it has another source, such as the vendor. [`compare`] compares two
/// revisions, and [`compare_structures`] compares other documents.
pub fn are_revisions(old: &Document, new: &Document) -> bool {
    let names = |document: &Document| -> BTreeSet<(bool, String)> {
        let schemas = object(&document.value["components"]["schemas"]).map(|(name, _)| (true, name.clone()));
        schemas.chain(Operation::all(&document.value).map(|operation| (false, operation.name()))).collect()
    };
    let (before, after) = (names(old), names(new));
    let has_schemas = before.iter().chain(&after).any(|(is_schema, _)| *is_schema);
    let share_names = !before.is_disjoint(&after) || !has_schemas;
    share_names && !downgrade::is_needed(old) && !downgrade::is_needed(new)
}

/// Compares the operations that a vendor's document and a spec have in common.
///
/// References are resolved and combinations are merged first, so that schema names do not matter. Prose, examples and
/// extensions are ignored. Operations are identified by method and path. Operations that only `spec` has are ignored,
/// unless both documents come from the vendor (each is OpenAPI 3.1 or an Apidog export).
///
/// # Errors
/// One diagnostic for each part that cannot be converted to OpenAPI 3.0. If the documents have no operation in common,
/// one diagnostic that lists the operations of the vendor's document.
pub fn compare_structures(vendor: &Document, spec: &Document) -> Result<Report, Vec<Diagnostic>> {
    let have_same_source = downgrade::is_needed(vendor) && downgrade::is_needed(spec);
    let (vendor, spec) = (downgrade(vendor)?.document, downgrade(spec)?.document);
    let place = |operation: &Operation<'_>| (without_names(operation.path), operation.method.to_owned());
    let common: Vec<_> = Operation::all(&spec.value).map(|operation| place(&operation)).collect();
    let (shared, uncovered): (Vec<_>, Vec<_>) =
        Operation::all(&vendor.value).partition(|operation| common.contains(&place(operation)));
    if shared.is_empty() {
        let names: Vec<_> = uncovered.iter().map(Operation::place).collect();
        let message = format!("{} has none of its operations ({})", spec.name, names.join(", "));
        return Err(vec![Diagnostic::new(&vendor, "/paths", message)]);
    }
    let shared: Vec<_> = shared.iter().map(place).collect();
    let [old, new] = [&vendor, &spec].map(|document| without_defaults(&inline::inline(document, &shared)));
    let mut comparison = Comparison::new(&old, &new, false);
    comparison.servers("/servers", &old.value["servers"], &new.value["servers"]);
    comparison.operations();
    for operation in &uncovered {
        let pointer = operation.pointer();
        let (check, message) = if have_same_source {
            ("operation-removed", "removed")
        } else {
            ("operation-uncovered", "not part of the spec")
        };
        comparison.note_at(check, vendor.place(&pointer), &pointer, message);
    }
    let added = Operation::all(&spec.value).filter(|operation| have_same_source && !shared.contains(&place(operation)));
    for operation in added {
        comparison.note_at("operation-added", spec.place(&operation.pointer()), &operation.pointer(), "added");
    }
    Ok(Report {
        old: vendor.name.clone(),
        new: spec.name.clone(),
        changes: comparison.finish(),
        rust: Ok(Vec::new()),
        operations: operation_paths(&old),
    })
}

fn operation_paths(document: &Document) -> Vec<String> {
    Operation::all(&document.value).map(|operation| dotted(&operation.pointer())).collect()
}
