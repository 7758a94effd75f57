//! `cargo xtask spec lint`: what is wrong with a spec, where, and how to mend it.

mod examples;
mod prose;
mod uses;

use std::fmt;

use crate::checks;
use crate::codegen::{self, Error};
use crate::document::{Document, Place};
use crate::level::Level;
use crate::positions::dotted;
use crate::refuse;

/// Something wrong with a document.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The check that found it.
    pub check: &'static str,
    /// How much it weighs.
    pub level: Level,
    /// The line.
    pub place: Place,
    /// The part of the document, as people write it.
    pub part: String,
    /// What is there, and what would come of it.
    pub message: String,
    /// What to do about it.
    pub mend: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] {}: ", self.level, self.check, self.place)?;
        if !self.part.is_empty() {
            write!(f, "{}: ", self.part)?;
        }
        write!(f, "{}\n  mend: {}", self.message, self.mend)
    }
}

/// Everything that the checks find, in the order of the lines.
pub fn lint(document: &Document) -> Vec<Finding> {
    let mut found = Findings { document, found: Vec::new() };
    let refusals = refuse::check(&document.value);
    let refused = !refusals.is_empty();
    // What refers to nothing, or to itself, cannot be followed.
    let sound =
        !refusals.iter().any(|refusal| refusal.check.ends_with("-reference") || refusal.check == "reference-form");
    for refusal in refusals {
        found.add_as(refusal.check, &refusal.pointer, refusal.place, refusal.reason);
    }
    uses::check(&mut found);
    prose::check(&mut found);
    if sound {
        examples::check(&mut found);
    }
    if !refused && let Err(Error::Generator { place, part, message }) = codegen::generate_from(document) {
        found.push("generator-failed", place, part.unwrap_or_default(), message);
    }
    found.found.sort_by(|one, other| (&one.place, one.check).cmp(&(&other.place, other.check)));
    found.found
}

struct Findings<'a> {
    document: &'a Document,
    found: Vec<Finding>,
}

impl Findings<'_> {
    fn add(&mut self, check: &'static str, pointer: &str, message: impl Into<String>) {
        self.add_as(check, pointer, dotted(pointer), message);
    }

    fn add_as(&mut self, check: &'static str, pointer: &str, part: String, message: impl Into<String>) {
        self.push(check, self.document.place(pointer), part, message);
    }

    fn push(&mut self, check: &'static str, place: Place, part: String, message: impl Into<String>) {
        // A test holds that every check has its row.
        let (level, mend) = checks::find(check).map_or((Level::Error, ""), |row| (row.level, row.mend));
        self.found.push(Finding { check, level, place, part, message: message.into(), mend });
    }
}
