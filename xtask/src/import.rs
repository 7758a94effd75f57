//! `cargo xtask spec import`: a vendor's document, lowered to OpenAPI 3.0 and put right by the project's overlay.

mod lower;
mod overlay;
mod schemas;

use std::fmt;

use serde_json::Value;

use crate::document::{Document, Place};

/// Something that stands in the way, or that somebody has to know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The line of the vendor's document or of the overlay.
    pub place: Place,
    /// The part of it, as people write it.
    pub part: String,
    /// What is there, and what becomes of it.
    pub message: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.part.is_empty() {
            write!(f, "{}: ", self.part)?;
        }
        f.write_str(&self.message)
    }
}

/// A document that was lowered.
#[derive(Debug, Clone)]
pub struct Lowered {
    /// It, in OpenAPI 3.0.
    pub value: Value,
    /// What was left out on the way, and says nothing to a generator.
    pub notes: Vec<Remark>,
}

/// Lowers a document of OpenAPI 3.1 to 3.0; one of 3.0 stays as it is.
///
/// # Errors
/// What 3.0 has no words for, each with its place.
pub fn lower(document: &Document) -> Result<Lowered, Vec<Remark>> {
    lower::lower(document)
}

/// What came of corrections.
#[derive(Debug, Clone)]
pub struct Corrected {
    /// The document with those that applied.
    pub value: Value,
    /// Those that did not, and why.
    pub problems: Vec<Remark>,
}

/// Applies the actions of an Overlay 1.0 document, in order.
///
/// # Errors
/// In words, if it is no such document.
pub fn correct(value: Value, overlay: &Document) -> Result<Corrected, Remark> {
    overlay::apply(value, overlay)
}
