//! Known deviations from the vendor's documents: changes that `spec diff --ignore` leaves out of the report. Each
//! deviation has a reason.

use crate::diagnostic::Diagnostic;
use crate::document::{Document, Place};
use crate::positions::below;
use crate::spec::{array, object};

use super::report::{Change, Report};
use super::rules;

/// The entries of a file of known deviations.
#[derive(Debug, Clone)]
pub struct Deviations {
    entries: Vec<Deviation>,
}

#[derive(Debug, Clone)]
struct Deviation {
    id: String,
    path: String,
    place: Place,
}

/// A report without the known deviations.
#[derive(Debug, Clone)]
pub struct Filtered {
    /// The report with the remaining changes.
    pub report: Report,
    /// The number of changes that were left out of the report.
    pub ignored: usize,
    /// A diagnostic for each entry that matched no change. Entries about operations that were not compared are not
    /// included.
    pub stale: Vec<Diagnostic>,
}

impl Deviations {
    /// Reads the list `deviations` of a document. Each entry of the list has an `id`, a `path` and a `reason`.
    ///
    /// `id` is the id of a rule. `path` is the path of a changed part, in which `*` matches any text.
    ///
    /// # Errors
    /// One diagnostic for each error in the list, or one diagnostic if the list is missing.
    pub fn parse(document: &Document) -> Result<Self, Vec<Diagnostic>> {
        let mut errors = Vec::new();
        let mut entries = Vec::new();
        if !document.value["deviations"].is_array() {
            errors.push(Diagnostic::new(document, "/deviations", "a list of entries is required"));
        }
        for (index, entry) in array(&document.value["deviations"]).enumerate() {
            let at = below("/deviations", &index.to_string());
            let text = |key: &str| entry[key].as_str().map(str::trim).unwrap_or_default();
            for key in ["id", "path", "reason"].into_iter().filter(|key| text(key).is_empty()) {
                errors.push(Diagnostic::new(document, &at, format!("{key} is required and must be a string")));
            }
            for (key, _) in object(entry).filter(|(key, _)| !["id", "path", "reason"].contains(&key.as_str())) {
                errors.push(Diagnostic::new(document, &below(&at, key), "unknown key; use id, path and reason"));
            }
            let id = text("id").to_owned();
            if !id.is_empty() && !rules::ALL.iter().any(|rule| rule.check == id) {
                errors.push(Diagnostic::new(document, &below(&at, "id"), format!("{id:?} is not a rule of spec diff")));
            }
            entries.push(Deviation { id, path: text("path").to_owned(), place: document.place(&at) });
        }
        if errors.is_empty() { Ok(Self { entries }) } else { Err(errors) }
    }

    /// Removes from a report each change that matches an entry. Also finds the stale entries.
    pub fn filter(&self, mut report: Report) -> Filtered {
        let before = report.changes.len();
        let is_stale = |entry: &&Deviation| {
            entry.is_relevant(&report.operations) && !report.changes.iter().any(|change| entry.matches(change))
        };
        let stale = self.entries.iter().filter(is_stale).map(|entry| Diagnostic {
            place: entry.place.clone(),
            part: entry.path.clone(),
            message: format!("no {} change matches the entry; remove the entry", entry.id),
        });
        let stale = stale.collect();
        report.changes.retain(|change| !self.entries.iter().any(|entry| entry.matches(change)));
        Filtered { ignored: before - report.changes.len(), report, stale }
    }
}

impl Deviation {
    fn matches(&self, change: &Change) -> bool {
        self.id == change.check && matches_pattern(&self.path, &change.part)
    }

    /// Returns true if the entry names one of the compared operations, or no operation.
    ///
    /// A document of the vendor has only one operation, so entries about other operations are ignored and not stale.
    fn is_relevant(&self, operations: &[String]) -> bool {
        let literal = self.path.split('*').next().unwrap_or_default();
        !literal.starts_with("paths.")
            || operations.iter().any(|operation| operation.starts_with(literal) || literal.starts_with(operation))
    }
}

/// Whether a text matches a pattern, in which `*` stands for any text.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    (0..=text.len()).filter(|end| text.is_char_boundary(*end)).any(|end| matches_pattern(rest, &text[end..]))
}
