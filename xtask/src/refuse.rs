//! What the generator would panic on or drop without a word, turned down before it runs.
//!
//! Each check was tried against progenitor 0.15.1. A check looks at the document as plain data, so that it can also name
//! what openapiv3's types have no place for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::spec::{self, Object, Operation, array, object};

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
    found.schemas();
    found.schema_names();
    found.named_numbers();
    found.unread();
    found.refusals
}

struct Findings<'a> {
    document: &'a Value,
    refusals: Vec<Refusal>,
}

impl Findings<'_> {
    fn refuse(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        let refusal = Refusal { place: place.into(), reason: reason.into() };
        if !self.refusals.contains(&refusal) {
            self.refusals.push(refusal);
        }
    }

    fn version(&mut self) {
        let version = self.document["openapi"].as_str().unwrap_or_default();
        if !version.starts_with("3.0.") {
            self.refuse("openapi", format!("is {version:?}; the generator reads 3.0.x only"));
        }
    }

    fn references(&mut self) {
        // A path item's reference is refused as such.
        for object in Object::all(self.document).iter().filter(|object| object.under != "paths") {
            for reference in object.references() {
                let kind = referred_kind(object.under);
                let component = reference.strip_prefix("#/components/").and_then(|rest| rest.split_once('/'));
                if spec::resolve(self.document, reference).is_none() {
                    self.refuse(reference, "points nowhere; only references within the document are followed");
                } else if component.is_none_or(|(found, name)| found != kind || name.contains('/')) {
                    let reason =
                        format!("is not of the form #/components/{kind}/NAME, and the generator looks nowhere else");
                    self.refuse(format!("{}: {reference}", object.place), reason);
                } else if self.is_endless(reference) {
                    self.refuse(
                        reference,
                        "comes back to itself with nothing in between; the generator would never end",
                    );
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
            if !path.starts_with('/') && !path.starts_with("x-") {
                self.refuse(path, "the path does not start with a slash and would be dropped without a word");
            }
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
            let bearer =
                scheme["type"] == "http" && scheme["scheme"].as_str().is_some_and(|s| s.eq_ignore_ascii_case("bearer"));
            if !bearer {
                let place = format!("components.securitySchemes.{name}");
                self.refuse(
                    place,
                    "the generator ignores security; the client sends HTTP bearer tokens and nothing else",
                );
            }
        }
    }

    fn operation(&mut self, operation: &Operation<'_>) {
        let name = operation.name();
        if operation.body["operationId"].as_str().is_none() {
            self.refuse(&name, "has no operationId, on which the generator panics");
        } else if !is_name(&name) {
            self.refuse(
                &name,
                "the operationId gives no Rust name: a letter first, then letters, digits, _ - . and spaces",
            );
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
            self.refuse(
                operation,
                format!(
                    "{what} has {} content types ({}); all but one would be dropped",
                    media.len(),
                    kinds.join(", ")
                ),
            );
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
        self.path_parameters(operation);
        // The generator knows a parameter by its name alone; an operation's own goes before the path's.
        let mut places = BTreeMap::new();
        for list in [&operation.item["parameters"], &operation.body["parameters"]] {
            let mut seen = BTreeSet::new();
            for parameter in array(list).map(|parameter| spec::follow(document, parameter)) {
                let (called, place) = (parameter["name"].as_str(), parameter["in"].as_str());
                if !seen.insert(called) || places.insert(called, place).is_some_and(|before| before != place) {
                    let called = called.unwrap_or_default();
                    self.refuse(
                        &name,
                        format!("two parameters are named {called}; one would be dropped without a word"),
                    );
                }
            }
        }
    }

    fn path_parameters(&mut self, operation: &Operation<'_>) {
        let parts = operation.path.split('{').skip(1).filter_map(|part| part.split_once('}'));
        let in_path: BTreeSet<_> = parts.map(|(called, _)| called).collect();
        let parameters = operation.parameters(self.document).filter(|parameter| parameter["in"] == "path");
        let declared: BTreeSet<_> = parameters.filter_map(|parameter| parameter["name"].as_str()).collect();
        for called in in_path.symmetric_difference(&declared) {
            let reason = format!(
                "parameter {called} has to stand in the path and among the parameters `in: path`, and does not"
            );
            self.refuse(operation.name(), reason);
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
            let media: Vec<_> =
                object(&response["content"]).map(|(kind, media)| (kind.clone(), media.clone())).collect();
            self.content(&name, &format!("response {status}"), &media);
            let shape = media.first().map_or_else(|| "no body".to_owned(), |(_, media)| media["schema"].to_string());
            match status.as_bytes() {
                // Stands for successes that are not listed as well as for errors.
                b"default" => {
                    good.insert(shape.clone());
                    bad.insert(shape);
                }
                [b'2', _, _] => drop(good.insert(shape)),
                [b'4' | b'5', _, _] => drop(bad.insert(shape)),
                _ if status.starts_with("x-") => {}
                _ => self.refuse(
                    &name,
                    format!("response {status} is neither 2XX nor 4XX nor 5XX and would be dropped without a word"),
                ),
            }
        }
        for (shapes, which) in [(good, "successful"), (bad, "failed")] {
            if shapes.len() > 1 {
                let reason = "the generator panics; give them one schema, or leave the others out: an answer of a status \
                              that is not listed keeps its body";
                self.refuse(
                    &name,
                    format!(
                        "{} {which} responses differ in their bodies (`default` counts on both sides): {reason}",
                        shapes.len()
                    ),
                );
            }
        }
    }

    fn operation_ids(&mut self) {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for operation in Operation::all(self.document) {
            let place = format!("{} {}", operation.method.to_uppercase(), operation.path);
            // Ids become names of methods; these ignore case and whatever is neither letter nor digit.
            let id = operation.name().replace(|c: char| !c.is_alphanumeric(), "").to_lowercase();
            if let Some(first) = seen.insert(id, place.clone()) {
                self.refuse(operation.name(), format!("is the operationId of {first} and of {place}"));
            }
        }
    }

    fn schemas(&mut self) {
        for Object { place, keywords, .. } in Object::all(self.document) {
            if keywords["additionalProperties"] == true && keywords.get("properties").is_some() {
                self.refuse(
                    &place,
                    "additionalProperties: true beside properties drops unknown keys; write additionalProperties: {}",
                );
            }
            for (limit, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
                if keywords.get(limit).is_some() && keywords.get(bound).is_none() {
                    self.refuse(&place, format!("{limit} without {bound}, on which the generator panics"));
                }
            }
            if let Some(kind) = keywords["type"].as_str().filter(|kind| !TYPES.contains(kind)) {
                self.refuse(
                    &place,
                    format!("the type {kind:?} is none of OpenAPI 3.0, and the generator panics on it"),
                );
            }
            if keywords["allOf"].as_array().is_some_and(Vec::is_empty) {
                self.refuse(&place, "an empty allOf, on which the generator panics");
            }
            if keywords.get("not").is_some() {
                self.refuse(&place, "`not`, on which the generator panics unless it is of the simplest");
            }
        }
    }

    fn schema_names(&mut self) {
        for (name, _) in object(&self.document["components"]["schemas"]) {
            if !is_type_name(name) {
                let place = format!("components.schemas.{name}");
                let reason = "is not the name that its Rust type gets, by which codegen finds it; write it like TaskRecord, \
                              no two capitals in a row";
                self.refuse(place, reason);
            }
        }
    }

    fn named_numbers(&mut self) {
        for Object { place, keywords: schema, .. } in Object::all(self.document) {
            let integers = schema["type"] == "integer" && schema["enum"].is_array();
            if !integers && schema.get("x-enum-varnames").is_none() {
                continue;
            }
            let name = place.strip_prefix("components.schemas.");
            if name.is_none_or(|name| name.contains('.')) {
                self.refuse(place, "an integer enum has to be a component of its own, so that it has a name");
                continue;
            }
            let numbers: Vec<_> = array(&schema["enum"]).collect();
            let names: Vec<_> =
                array(&schema["x-enum-varnames"]).map(|name| name.as_str().unwrap_or_default()).collect();
            if schema["type"] != "integer" {
                self.refuse(&place, "has x-enum-varnames and is no integer; they would be dropped without a word");
            }
            if numbers.len() != names.len() {
                self.refuse(
                    &place,
                    format!("{} numbers and {} names; x-enum-varnames names each", numbers.len(), names.len()),
                );
            }
            let described = &schema["x-enum-descriptions"];
            if !described.is_null() && array(described).count() != numbers.len() {
                self.refuse(&place, "x-enum-descriptions describes each number, or there is none");
            }
            if numbers.iter().any(|number| !number.is_i64()) {
                self.refuse(&place, "a value of the enum is no integer of 64 bits");
            }
            if schema["nullable"] == true {
                self.refuse(
                    &place,
                    "`nullable` of the enum would be dropped without a word; write it where it is referred to",
                );
            }
            for bad in names.iter().filter(|name| !is_constant(name)) {
                self.refuse(
                    &place,
                    format!("the name {bad:?} is no Rust constant: capitals, digits and _ only, and not NAMED"),
                );
            }
            if names.iter().collect::<BTreeSet<_>>().len() != names.len() {
                self.refuse(&place, "a name stands twice in x-enum-varnames");
            }
            if numbers.iter().map(ToString::to_string).collect::<BTreeSet<_>>().len() != numbers.len() {
                self.refuse(&place, "a number stands twice in the enum");
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
        for place in found {
            self.refuse(place, "is no keyword here and would be dropped without a word");
        }
    }
}

/// The types that a schema may have.
const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

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
fn missing(place: &str, written: &Value, read: &Value, found: &mut Vec<String>) {
    for (key, below) in object(written) {
        let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
        match read.get(key) {
            Some(read) => missing(&place, below, read, found),
            None if says_nothing(below) => {}
            None => found.push(place),
        }
    }
    for (index, (written, read)) in array(written).zip(array(read)).enumerate() {
        missing(&format!("{place}[{index}]"), written, read, found);
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

/// Whether the generator gives a schema's type the very name of the schema.
fn is_type_name(name: &str) -> bool {
    name != "Self"
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && !name.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_uppercase))
}

/// An id that can be written as a method and as a constant.
fn is_name(id: &str) -> bool {
    id.starts_with(|first: char| first.is_ascii_alphabetic())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '))
}

fn is_constant(name: &str) -> bool {
    // The generated types have a constant of that name already.
    name != "NAMED"
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
