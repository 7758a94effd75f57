//! A message about one part of a document.

use std::fmt;

use crate::document::{Document, Place};
use crate::positions::dotted;

/// A message about a part of a document, with the line of the part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file and the line of the part.
    pub place: Place,
    /// The path of the part, such as `components.schemas.Thing`. Empty for the whole document.
    pub part: String,
    /// The message.
    pub message: String,
}

impl Diagnostic {
    /// Creates a message about the part of a document at a JSON pointer.
    pub fn new(document: &Document, pointer: &str, message: impl Into<String>) -> Self {
        Self { place: document.place(pointer), part: dotted(pointer), message: message.into() }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.part.is_empty() {
            write!(f, "{}: ", self.part)?;
        }
        f.write_str(&self.message)
    }
}
