//! The state of a comparison, and functions that format old and new values.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::{Document, Place};
use crate::positions::{below, dotted};
use crate::severity::Effect;
use crate::spec::{self, object};

use super::report::Change;
use super::rules;

/// Two documents and the changes found so far.
pub(super) struct Comparison<'a> {
    pub(super) old: &'a Document,
    pub(super) new: &'a Document,
    /// Whether the documents are revisions of one spec. If true, a change of the error type of a method is reported.
    pub(super) are_revisions: bool,
    changes: Vec<Change>,
}

/// Keywords that are only documentation, wherever they occur.
const PROSE: [&str; 5] = ["description", "externalDocs", "summary", "tags", "title"];

/// The places where a schema is used: responses, requests, both or neither. The effect of a change depends on the
/// usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    responses: bool,
    requests: bool,
}

impl Usage {
    pub(super) const RESPONSES: Self = Self { responses: true, requests: false };
    pub(super) const REQUESTS: Self = Self { responses: false, requests: true };

    /// The usage of a component schema in the old and the new document together.
    pub(super) fn of(name: &str, old: &Document, new: &Document) -> Self {
        let either = |names: fn(&Value) -> BTreeSet<String>| {
            [old, new].iter().any(|document| names(&document.value).contains(name))
        };
        Self { responses: either(spec::response_schemas), requests: either(spec::request_schemas) }
    }
}

impl<'a> Comparison<'a> {
    pub(super) fn new(old: &'a Document, new: &'a Document, are_revisions: bool) -> Self {
        Self { old, new, are_revisions, changes: Vec::new() }
    }

    /// Returns the changes, the most severe first.
    pub(super) fn finish(mut self) -> Vec<Change> {
        self.changes.sort_by(|one, other| (other.effect, &one.place).cmp(&(one.effect, &other.place)));
        self.changes
    }

    /// Adds a change whose effect is the same for responses and requests.
    pub(super) fn note(&mut self, check: &'static str, pointer: &str, message: impl Into<String>) {
        self.note_in(check, Usage::RESPONSES, pointer, message);
    }

    pub(super) fn note_in(&mut self, check: &'static str, usage: Usage, pointer: &str, message: impl Into<String>) {
        let rule = rules::find(check);
        // Structs of responses are non-exhaustive, even if requests use them too.
        let is_open = usage.responses && check == "property-added";
        let effects = [(usage.responses, rule.responses), (usage.requests && !is_open, rule.requests)];
        let effect = effects.iter().filter(|(is_used, _)| *is_used).map(|(_, effect)| *effect).max();
        // The type of a schema that no operation uses is generated like the type of a request.
        let effect = effect.unwrap_or(rule.requests);
        let removed = self.new.value.pointer(pointer).is_none() && self.old.value.pointer(pointer).is_some();
        let place = if removed { self.old } else { self.new }.place(pointer);
        self.push(check, effect, place, pointer, message.into());
    }

    /// Adds a change, unless the same check has already reported a change at this pointer.
    pub(super) fn note_once(&mut self, check: &'static str, pointer: &str, message: String) {
        let part = dotted(pointer);
        if !self.changes.iter().any(|change| (change.check, &change.part) == (check, &part)) {
            self.note(check, pointer, message);
        }
    }

    /// Adds a change at a given place, which may be in a document other than the two compared documents.
    pub(super) fn note_at(&mut self, check: &'static str, place: Place, pointer: &str, message: &str) {
        self.push(check, rules::find(check).responses, place, pointer, message.to_owned());
    }

    fn push(&mut self, check: &'static str, effect: Effect, place: Place, pointer: &str, message: String) {
        self.changes.push(Change { check, effect, place, part: dotted(pointer), message });
    }

    /// Adds a change if the part at a pointer differs between the documents.
    pub(super) fn compare_part(&mut self, check: &'static str, pointer: &str) {
        let (old, new) = (self.old, self.new);
        self.compare_value(check, pointer, old.value.pointer(pointer), new.value.pointer(pointer));
    }

