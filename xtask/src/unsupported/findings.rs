//! The findings of one run.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

/// An unsupported part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// The id of the check, see [`crate::lint::checks`].
    pub check: &'static str,
    /// The pointer to the part.
    pub pointer: String,
    /// The name of the operation, or the path of the part.
    pub place: String,
    /// The problem, its consequence and an alternative.
    pub reason: String,
}

impl Unsupported {
    /// Whether the part is a reference that cannot be resolved.
    pub fn is_unresolvable(&self) -> bool {
        ["dangling-reference", "reference-cycle", "unsupported-reference"].contains(&self.check)
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

pub(super) struct Findings<'a> {
    pub(super) document: &'a Value,
    pub(super) all: Vec<Unsupported>,
    /// The place and the reason of each finding.
    pub(super) known: BTreeSet<(String, String)>,
}

impl Findings<'_> {
    /// Adds a finding, unless a finding with the same place and reason exists.
    pub(super) fn add(
        &mut self,
        check: &'static str,
        pointer: impl Into<String>,
        place: impl Into<String>,
        reason: impl Into<String>,
    ) {
        let found = Unsupported { check, pointer: pointer.into(), place: place.into(), reason: reason.into() };
        if self.known.insert((found.place.clone(), found.reason.clone())) {
            self.all.push(found);
        }
    }
}
