//! What the generator would panic on or drop without a word, turned down before it runs.
//!
//! Each check was tried against progenitor 0.15.1. A check looks at the document as plain data, so that it can also name
//! what openapiv3's types have no place for.

mod operations;
mod schemas;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::positions::{below, dotted};
use crate::spec::{self, Object, Operation, array, object};

/// One reason not to generate from a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The check that found it; [`crate::checks`] has them all.
    pub check: &'static str,
    /// The pointer to where it is.
    pub pointer: String,
    /// The operation, or the place in the document where it is not an operation's.
    pub place: String,
    /// What is there, what would come of it, and what to write instead.
    pub reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

/// All reasons not to generate from a document; empty if there is none.
pub fn check(document: &Value) -> Vec<Refusal> {
    let mut found = Findings { document, refusals: Vec::new() };
    found.version();
    found.references();
    found.path_items();
    found.security();
    for operation in Operation::all(document) {
        found.operation(&operation);
        found.operation_parameters(&operation);
        found.operation_responses(&operation);
    }
    found.operation_ids();
    found.schemas();
    found.schema_names();
    found.named_numbers();
    found.text_enums();
    found.endless_merges();
    found.unread();
    found.refusals
}

struct Findings<'a> {
    document: &'a Value,
    refusals: Vec<Refusal>,
}

impl Findings<'_> {
    fn refuse(
        &mut self,
        check: &'static str,
        pointer: impl Into<String>,
        place: impl Into<String>,
        reason: impl Into<String>,
    ) {
        let refusal = Refusal { check, pointer: pointer.into(), place: place.into(), reason: reason.into() };
        let known = |known: &Refusal| (&known.place, &known.reason) == (&refusal.place, &refusal.reason);
        if !self.refusals.iter().any(known) {
            self.refusals.push(refusal);
        }
    }

    fn version(&mut self) {
        let version = self.document["openapi"].as_str().unwrap_or_default();
        if !version.starts_with("3.0.") {
            self.refuse(
                "openapi-version",
                "/openapi",
                "openapi",
                format!("is {version:?}; the generator reads 3.0.x only"),
            );
        }
    }

    fn references(&mut self) {
        // A path item's reference is refused as such.
        for object in Object::all(self.document).iter().filter(|object| object.under != "paths") {
            for reference in object.references() {
                let kind = referred_kind(object.under);
                let component = reference.strip_prefix("#/components/").and_then(|rest| rest.split_once('/'));
                if spec::resolve(self.document, reference).is_none() {
                    let reason = "points nowhere; only references within the document are followed";
                    self.refuse("dangling-reference", &object.pointer, reference, reason);
                } else if component.is_none_or(|(found, name)| found != kind || name.contains('/')) {
                    let reason =
                        format!("is not of the form #/components/{kind}/NAME, and the generator looks nowhere else");
                    let place = format!("{}: {reference}", object.place());
                    self.refuse("reference-form", &object.pointer, place, reason);
                } else if self.is_endless(reference) {
                    let reason = "comes back to itself with nothing in between; the generator would never end";
                    self.refuse("endless-reference", &object.pointer, reference, reason);
                }
            }
        }
    }

    /// Whether a reference leads back to itself by references and combinations alone: no property, no item in between.
    fn is_endless(&self, start: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut pending = vec![start];
        while let Some(reference) = pending.pop() {
            if let (true, Some(target)) = (seen.insert(reference), spec::resolve(self.document, reference)) {
                let mut found = Vec::new();
                combined(target, &mut found);
                if found.contains(&start) {
                    return true;
                }
                pending.extend(found);
            }
        }
        false
    }

    fn path_items(&mut self) {
        for (path, item) in object(&self.document["paths"]) {
            let at = below("/paths", path);
            if !path.starts_with('/') && !path.starts_with("x-") {
                let reason = "the path does not start with a slash and would be dropped without a word";
                self.refuse("path-without-slash", &at, path, reason);
            }
            if item.get("$ref").is_some() {
                let reason = "the path item is a $ref, on which the generator panics; write it out";
                self.refuse("path-reference", &at, path, reason);
            }
            if item.get("servers").is_some() {
                let reason = "servers of a path would be dropped; the client has one base URL";
                self.refuse("dropped-servers", &at, path, reason);
            }
        }
    }

    fn security(&mut self) {
        for (name, scheme) in object(&self.document["components"]["securitySchemes"]) {
            let bearer =
                scheme["type"] == "http" && scheme["scheme"].as_str().is_some_and(|s| s.eq_ignore_ascii_case("bearer"));
            if !bearer {
                let at = below("/components/securitySchemes", name);
                let reason = "the generator ignores security; the client sends HTTP bearer tokens and nothing else";
                self.refuse("security-scheme", &at, dotted(&at), reason);
            }
        }
    }

    /// What openapiv3's types have no place for: a keyword misspelt, or of another version of the format.
    fn unread(&mut self) {
        // A document that cannot be read at all is for codegen to report.
        let Ok(api) = serde_json::from_value::<openapiv3::OpenAPI>(self.document.clone()) else { return };
        let read = serde_json::to_value(api).unwrap_or_default();
        let mut found = Vec::new();
        missing("", self.document, &read, &mut found);
        for at in found {
            let reason = "is no keyword here and would be dropped without a word";
            self.refuse("unread-keyword", &at, dotted(&at), reason);
        }
    }
}

/// The kind of component that a reference may name, by the keyword it stands under.
fn referred_kind(under: &str) -> &str {
    match under {
        "requestBody" => "requestBodies",
        "callbacks" | "headers" | "links" | "parameters" | "requestBodies" | "responses" => under,
        _ => "schemas",
    }
}

/// The references that a value is nothing but, or combines.
fn combined<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    found.extend(value["$ref"].as_str());
    for several in ["allOf", "anyOf", "oneOf"] {
        array(&value[several]).for_each(|one| combined(one, found));
    }
}

/// Places of `written` that `read` does not have, but for those that say nothing.
fn missing(pointer: &str, written: &Value, read: &Value, found: &mut Vec<String>) {
    for (key, value) in object(written) {
        let pointer = below(pointer, key);
        match read.get(key) {
            Some(read) => missing(&pointer, value, read, found),
            None if says_nothing(value) => {}
            None => found.push(pointer),
        }
    }
    for (index, (written, read)) in array(written).zip(array(read)).enumerate() {
        missing(&below(pointer, &index.to_string()), written, read, found);
    }
}

/// Whether leaving a value out comes to the same.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}
