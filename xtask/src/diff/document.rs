//! Comparison of the top-level keywords of a document: info, servers, security schemes, components.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::positions::below;
use crate::spec::array;

use super::comparison::{Comparison, Usage, from_to, keys, shown, without_prose};

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
        // Without a list, the only server is the host of the document. Such a server is not reported.
        let host = json!([{ "url": "/" }]);
        let [(old, was_written), (new, is_written)] =
            [old, new].map(|servers| if array(servers).next().is_none() { (&host, false) } else { (servers, true) });
        let name = |server: &Value| {
            let url = server["url"].as_str().unwrap_or_default();
            let variables = without_prose(&server["variables"]);
            if variables.is_null() { url.to_owned() } else { format!("{url} with {variables}") }
        };
        let before: BTreeSet<_> = array(old).map(name).collect();
        let after: BTreeSet<_> = array(new).map(name).collect();
        for server in before.difference(&after).filter(|_| was_written) {
            self.note("server-removed", at, format!("{server} removed"));
        }
        for server in after.difference(&before).filter(|_| is_written) {
            self.note("server-added", at, format!("{server} added"));
        }
        if before == after && old != new {
            self.note("description-changed", at, from_to(Some(old), Some(new)));
        }
    }

    fn security_schemes(&mut self) {
        let at = "/components/securitySchemes";
        let (old, new) = (&self.old.value["components"], &self.new.value["components"]);
        let (old, new) = (&old["securitySchemes"], &new["securitySchemes"]);
        for name in keys(old, new) {
            let at = below(at, name);
            if old[name].is_null() {
                self.note("security-scheme-added", &at, format!("{} added", shown(&new[name])));
            } else if without_prose(&old[name]) == without_prose(&new[name]) {
                self.compare_rest("description-changed", &at, &old[name], &new[name], &[]);
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
        // Operations are compared after references to these components are resolved.
        let resolved = ["parameters", "requestBodies", "responses"];
        for kind in resolved {
            self.compare_part("component-changed", &below("/components", kind));
        }
        let compared: Vec<_> = resolved.into_iter().chain(["schemas", "securitySchemes"]).collect();
        self.compare_rest("keyword-changed", "/components", old, new, &compared);
    }
}
