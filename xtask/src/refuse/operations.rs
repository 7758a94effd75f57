//! Operations: names, parameters, bodies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Findings;
use crate::positions::below;
use crate::spec::{self, Operation, array, object};

impl Findings<'_> {
    pub(super) fn operation(&mut self, operation: &Operation<'_>) {
        let (name, at) = (operation.name(), operation.pointer());
        if operation.body["operationId"].as_str().is_none() {
            self.refuse("missing-operation-id", &at, &name, "has no operationId, on which the generator panics");
        } else if !is_name(&name) {
            let reason = "the operationId gives no Rust name: a letter first, then letters, digits, _ - . and spaces";
            self.refuse("bad-operation-id", below(&at, "operationId"), &name, reason);
        }
        let dropped =
            [("dropped-callbacks", "callbacks", "callbacks"), ("dropped-servers", "servers", "servers of its own")];
        for (check, key, what) in dropped {
            if operation.body.get(key).is_some() {
                self.refuse(check, below(&at, key), &name, format!("{what} would be dropped without a word"));
            }
        }
        let body = spec::follow(self.document, &operation.body["requestBody"]);
        let media: Vec<_> = object(&body["content"]).map(|(kind, media)| (kind.clone(), media.clone())).collect();
        self.content(&below(&at, "requestBody"), &name, "the request body", &media);
    }

    fn content(&mut self, at: &str, operation: &str, what: &str, media: &[(String, Value)]) {
        if media.len() > 1 {
            let kinds: Vec<_> = media.iter().map(|(kind, _)| kind.as_str()).collect();
            let (count, kinds) = (media.len(), kinds.join(", "));
            let reason = format!("{what} has {count} content types ({kinds}); all but one would be dropped");
            self.refuse("content-types", at, operation, reason);
        }
        for (kind, media) in media {
            if media.get("schema").is_none() {
                let reason = format!("{what} has no schema for {kind}, on which the generator panics");
                self.refuse("missing-schema", at, operation, reason);
            }
            if media.get("encoding").is_some() {
                let reason = format!("{what} has an encoding for {kind}, on which the generator panics");
                self.refuse("encoding", at, operation, reason);
            }
        }
    }

    pub(super) fn operation_parameters(&mut self, operation: &Operation<'_>) {
        let name = operation.name();
        let at = below(&operation.pointer(), "parameters");
        let document = self.document;
        for parameter in operation.parameters(document) {
            let what = format!("parameter {}", parameter["name"].as_str().unwrap_or("without a name"));
            let place = parameter["in"].as_str().unwrap_or_default();
            if place == "cookie" {
                self.refuse("cookie-parameter", &at, &name, format!("{what} is a cookie; the generator has none"));
            }
            if place == "path" && parameter["required"] != true {
                self.refuse(
                    "optional-path-parameter",
                    &at,
                    &name,
                    format!("{what} is in the path and not required, on which the generator panics"),
                );
            }
            if parameter.get("schema").is_none() {
                self.refuse("parameter-without-schema", &at, &name, format!("{what} has no schema"));
            }
            let style = parameter["style"].as_str();
            let plain = if place == "query" { "form" } else { "simple" };
            if style.is_some_and(|style| style != plain) {
                self.refuse("parameter-style", &at, &name, format!("{what} has another style than {plain}"));
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
                    let reason = format!("two parameters are named {called}; one would be dropped without a word");
                    self.refuse("duplicate-parameter", &at, &name, reason);
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
            self.refuse("path-parameters", operation.pointer(), operation.name(), reason);
        }
    }

    pub(super) fn operation_responses(&mut self, operation: &Operation<'_>) {
        let (name, responses) = (operation.name(), below(&operation.pointer(), "responses"));
        let document = self.document;
        let (mut good, mut bad) = (BTreeSet::new(), BTreeSet::new());
        for (status, response) in object(&operation.body["responses"]) {
            let at = below(&responses, status);
            let response = spec::follow(document, response);
            for (check, key) in [("dropped-headers", "headers"), ("dropped-links", "links")] {
                if response.get(key).is_some() {
                    let reason = format!("{key} of response {status} would be dropped without a word");
                    self.refuse(check, &at, &name, reason);
                }
            }
            let media: Vec<_> =
                object(&response["content"]).map(|(kind, media)| (kind.clone(), media.clone())).collect();
            self.content(&at, &name, &format!("response {status}"), &media);
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
                    "response-status",
                    &at,
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
                    "differing-responses",
                    &responses,
                    &name,
                    format!(
                        "{} {which} responses differ in their bodies (`default` counts on both sides): {reason}",
                        shapes.len()
                    ),
                );
            }
        }
    }

    pub(super) fn operation_ids(&mut self) {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for operation in Operation::all(self.document) {
            let place = format!("{} {}", operation.method.to_uppercase(), operation.path);
            // Ids become names of methods; these ignore case and whatever is neither letter nor digit.
            let id = operation.name().replace(|c: char| !c.is_alphanumeric(), "").to_lowercase();
            if let Some(first) = seen.insert(id, place.clone()) {
                let reason = format!("is the operationId of {first} and of {place}");
                self.refuse("duplicate-operation-id", operation.pointer(), operation.name(), reason);
            }
        }
    }
}

/// An id that can be written as a method and as a constant.
fn is_name(id: &str) -> bool {
    id.starts_with(|first: char| first.is_ascii_alphabetic())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '))
}
