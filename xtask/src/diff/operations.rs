//! Operations: names, parameters, bodies, statuses.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::{keys, maybe};
use super::{Comparison, Use};
use crate::positions::below;
use crate::spec::{self, Operation, object};

/// Keywords of an operation that are compared part by part.
const OWN: [&str; 9] = [
    "deprecated",
    "description",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "security",
    "summary",
    "tags",
];

impl Comparison<'_> {
    pub(super) fn operations(&mut self) {
        let (old, new) = (self.old, self.new);
        let by_place = |document| -> BTreeMap<_, _> {
            Operation::all(document).map(|operation| ((operation.path, operation.method), operation)).collect()
        };
        let (before, after) = (by_place(&old.value), by_place(&new.value));
        for (place, operation) in &before {
            match after.get(place) {
                Some(now) => self.operation(operation, now),
                None => self.note("operation-removed", &operation.pointer(), format!("{} is gone", operation.name())),
            }
        }
        for (_, operation) in after.iter().filter(|(place, _)| !before.contains_key(*place)) {
            self.note("operation-added", &operation.pointer(), format!("{} is new", operation.name()));
        }
        for path in keys(&old.value["paths"], &new.value["paths"]) {
            let (before, after) = (&old.value["paths"][path], &new.value["paths"][path]);
            let known: Vec<_> = Operation::METHODS.into_iter().chain(["parameters"]).collect();
            self.rest("keyword-changed", &below("/paths", path), before, after, &known);
        }
    }

    fn operation(&mut self, old: &Operation<'_>, new: &Operation<'_>) {
        let at = new.pointer();
        self.differing("summary-changed", &below(&at, "summary"), "its summary changed");
        self.differing("description-changed", &below(&at, "description"), "its description changed");
        self.differing("description-changed", &below(&at, "tags"), "its tags changed");
        self.differing("operation-deprecated", &below(&at, "deprecated"), "whether it is deprecated changed");
        self.differing("security-changed", &below(&at, "security"), "who is let in changed");
        if old.body["operationId"] != new.body["operationId"] {
            let message = format!("{} became {}", old.name(), new.name());
            self.note("operation-renamed", &below(&at, "operationId"), message);
        }
        self.parameters(&at, old, new);
        self.request_body(&at, old, new);
        self.responses(&at, old, new);
        self.rest("keyword-changed", &at, old.body, new.body, &OWN);
    }

    fn parameters(&mut self, at: &str, old: &Operation<'_>, new: &Operation<'_>) {
        let by_name = |operation: &Operation<'_>, document| -> BTreeMap<(String, String), Value> {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            // The path's own come last; an operation's go before them.
            let all: Vec<_> = operation.parameters(document).collect();
            all.into_iter().rev().map(|one| ((text(&one["in"]), text(&one["name"])), one.clone())).collect()
        };
        let (before, after) = (by_name(old, &self.old.value), by_name(new, &self.new.value));
        let at = below(at, "parameters");
        for ((place, name), was) in &before {
            let Some(is) = after.get(&(place.clone(), name.clone())) else {
                self.note("parameter-removed", &at, format!("{name} ({place}) is gone"));
                continue;
            };
            match (was["required"] == true, is["required"] == true) {
                (false, true) => self.note("parameter-became-required", &at, format!("{name} has to be given")),
                (true, false) => self.note("parameter-became-optional", &at, format!("{name} may be left out")),
                _ => {}
            }
            if was["description"] != is["description"] {
                self.note("description-changed", &at, format!("the description of {name} changed"));
            }
            self.schema(&at, Use::REQUESTS, &was["schema"], &is["schema"]);
            self.rest("keyword-changed", &at, was, is, &["description", "in", "name", "required", "schema"]);
        }
        for ((place, name), is) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
            let required = is["required"] == true;
            let check = if required { "required-parameter-added" } else { "optional-parameter-added" };
            self.note(check, &at, format!("{name} ({place}) is new"));
        }
    }

    fn request_body(&mut self, at: &str, old: &Operation<'_>, new: &Operation<'_>) {
        let at = below(at, "requestBody");
        let was = spec::follow(&self.old.value, &old.body["requestBody"]);
        let is = spec::follow(&self.new.value, &new.body["requestBody"]);
        match (was.is_object(), is.is_object()) {
            (true, false) => self.note("request-body-removed", &at, "nothing is sent any more"),
            (false, true) => self.note("request-body-added", &at, "something is to be sent"),
            _ => {
                self.content(&below(&at, "content"), Use::REQUESTS, &was["content"], &is["content"]);
                self.rest("keyword-changed", &at, was, is, &["content", "description"]);
                if was["description"] != is["description"] {
                    self.note("description-changed", &at, "its description changed");
                }
            }
        }
    }

    fn responses(&mut self, at: &str, old: &Operation<'_>, new: &Operation<'_>) {
        let at = below(at, "responses");
        let (before, after) = (&old.body["responses"], &new.body["responses"]);
        // All described errors have one body, which is the call's error type.
        let error_types = (tells_errors(&self.old.value, before), tells_errors(&self.new.value, after));
        for status in keys(before, after) {
            let at = below(&at, status);
            match (before.get(status), after.get(status)) {
                (Some(_), None) if is_error(status) && error_types.0 && !error_types.1 => {
                    self.note(
                        "error-body-removed",
                        &at,
                        format!("{status} is not described any more, nor is another error"),
                    );
                }
                (None, Some(_)) if is_error(status) && !error_types.0 && error_types.1 => {
                    self.note("error-body-added", &at, format!("{status} is described, and no other error was"));
                }
                (Some(_), None) => self.note("status-removed", &at, format!("{status} is not described any more")),
                (None, Some(_)) => self.note("status-added", &at, format!("{status} is described")),
                (Some(was), Some(is)) => {
                    let (was, is) = (spec::follow(&self.old.value, was), spec::follow(&self.new.value, is));
                    if was["description"] != is["description"] {
                        self.note("description-changed", &at, "its description changed");
                    }
                    self.content(&below(&at, "content"), Use::ANSWERS, &was["content"], &is["content"]);
                    self.rest("keyword-changed", &at, was, is, &["content", "description"]);
                }
                (None, None) => {}
            }
        }
    }

    /// Bodies by their content type.
    fn content(&mut self, at: &str, usage: Use, old: &Value, new: &Value) {
        let (before, after) = (kinds(old), kinds(new));
        match (before.is_empty(), after.is_empty()) {
            (true, true) => return,
            (true, false) => return self.note("body-added", at, format!("it has a body of {}", after.join(", "))),
            (false, true) => return self.note("body-removed", at, format!("it had a body of {}", before.join(", "))),
            (false, false) => {}
        }
        if before != after {
            self.note("content-type-changed", at, format!("{} became {}", before.join(", "), after.join(", ")));
        }
        for kind in before.iter().filter(|kind| after.contains(kind)) {
            let at = below(at, kind);
            let (was, is) = (&old[kind], &new[kind]);
            self.schema(&below(&at, "schema"), usage, &was["schema"], &is["schema"]);
            for key in ["example", "examples"] {
                if was.get(key) != is.get(key) {
                    self.note("examples-changed", &below(&at, key), "they changed");
                }
            }
            self.rest("keyword-changed", &at, was, is, &["schema", "example", "examples"]);
        }
    }
}

fn is_error(status: &str) -> bool {
    status == "default" || status.starts_with(['4', '5'])
}

fn tells_errors(document: &Value, responses: &Value) -> bool {
    object(responses)
        .any(|(status, response)| is_error(status) && !kinds(&spec::follow(document, response)["content"]).is_empty())
}

fn kinds(content: &Value) -> Vec<String> {
    object(content).map(|(kind, _)| kind.clone()).collect()
}

/// A value and what it became.
pub(super) fn became(old: Option<&Value>, new: Option<&Value>) -> String {
    format!("{} became {}", maybe(old), maybe(new))
}
