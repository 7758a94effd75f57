//! Comparison of the top-level keywords of a document: info, servers, security schemes, components.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::positions::below;
use crate::spec::array;

use super::comparison::{Comparison, Usage, from_to, keys, shown};

/// Top-level keywords that are compared separately.
const COMPARED: [&str; 6] = ["components", "info", "paths", "security", "servers", "openapi"];

impl Comparison<'_> {
    pub(super) fn document(&mut self) {
        let (old, new) = (&self.old.value, &self.new.value);
        self.compare_part("title-changed", "/info/title");
        self.compare_part("version-changed", "/info/version");
        self.compare_part("description-changed", "/info/description");
        let compared = ["title", "version", "description"];
        self.compare_rest("description-changed", "/info", &old["info"], &new["info"], &compared);
        self.servers("/servers", &old["servers"], &new["servers"]);
        self.security_schemes();
        self.compare_part("keyword-changed", "/openapi");
        self.compare_rest("keyword-changed", "", old, new, &COMPARED);
    }

    pub(super) fn servers(&mut self, at: &str, old: &Value, new: &Value) {
        let url = |server: &Value| server["url"].as_str().unwrap_or_default().to_owned();
        let before: BTreeSet<_> = array(old).map(url).collect();
        let after: BTreeSet<_> = array(new).map(url).collect();
        for url in before.difference(&after) {
            self.note("server-removed", at, format!("{url} removed"));
        }
        for url in after.difference(&before) {
            self.note("server-added", at, format!("{url} added"));
        }
        if before == after && old != new {
            self.note("description-changed", at, "a description or the order of the servers changed");
        }
    }

    fn security_schemes(&mut self) {
        let at = "/components/securitySchemes";
        let (old, new) = (&self.old.value["components"], &self.new.value["components"]);
        let (old, new) = (&old["securitySchemes"], &new["securitySchemes"]);
        for name in keys(old, new) {
            let at = below(at, name);
            let (mut before, mut after) = (old[name].clone(), new[name].clone());
            for scheme in [&mut before, &mut after] {
                scheme.as_object_mut().map(|scheme| scheme.remove("description"));
            }
            if before.is_null() {
                self.note("security-scheme-added", &at, format!("{} added", shown(&after)));
            } else if before == after {
                self.compare_part("description-changed", &below(&at, "description"));
            } else {
                self.note("security-changed", &at, from_to(old.get(name), new.get(name)));
            }
        }
    }

    /// Compares component schemas one by one, and other components as a whole.
    pub(super) fn components(&mut self) {
        let (old, new) = (&self.old.value["components"], &self.new.value["components"]);
        for name in keys(&old["schemas"], &new["schemas"]) {
            let at = below("/components/schemas", name);
            let usage = Usage::of(name, self.old, self.new);
            match (old["schemas"].get(name), new["schemas"].get(name)) {
                (Some(_), None) => self.note("schema-removed", &at, "removed"),
                (None, Some(_)) => self.note("schema-added", &at, "added"),
                (Some(before), Some(after)) => self.schema(&at, usage, before, after),
                (None, None) => {}
            }
        }
        self.compare_rest("component-changed", "/components", old, new, &["schemas", "securitySchemes"]);
    }
}
