//! Checks of the OpenAPI version, path items, security schemes and unknown keywords.

use serde_json::Value;

use crate::positions::{below, dotted};
use crate::spec::{array, object};

use super::findings::Findings;

impl Findings<'_> {
    pub(super) fn version(&mut self) {
        let version = &self.document["openapi"];
        if !version.as_str().is_some_and(|version| version.starts_with("3.0.")) {
            let reason = format!("version {version} is not supported; the generator reads 3.0.x only");
            self.add("unsupported-version", "/openapi", "openapi", reason);
        }
    }

    pub(super) fn path_items(&mut self) {
        for (path, item) in object(&self.document["paths"]) {
            let at = below("/paths", path);
            if !path.starts_with('/') && !path.starts_with("x-") {
                self.add("path-without-slash", &at, path, "a path without a leading slash is ignored");
            }
            if item.get("$ref").is_some() {
                self.add("path-reference", &at, path, "the generator panics on a path item that is a $ref");
            }
            if item.get("servers").is_some() {
                let reason = "servers of a path are ignored; the client has one base URL";
                self.add("unsupported-servers", &at, path, reason);
            }
        }
    }

    pub(super) fn security(&mut self) {
        for (name, scheme) in object(&self.document["components"]["securitySchemes"]) {
            let is_bearer = |scheme: &str| scheme.eq_ignore_ascii_case("bearer");
            if scheme["type"] != "http" || !scheme["scheme"].as_str().is_some_and(is_bearer) {
                let at = below("/components/securitySchemes", name);
                let reason = "the client sends HTTP bearer tokens only";
                self.add("unsupported-security-scheme", &at, dotted(&at), reason);
            }
        }
    }

    /// Reports the keywords that [`find_dropped`] found.
    pub(super) fn unknown_keywords(&mut self, dropped: Vec<String>) {
        for at in dropped {
            let holder = at.rsplit_once('/').and_then(|(holder, _)| self.document.pointer(holder));
            if holder.is_some_and(|holder| holder["$ref"].is_string()) {
                let reason = "keywords beside a $ref are ignored";
                self.add("keyword-beside-reference", &at, dotted(&at), reason);
            } else {
                self.add("unknown-keyword", &at, dotted(&at), "an unknown keyword is ignored");
            }
        }
    }
}

/// Finds the keywords that openapiv3's types drop: misspelled keywords, and keywords of another OpenAPI version.
/// Returns their JSON pointers.
pub(super) fn find_dropped(document: &Value) -> Vec<String> {
    let mut dropped = Vec::new();
    // Codegen reports a document that cannot be read at all.
    if let Ok(api) = serde_json::from_value::<openapiv3::OpenAPI>(document.clone()) {
        collect_dropped("", document, &serde_json::to_value(api).unwrap_or_default(), &mut dropped);
    }
    dropped
}

/// Collects the JSON pointers of all parts of `written` that are missing in `read`, except for empty values.
fn collect_dropped(pointer: &str, written: &Value, read: &Value, dropped: &mut Vec<String>) {
    for (key, value) in object(written) {
        let pointer = below(pointer, key);
        match read.get(key) {
            Some(read) => collect_dropped(&pointer, value, read, dropped),
            None if is_empty(value) => {}
            None => dropped.push(pointer),
        }
    }
    for (index, (written, read)) in array(written).zip(array(read)).enumerate() {
        collect_dropped(&below(pointer, &index.to_string()), written, read, dropped);
    }
}

/// Whether a value has the same meaning as an absent value.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}
