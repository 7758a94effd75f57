//! `cargo xtask spec diff`: what changed between two specs, as those see it who use the API through this project's types.

mod document;
mod operations;
mod render;
pub mod rules;
mod rust;
mod schemas;

use crate::document::{Document, Place};
use crate::level::Effect;
use crate::positions::dotted;
use crate::spec;

pub use rust::{Item, RustChange};

/// A change of the document.
#[derive(Debug, Clone)]
pub struct Change {
    /// The check that found it; [`rules`] has them all.
    pub check: &'static str,
    /// What it does to a consumer.
    pub effect: Effect,
    /// The line: of the new document, or of the old one for what is gone.
    pub place: Place,
    /// The part of the document, as people write it.
    pub part: String,
    /// What it was and what it is.
    pub message: String,
}

/// All that differs between two documents.
#[derive(Debug, Clone)]
pub struct Report {
    /// What the old document is called.
    pub old: String,
    /// What the new document is called.
    pub new: String,
    /// Changes of the document, the gravest first.
    pub changes: Vec<Change>,
    /// Rust names that appear, disappear or change; or why the code of one of the two cannot be generated.
    pub rust: Result<Vec<RustChange>, String>,
}

impl Report {
    /// The gravest effect; none if nothing differs.
    pub fn effect(&self) -> Option<Effect> {
        let changes = self.changes.iter().map(|change| change.effect);
        let rust = self.rust.iter().flatten().map(|change| change.effect);
        let ungenerated = self.rust.as_ref().err().map(|_| Effect::Breaking);
        changes.chain(rust).chain(ungenerated).max()
    }
}

/// Compares two documents.
pub fn compare(old: &Document, new: &Document) -> Report {
    Report { old: old.name.clone(), new: new.name.clone(), changes: changes(old, new), rust: rust::changes(old, new) }
}

/// The changes of the documents alone, the gravest first.
pub fn changes(old: &Document, new: &Document) -> Vec<Change> {
    let mut comparison = Comparison { old, new, changes: Vec::new() };
    comparison.document();
    comparison.operations();
    comparison.components();
    let mut changes = comparison.changes;
    changes.sort_by(|one, other| (other.effect, &one.place).cmp(&(one.effect, &other.place)));
    changes
}

struct Comparison<'a> {
    old: &'a Document,
    new: &'a Document,
    changes: Vec<Change>,
}

/// Where a schema is used: what a change of it does depends on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Use {
    answers: bool,
    requests: bool,
}

impl Use {
    const ANSWERS: Self = Self { answers: true, requests: false };
    const REQUESTS: Self = Self { answers: false, requests: true };

    /// Where the component schema of a name is used, in either document.
    fn of(name: &str, old: &Document, new: &Document) -> Self {
        let either = |names: fn(&serde_json::Value) -> std::collections::BTreeSet<String>| {
            [old, new].iter().any(|document| names(&document.value).contains(name))
        };
        Self { answers: either(spec::answer_schemas), requests: either(spec::request_schemas) }
    }
}

impl Comparison<'_> {
    /// Notes a change whose effect does not depend on where it is used.
    fn note(&mut self, check: &'static str, pointer: &str, message: impl Into<String>) {
        self.note_in(check, Use::ANSWERS, pointer, message);
    }

    fn note_in(&mut self, check: &'static str, usage: Use, pointer: &str, message: impl Into<String>) {
        let rule = rules::find(check);
        let effects = [(usage.answers, rule.answers), (usage.requests, rule.requests)];
        let effect = effects.iter().filter(|(used, _)| *used).map(|(_, effect)| *effect).max();
        let gone = self.new.value.pointer(pointer).is_none() && self.old.value.pointer(pointer).is_some();
        let document = if gone { self.old } else { self.new };
        self.changes.push(Change {
            check,
            // A schema that no operation uses does nothing to anybody.
            effect: effect.unwrap_or(Effect::Safe),
            place: document.place(pointer),
            part: dotted(pointer),
            message: message.into(),
        });
    }
}