    /// Adds a change if two values differ.
    pub(super) fn compare_value(
        &mut self,
        check: &'static str,
        pointer: &str,
        before: Option<&Value>,
        after: Option<&Value>,
    ) {
        if before != after {
            self.note(check, pointer, from_to(before, after));
        }
    }

    /// Compares the entries of two objects, and adds a change for each difference. Entries with a key in `compared` are
    /// skipped, because they are compared elsewhere.
    pub(super) fn compare_rest(
        &mut self,
        check: &'static str,
        pointer: &str,
        old: &Value,
        new: &Value,
        compared: &[&str],
    ) {
        for key in keys(old, new) {
            let (was, is) = (old.get(key), new.get(key));
            if !compared.contains(&key.as_str()) && was != is {
                let plain = |value: Option<&Value>| value.map(without_prose);
                let check = match key.as_str() {
                    key if key.starts_with("x-") => "extension-changed",
                    key if PROSE.contains(&key) => "description-changed",
                    "example" | "examples" => "examples-changed",
                    "deprecated" if is == Some(&Value::Bool(true)) => "part-deprecated",
                    "deprecated" => "part-undeprecated",
                    _ if plain(was) == plain(is) => "description-changed",
                    _ => check,
                };
                self.note(check, &below(pointer, key), format!("{key}: {}", from_to(was, is)));
            }
        }
    }
}

/// The keys of two objects, sorted and without duplicates.
pub(super) fn keys<'a>(old: &'a Value, new: &'a Value) -> BTreeSet<&'a String> {
    object(old).chain(object(new)).map(|(key, _)| key).collect()
}

/// A value without descriptions, examples and extensions, at any depth. Of OAuth scopes, only the names are kept.
pub(super) fn without_prose(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let is_prose = |key: &str, value: &Value| {
                let is_text = value.is_string() && ["description", "summary", "title"].contains(&key);
                is_text || key.starts_with("x-") || ["example", "examples", "externalDocs"].contains(&key)
            };
            let kept = entries.iter().filter(|(key, value)| !is_prose(key, value));
            let plain = kept.map(|(key, value)| match (key.as_str(), value) {
                ("scopes", Value::Object(scopes)) => (key.clone(), scopes.keys().cloned().collect()),
                // The keys of properties are names.
                ("properties", Value::Object(properties)) => {
                    let plain = properties.iter().map(|(name, schema)| (name.clone(), without_prose(schema)));
                    (key.clone(), Value::Object(plain.collect()))
                }
                _ => (key.clone(), without_prose(value)),
            });
            Value::Object(plain.collect())
        }
        Value::Array(items) => items.iter().map(without_prose).collect(),
        _ => value.clone(),
    }
}

/// Describes the change of a value, such as `5 added` or `changed from 5 to 6`. None is an absent value.
pub(super) fn from_to(old: Option<&Value>, new: Option<&Value>) -> String {
    match (old, new) {
        (None, Some(new)) => format!("{} added", shown(new)),
        (Some(old), None) => format!("{} removed", shown(old)),
        (None, None) => "absent".to_owned(),
        (Some(old), Some(new)) => {
            let (mut before, mut after) = (shown(old), shown(new));
            if before == after {
                // The first difference is after the shown part, so the equal beginning is left out.
                let (old, new) = (old.to_string(), new.to_string());
                let equal = old.chars().zip(new.chars()).take_while(|(one, other)| one == other).count();
                let rest = |text: &str| shortened(&text.chars().skip(equal.saturating_sub(20)).collect::<String>());
                (before, after) = (format!("…{}", rest(&old)), format!("…{}", rest(&new)));
            }
            format!("changed from {before} to {after}")
        }
    }
}

/// A value as JSON on one line, shortened to 60 characters.
pub(super) fn shown(value: &Value) -> String {
    shortened(&value.to_string())
}

fn shortened(text: &str) -> String {
    const MAX_CHARS: usize = 60;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
