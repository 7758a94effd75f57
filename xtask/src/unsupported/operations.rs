//! Operation ids, parameters and bodies that the generator cannot handle.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use serde_json::{Map, Value};

use crate::positions::below;
use crate::shape::Shape;
use crate::spec::{self, Operation, array, object};

use super::findings::Findings;

impl Findings<'_> {
    pub(super) fn operation(&mut self, operation: &Operation<'_>) {
        let (name, at) = (operation.name(), operation.pointer());
        if operation.body["operationId"].as_str().is_none() {
            self.add("missing-operation-id", &at, &name, "no operationId, without which the generator panics");
        } else if !is_valid_id(&name) {
            let reason = "the operationId gives no Rust name; start with a letter, and use only letters, digits, \
                          spaces, `_`, `-` and `.`";
            self.add("invalid-operation-id", below(&at, "operationId"), &name, reason);
        }
        if ["options", "trace"].contains(&operation.method) {
            let method = operation.method.to_uppercase();
            self.add("unsupported-method", &at, &name, format!("the HTTP client has no function for {method}"));
        }
        for (check, key) in [("unsupported-callbacks", "callbacks"), ("unsupported-servers", "servers")] {
            if is_present(operation.body, key) {
                self.add(check, below(&at, key), &name, format!("{key} of an operation are ignored"));
            }
        }
        if operation.body.get("x-dropshot-websocket").is_some() {
            self.add("unsupported-websocket", &at, &name, "x-dropshot-websocket requires crates that the client lacks");
        }
        let body = spec::follow(self.document, &operation.body["requestBody"]);
        self.content(&below(&at, "requestBody"), &name, "the request body", &body["content"].clone());
    }

    fn content(&mut self, at: &str, operation: &str, what: &str, content: &Value) {
        let types: Vec<_> = object(content).map(|(content_type, _)| content_type.as_str()).collect();
        if types.len() > 1 {
            let (count, types) = (types.len(), types.join(", "));
            let reason = format!("{what} has {count} content types ({types}); all but one are ignored");
            self.add("multiple-content-types", at, operation, reason);
        }
        for (content_type, media) in object(content) {
            let is_other_json = content_type.to_lowercase().contains("json") && content_type != "application/json";
            if is_other_json || content_type == "*/*" {
                let reason = format!("{what} has the content type {content_type}, whose schema is ignored");
                self.add("unsupported-content-type", at, operation, reason);
            }
            for (check, is_wrong, problem) in [
                ("missing-schema", media.get("schema").is_none(), "no schema"),
                ("unsupported-encoding", is_present(media, "encoding"), "an encoding"),
            ] {
                if is_wrong {
                    let reason = format!("{what} has {problem} for {content_type}, on which the generator panics");
                    self.add(check, at, operation, reason);
                }
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
            let default_style = if place == "query" { "form" } else { "simple" };
            let has_other_style = parameter["style"].as_str().is_some_and(|style| style != default_style);
            let is_optional = place == "path" && parameter["required"] != true;
            let shape = Shape::of(document, "", &parameter["schema"]);
            let is_plain = ["boolean", "integer", "number", "string"].map(Some).contains(&shape.kind());
            let is_text = ["path", "header"].contains(&place) && parameter.get("schema").is_some();
            let key = parameter["name"].as_str().unwrap_or_default();
            let is_taken = ["encode_path", "header_map"].contains(&key.to_snake_case().as_str());
            let is_version = place == "header" && key.eq_ignore_ascii_case("api-version");
            let is_invalid_header = place == "header" && !key.chars().all(is_header_character);
            let is_joined = place == "query" && parameter["explode"] == false && !is_plain;
            for (check, is_wrong, problem) in [
                ("invalid-parameter-name", is_taken, "has the name of a variable of the client".to_owned()),
                ("invalid-parameter-name", is_version, "is a header that the client sets itself".to_owned()),
                ("invalid-parameter-name", is_invalid_header, "has a name that no HTTP header can have".to_owned()),
                ("cookie-parameter", place == "cookie", "is a cookie, which the client does not send".to_owned()),
                ("optional-path-parameter", is_optional, "is in the path and not required".to_owned()),
                ("parameter-without-schema", parameter.get("schema").is_none(), "has no schema".to_owned()),
                ("unsupported-parameter-style", has_other_style, format!("has a style other than {default_style}")),
                ("unsupported-parameter-style", is_joined, "has explode: false, which is ignored".to_owned()),
                (
                    "unsupported-parameter-type",
                    is_text && (!is_plain || shape.nullable),
                    format!("is in the {place}, where only plain values are supported"),
                ),
            ] {
                if is_wrong {
                    self.add(check, &at, &name, format!("{what} {problem}"));
                }
            }
        }
        self.path_parameters(operation);
        // The generator identifies a parameter by its name only. Parameters of the operation replace those of the path.
        let mut places = BTreeMap::new();
        for list in [&operation.item["parameters"], &operation.body["parameters"]] {
            let mut seen = BTreeSet::new();
            for parameter in array(list).map(|parameter| spec::follow(document, parameter)) {
                let (key, place) = (parameter["name"].as_str(), parameter["in"].as_str());
                if !seen.insert(key) || places.insert(key, place).is_some_and(|before| before != place) {
                    let reason = format!("two parameters are named {}; one is ignored", key.unwrap_or_default());
                    self.add("duplicate-parameter", &at, &name, reason);
                }
            }
        }
    }

    fn path_parameters(&mut self, operation: &Operation<'_>) {
        let parts = operation.path.split('{').skip(1).filter_map(|part| part.split_once('}'));
        let in_path: BTreeSet<_> = parts.map(|(name, _)| name).collect();
        let parameters = operation.parameters(self.document).filter(|parameter| parameter["in"] == "path");
        let declared: BTreeSet<_> = parameters.filter_map(|parameter| parameter["name"].as_str()).collect();
        for name in in_path.symmetric_difference(&declared) {
            let reason = format!("parameter {name} must be in the path and in the list of parameters");
            self.add("path-parameter-mismatch", operation.pointer(), operation.name(), reason);
        }
    }

    pub(super) fn operation_responses(&mut self, operation: &Operation<'_>) {
        let (name, responses) = (operation.name(), below(&operation.pointer(), "responses"));
        let document = self.document;
        let (mut success_bodies, mut error_bodies) = (BTreeSet::new(), BTreeSet::new());
        for (status, response) in object(&operation.body["responses"]) {
            let at = below(&responses, status);
            let response = spec::follow(document, response);
            for (check, key) in [("unsupported-headers", "headers"), ("unsupported-links", "links")] {
                if is_present(response, key) {
                    self.add(check, &at, &name, format!("{key} of response {status} are ignored"));
                }
            }
            self.content(&at, &name, &format!("response {status}"), &response["content"]);
            let media = object(&response["content"]).next();
            let body = media.map_or_else(|| "no body".to_owned(), |(_, media)| media["schema"].to_string());
            match status.as_bytes() {
                // `default` stands for errors and for undocumented successes.
                b"default" => {
                    success_bodies.insert(body.clone());
                    error_bodies.insert(body);
                }
                [b'2', _, _] => drop(success_bodies.insert(body)),
                [b'4' | b'5', _, _] => drop(error_bodies.insert(body)),
                _ if status.starts_with("x-") => {}
                _ => {
                    let reason = format!("response {status} is ignored; only 2XX, 4XX and 5XX are supported");
                    self.add("unsupported-status", &at, &name, reason);
                }
            }
        }
        for (bodies, which) in [(success_bodies, "success"), (error_bodies, "error")] {
            if bodies.len() > 1 {
                let count = bodies.len();
                let reason = format!(
                    "{count} {which} responses have different bodies (`default` counts as both); the generator panics. \
                     The client keeps the body of an undocumented status"
                );
                self.add("differing-responses", &responses, &name, reason);
            }
        }
    }

    pub(super) fn operation_ids(&mut self) {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for operation in Operation::all(self.document) {
            let place = operation.place();
            // Ids that differ only in case, or in characters other than letters and digits, can give the same Rust
            // name.
            let id = operation.name().replace(|c: char| !c.is_alphanumeric(), "").to_lowercase();
            if let Some(first) = seen.insert(id, place.clone()) {
                let reason = format!("the operationIds of {first} and {place} can give the same Rust name");
                self.add("duplicate-operation-id", operation.pointer(), operation.name(), reason);
            }
        }
    }
}

/// Whether the name of an HTTP header may contain a character.
fn is_header_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

/// Whether a keyword is present. An empty map counts as absent.
fn is_present(value: &Value, key: &str) -> bool {
    value.get(key).is_some_and(|value| !value.as_object().is_some_and(Map::is_empty))
}

/// Whether an operation id can be converted to the names of a Rust method and a Rust constant.
fn is_valid_id(id: &str) -> bool {
    id.starts_with(|first: char| first.is_ascii_alphabetic())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '))
}
