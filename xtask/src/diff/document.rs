//! The document as a whole: title, servers, security, components that are no schemas.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Comparison, Use};
use crate::positions::below;
use crate::spec::{array, object};

/// Keywords of the document that are compared part by part.
const OWN: [&str; 6] = ["components", "info", "paths", "security", "servers", "openapi"];

impl Comparison<'_> {
    pub(super) fn document(&mut self) {
        let (old, new) = (&self.old.value, &self.new.value);
        self.prose("title-changed", "/info/title");
        self.prose("version-changed", "/info/version");
        self.prose("description-changed", "/info/description");
        let (mut before, mut after) = (old["info"].clone(), new["info"].clone());
        for info in [&mut before, &mut after] {
            for key in ["title", "version", "description"] {
                info.as_object_mut().map(|info| info.remove(key));
            }
        }
        self.rest("description-changed", "/info", &before, &after, &[]);
        self.servers();
        self.differing("security-changed", "/security", "who is let in changed");
        let schemes = (
            "/components/securitySchemes",
            &old["components"]["securitySchemes"],
            &new["components"]["securitySchemes"],
        );
        for name in keys(schemes.1, schemes.2) {
            let at = below(schemes.0, name);
            let (mut before, mut after) = (schemes.1[name].clone(), schemes.2[name].clone());
            for scheme in [&mut before, &mut after] {
                scheme.as_object_mut().map(|scheme| scheme.remove("description"));
            }
            if before == after {
                self.differing("description-changed", &at, "its words changed");
            } else {
                self.note("security-changed", &at, format!("{} became {}", shown(&before), shown(&after)));
            }
        }
        self.differing("keyword-changed", "/openapi", "the version of the format changed");
        self.rest("keyword-changed", "", old, new, &OWN);
    }

    fn servers(&mut self) {
        let url = |server: &Value| server["url"].as_str().unwrap_or_default().to_owned();
        let (old, new) = (&self.old.value["servers"], &self.new.value["servers"]);
        let before: BTreeSet<_> = array(old).map(url).collect();
        let after: BTreeSet<_> = array(new).map(url).collect();
        for gone in before.difference(&after) {
            self.note("server-removed", "/servers", format!("{gone} is gone"));
        }
        for come in after.difference(&before) {
            self.note("server-added", "/servers", format!("{come} is new"));
        }
        if before == after && old != new {
            self.note("description-changed", "/servers", "their words or their order changed");
        }
    }

    /// Component schemas one by one, other components as they are.
    pub(super) fn components(&mut self) {
        let (old, new) = (&self.old.value["components"], &self.new.value["components"]);
        for name in keys(&old["schemas"], &new["schemas"]) {
            let at = below("/components/schemas", name);
            let usage = Use::of(name, self.old, self.new);
            match (old["schemas"].get(name), new["schemas"].get(name)) {
                (Some(_), None) => self.note("schema-removed", &at, "is gone"),
                (None, Some(_)) => self.note("schema-added", &at, "is new"),
                (Some(before), Some(after)) => self.schema(&at, usage, before, after),
                (None, None) => {}
            }
        }
        self.rest("component-changed", "/components", old, new, &["schemas", "securitySchemes"]);
    }

    /// A text at the same place of both.
    pub(super) fn prose(&mut self, check: &'static str, pointer: &str) {
        let (before, after) = (self.old.value.pointer(pointer), self.new.value.pointer(pointer));
        if before != after {
            let message = format!("{} became {}", maybe(before), maybe(after));
            self.note(check, pointer, message);
        }
    }

    pub(super) fn differing(&mut self, check: &'static str, pointer: &str, message: &str) {
        if self.old.value.pointer(pointer) != self.new.value.pointer(pointer) {
            self.note(check, pointer, message);
        }
    }

    /// Entries that differ and that nobody else compares, so that no change goes unnoticed.
    pub(super) fn rest(&mut self, check: &'static str, pointer: &str, old: &Value, new: &Value, known: &[&str]) {
        for key in keys(old, new) {
            if !known.contains(&key.as_str()) && old.get(key) != new.get(key) {
                let message = format!("{key}: {} became {}", maybe(old.get(key)), maybe(new.get(key)));
                self.note(check, &below(pointer, key), message);
            }
        }
    }
}

/// The keys of either, in order.
pub(super) fn keys<'a>(old: &'a Value, new: &'a Value) -> BTreeSet<&'a String> {
    object(old).chain(object(new)).map(|(key, _)| key).collect()
}

pub(super) fn maybe(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), shown)
}

/// A value on a line.
pub(super) fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = if value.is_null() { "nothing".to_owned() } else { value.to_string() };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
