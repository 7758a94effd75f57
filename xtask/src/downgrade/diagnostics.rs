//! The diagnostics of one conversion.

use crate::diagnostic::Diagnostic;
use crate::document::Document;

/// Collects errors and notes about a document.
pub(super) struct Diagnostics<'a> {
    document: &'a Document,
    pub(super) errors: Vec<Diagnostic>,
    pub(super) notes: Vec<Diagnostic>,
}

impl<'a> Diagnostics<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self { document, errors: Vec::new(), notes: Vec::new() }
    }

    /// Adds an error about a part that cannot be converted.
    pub(super) fn error(&mut self, pointer: &str, message: impl Into<String>) {
        self.errors.push(Diagnostic::new(self.document, pointer, message));
    }

    /// Adds a note about a part that was removed.
    pub(super) fn note(&mut self, pointer: &str, message: impl Into<String>) {
        self.notes.push(Diagnostic::new(self.document, pointer, message));
    }
}
