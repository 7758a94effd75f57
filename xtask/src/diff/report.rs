//! The result of a comparison.

use crate::document::Place;
use crate::severity::Effect;

use super::rust_names::RustChange;

/// A change of the document.
#[derive(Debug, Clone)]
pub struct Change {
    /// The id of the rule, see [`super::rules`].
    pub check: &'static str,
    /// The effect on programs.
    pub effect: Effect,
    /// The line in the new document, or in the old one if the part was removed.
    pub place: Place,
    /// The path of the part, such as `components.schemas.Thing`.
    pub part: String,
    /// The description of the change, such as `changed from 5 to 6`.
    pub message: String,
}

/// All changes between two documents.
#[derive(Debug, Clone)]
pub struct Report {
    /// The name of the old document.
    pub old: String,
    /// The name of the new document.
    pub new: String,
    /// Changes of the document, the most severe first.
    pub changes: Vec<Change>,
    /// Rust names that were added, removed or changed, or the reason why no code can be generated.
    pub rust: Result<Vec<RustChange>, String>,
    /// The paths of the compared operations, such as `paths./things.get`.
    pub operations: Vec<String>,
}

impl Report {
    /// The most severe effect. None if nothing changed.
    pub fn effect(&self) -> Option<Effect> {
        let changes = self.changes.iter().map(|change| change.effect);
        let rust = self.rust.iter().flatten().map(|change| change.effect);
        let no_code = self.rust.as_ref().err().map(|_| Effect::Breaking);
        changes.chain(rust).chain(no_code).max()
    }
}
