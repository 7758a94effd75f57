//! What the generator would panic on or drop without a word, turned down before it runs.
//!
//! Each check was tried against progenitor 0.15.1. A check looks at the document as plain data, so that it can also name
//! what openapiv3's types have no place for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::spec::{self, Operation, array, object};

/// One reason not to generate from a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
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
    found.schemas("", document);
    found.named_numbers();
    found.refusals
}

struct Findings<'a> {
    document: &'a Value,
    refusals: Vec<Refusal>,
}

impl Findings<'_> {
    fn refuse(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.refusals.push(Refusal { place: place.into(), reason: reason.into() });
    }

    fn version(&mut self) {
        let version = self.document["openapi"].as_str().unwrap_or_default();
        if !version.starts_with("3.0.") {
            self.refuse("openapi", format!("is {version:?}; the generator reads 3.0.x only"));
        }
    }

    fn references(&mut self) {
        let mut found = BTreeSet::new();
        spec::references(self.document, &mut found);
        for reference in found {
            if spec::resolve(self.document, &reference).is_none() {
                self.refuse(reference, "points nowhere; only references within the document are followed");
            }
        }
    }

    fn path_items(&mut self) {
        for (path, item) in object(&self.document["paths"]) {
            if item.get("$ref").is_some() {
                self.refuse(path, "the path item is a $ref, on which the generator panics; write it out");
            }
            if item.get("servers").is_some() {
                self.refuse(path, "servers of a path would be dropped; the client has one base URL");
            }
        }
    }

    fn security(&mut self) {
        for (name, scheme) in object(&self.document["components"]["securitySchemes"]) {
            let bearer = scheme["type"] == "http" && scheme["scheme"].as_str().is_some_and(|s| s.eq_ignore_ascii_case("bearer"));
            if !bearer {
                let place = format!("components.securitySchemes.{name}");
                self.refuse(place, "the generator ignores security; the client sends HTTP bearer tokens and nothing else");
            }
        }
    }

    fn operation(&mut self, operation: &Operation<'_>) {
        let name = operation.name();
        if operation.body["operationId"].as_str().is_none() {
            self.refuse(&name, "has no operationId, on which the generator panics");
        }
        for (key, what) in [("callbacks", "callbacks"), ("servers", "servers of its own")] {
            if operation.body.get(key).is_some() {
                self.refuse(&name, format!("{what} would be dropped without a word"));
            }
        }
        let body = spec::follow(self.document, &operation.body["requestBody"]);
        let media: Vec<_> = object(&body["content"]).map(|(kind, media)| (kind.clone(), media.clone())).collect();
        self.content(&name, "the request body", &media);
    }

    fn content(&mut self, operation: &str, what: &str, media: &[(String, Value)]) {
        if media.len() > 1 {
            let kinds: Vec<_> = media.iter().map(|(kind, _)| kind.as_str()).collect();
            self.refuse(operation, format!("{what} has {} content types ({}); all but one would be dropped", media.len(), kinds.join(", ")));
        }
        for (kind, media) in media {
            if media.get("schema").is_none() {
                self.refuse(operation, format!("{what} has no schema for {kind}, on which the generator panics"));
            }
            if media.get("encoding").is_some() {
                self.refuse(operation, format!("{what} has an encoding for {kind}, on which the generator panics"));
            }
        }
    }

    fn operation_parameters(&mut self, operation: &Operation<'_>) {
        let name = operation.name();
        let document = self.document;
        for parameter in operation.parameters(document) {
            let what = format!("parameter {}", parameter["name"].as_str().unwrap_or("without a name"));
            let place = parameter["in"].as_str().unwrap_or_default();
            if place == "cookie" {
                self.refuse(&name, format!("{what} is a cookie; the generator has none"));
            }
            if place == "path" && parameter["required"] != true {
                self.refuse(&name, format!("{what} is in the path and not required, on which the generator panics"));
            }
            if parameter.get("schema").is_none() {
                self.refuse(&name, format!("{what} has no schema"));
            }
            let style = parameter["style"].as_str();
            let plain = if place == "query" { "form" } else { "simple" };
            if style.is_some_and(|style| style != plain) {
                self.refuse(&name, format!("{what} has another style than {plain}"));
            }
        }
    }

    fn operation_responses(&mut self, operation: &Operation<'_>) {
        let name = operation.name();
        let document = self.document;
        let (mut good, mut bad) = (BTreeSet::new(), BTreeSet::new());
        for (status, response) in object(&operation.body["responses"]) {
            let response = spec::follow(document, response);
            for key in ["headers", "links"] {
                if response.get(key).is_some() {
                    self.refuse(&name, format!("{key} of response {status} would be dropped without a word"));
                }
            }
            let media: Vec<_> = object(&response["content"]).map(|(kind, media)| (kind.clone(), media.clone())).collect();
            self.content(&name, &format!("response {status}"), &media);
            let shape = media.first().map_or_else(|| "no body".to_owned(), |(_, media)| media["schema"].to_string());
            match status.as_str() {
                // Stands for successes that are not listed as well as for errors.
                "default" => {
                    good.insert(shape.clone());
                    bad.insert(shape);
                }
                status if status.starts_with('2') => drop(good.insert(shape)),
                _ => drop(bad.insert(shape)),
            }
        }
        for (shapes, which) in [(good, "successful"), (bad, "failed")] {
            if shapes.len() > 1 {
                let reason = "the generator panics; give them one schema, or leave the others out: an answer of a status \
                              that is not listed keeps its body";
                self.refuse(&name, format!("{} {which} responses differ in their bodies (`default` counts on both sides): {reason}", shapes.len()));
            }
        }
    }

    fn operation_ids(&mut self) {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for operation in Operation::all(self.document) {
            let place = format!("{} {}", operation.method.to_uppercase(), operation.path);
            // Ids become names of methods; these ignore case and separators.
            let id = operation.name().replace(['_', '-', '.'], "").to_lowercase();
            if let Some(first) = seen.insert(id, place.clone()) {
                self.refuse(operation.name(), format!("is the operationId of {first} and of {place}"));
            }
        }
    }

    fn schemas(&mut self, place: &str, value: &Value) {
        match value {
            Value::Object(keywords) => {
                if keywords.get("additionalProperties") == Some(&Value::Bool(true)) && keywords.contains_key("properties") {
                    self.refuse(place, "additionalProperties: true beside properties drops unknown keys; write additionalProperties: {}");
                }
                for (limit, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
                    if keywords.contains_key(limit) && !keywords.contains_key(bound) {
                        self.refuse(place, format!("{limit} without {bound}, on which the generator panics"));
                    }
                }
                for (key, below) in keywords {
                    // Examples are data, not schemas.
                    if !matches!(key.as_str(), "example" | "examples" | "default" | "enum") {
                        let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                        self.schemas(&place, below);
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.schemas(&format!("{place}[{index}]"), item);
                }
            }
            _ => {}
        }
    }

    fn named_numbers(&mut self) {
        let mut found = Vec::new();
        integer_enums("", self.document, &mut found);
        for (place, schema) in found {
            let name = place.strip_prefix("components.schemas.");
            if name.is_none_or(|name| name.contains('.')) {
                self.refuse(place, "an integer enum has to be a component of its own, so that it has a name");
                continue;
            }
            let numbers: Vec<_> = array(&schema["enum"]).collect();
            let names: Vec<_> = array(&schema["x-enum-varnames"]).filter_map(Value::as_str).collect();
            if numbers.len() != names.len() {
                self.refuse(&place, format!("{} numbers and {} names; x-enum-varnames names each", numbers.len(), names.len()));
            }
            if numbers.iter().any(|number| !number.is_i64()) {
                self.refuse(&place, "a value of the enum is no integer of 64 bits");
            }
            for bad in names.iter().filter(|name| !is_constant(name)) {
                self.refuse(&place, format!("the name {bad:?} is no Rust constant: capitals, digits and _ only"));
            }
            if names.iter().collect::<BTreeSet<_>>().len() != names.len() {
                self.refuse(&place, "a name stands twice in x-enum-varnames");
            }
        }
    }
}

fn is_constant(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn integer_enums<'a>(place: &str, value: &'a Value, found: &mut Vec<(String, &'a Value)>) {
    if value["type"] == "integer" && value["enum"].is_array() {
        found.push((place.to_owned(), value));
        return;
    }
    for (key, below) in object(value).filter(|(key, _)| !matches!(key.as_str(), "example" | "examples")) {
        let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
        integer_enums(&place, below, found);
    }
    for (index, below) in array(value).enumerate() {
        integer_enums(&format!("{place}[{index}]"), below, found);
    }
}
