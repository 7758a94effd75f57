//! The findings of one run.

use std::fmt;

use crate::document::{Document, Place};
use crate::positions::dotted;
use crate::severity::Severity;

use super::checks;

/// A finding about a part of a spec.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The id of the check.
    pub check: &'static str,
    /// The severity of the check.
    pub severity: Severity,
    /// The file and the line of the part.
    pub place: Place,
    /// The path of the part, such as `components.schemas.Thing`.
    pub part: String,
    /// The problem and its consequence.
    pub message: String,
    /// How to fix the problem.
    pub help: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] {}: ", self.severity, self.check, self.place)?;
        if !self.part.is_empty() {
            write!(f, "{}: ", self.part)?;
        }
        write!(f, "{}\n  help: {}", self.message, self.help)
    }
}

pub(super) struct Findings<'a> {
    pub(super) document: &'a Document,
    pub(super) all: Vec<Finding>,
}

impl Findings<'_> {
    pub(super) fn add(&mut self, check: &'static str, pointer: &str, message: impl Into<String>) {
        self.add_as(check, pointer, dotted(pointer), message);
    }

    pub(super) fn add_as(&mut self, check: &'static str, pointer: &str, part: String, message: impl Into<String>) {
        self.push(check, self.document.place(pointer), part, message);
    }

    pub(super) fn push(&mut self, check: &'static str, place: Place, part: String, message: impl Into<String>) {
        // A test checks that the table contains every id.
        let (severity, help) = checks::find(check).map_or((Severity::Error, ""), |row| (row.severity, row.help));
        self.all.push(Finding { check, severity, place, part, message: message.into(), help });
    }
}
