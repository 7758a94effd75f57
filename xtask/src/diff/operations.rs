//! Comparison of operations: ids, parameters, bodies, statuses, security.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::positions::below;
use crate::spec::{self, Operation, array, object};

use super::comparison::{Comparison, Usage, from_to, keys};
use super::path_template::{names, without_names};

/// Keywords of an operation that are compared separately.
const COMPARED: [&str; 8] =
    ["deprecated", "operationId", "parameters", "requestBody", "responses", "security", "servers", "summary"];

impl Comparison<'_> {
    pub(super) fn operations(&mut self) {
        let (old, new) = (self.old, self.new);
        let by_place = |document| -> BTreeMap<_, _> {
            Operation::all(document).map(|one| ((without_names(one.path), one.method), one)).collect()
        };
        let (before, after) = (by_place(&old.value), by_place(&new.value));
        for (place, operation) in &before {
            match after.get(place) {
                Some(now) => self.operation(operation, now),
                None => self.note("operation-removed", &operation.pointer(), format!("{} removed", operation.name())),
            }
        }
        for (_, operation) in after.iter().filter(|(place, _)| !before.contains_key(*place)) {
            self.note("operation-added", &operation.pointer(), format!("{} added", operation.name()));
        }
        let items = |document| -> BTreeMap<_, _> {
            object(document).map(|(path, item)| (without_names(path), (path, item))).collect()
        };
        let (items_before, items_after) = (items(&old.value["paths"]), items(&new.value["paths"]));
        let compared: Vec<_> = Operation::METHODS.into_iter().chain(["parameters", "servers"]).collect();
        for place in items_before.keys().chain(items_after.keys().filter(|place| !items_before.contains_key(*place))) {
            let (was, is) = (items_before.get(place), items_after.get(place));
            let Some((path, _)) = is.or(was) else { continue };
            let [was, is] = [was, is].map(|item| item.map(|(_, item)| *item));
            if path.starts_with("x-") {
                self.compare_value("extension-changed", &below("/paths", path), was, is);
                continue;
            }
            let [was, is] = [was, is].map(|item| item.unwrap_or(&Value::Null));
            self.compare_rest("keyword-changed", &below("/paths", path), was, is, &compared);
        }
        if before.is_empty() && after.is_empty() {
            self.compare_part("security-changed", "/security");
        }
    }

    fn operation(&mut self, old: &Operation<'_>, new: &Operation<'_>) {
        let at = new.pointer();
        self.compare_value("summary-changed", &below(&at, "summary"), old.body.get("summary"), new.body.get("summary"));
        let deprecated = below(&at, "deprecated");
        match (old.body["deprecated"] == true, new.body["deprecated"] == true) {
            (false, true) => self.note("operation-deprecated", &deprecated, "deprecated"),
            (true, false) => self.note("operation-undeprecated", &deprecated, "no longer deprecated"),
            _ => {}
        }
        self.security(&at, old, new);
        let servers = |one: &Operation<'_>| one.body.get("servers").or_else(|| one.item.get("servers")).cloned();
        if let (was, is) = (servers(old), servers(new))
            && (was.is_some() || is.is_some())
        {
            let all = |own: Option<Value>, document: &Value| own.unwrap_or_else(|| document["servers"].clone());
            let (was, is) = (all(was, &self.old.value), all(is, &self.new.value));
            self.servers(&below(&at, "servers"), &was, &is);
        }
        if old.body["operationId"] != new.body["operationId"] {
            let message = format!("changed from {} to {}", old.name(), new.name());
            self.note("operation-renamed", &below(&at, "operationId"), message);
        }
        self.parameters(&at, old, new);
        self.request_body(&at, old, new);
        self.responses(&at, old, new);
        self.compare_rest("keyword-changed", &at, old.body, new.body, &COMPARED);
    }

    /// Compares the security requirements that apply to an operation: its own, or else those of the document.
    fn security(&mut self, at: &str, old: &Operation<'_>, new: &Operation<'_>) {
        let requirements = |operation: &Operation<'_>, document: &Value| {
            let own = operation.body.get("security").or_else(|| document.get("security"));
            own.cloned().unwrap_or_else(|| json!([]))
        };
        let (was, is) = (requirements(old, &self.old.value), requirements(new, &self.new.value));
        if alternatives(&was) == alternatives(&is) {
            return;
        }
        let check = if accepts(&was, &is) { "security-loosened" } else { "security-changed" };
        let own = below(at, "security");
        let is_own = [old, new].iter().any(|operation| operation.body.get("security").is_some());
        let at = if is_own { own.as_str() } else { "/security" };
        self.note_once(check, at, from_to(Some(&was), Some(&is)));
    }

    fn parameters(&mut self, at: &str, old: &Operation<'_>, new: &Operation<'_>) {
        let by_name = |operation: &Operation<'_>, document| -> BTreeMap<(String, String), Value> {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            // Parameters of the operation replace those of its path. They come first, so they are inserted last.
            let all: Vec<_> = operation.parameters(document).collect();
            let names: Vec<_> = names(operation.path).collect();
            let key = |one: &Value| {
                let index = names.iter().position(|name| one["in"] == "path" && one["name"] == *name);
                (text(&one["in"]), index.map_or_else(|| text(&one["name"]), |index| index.to_string()))
            };
            all.into_iter().rev().map(|one| (key(one), one.clone())).collect()
        };
        let (before, after) = (by_name(old, &self.old.value), by_name(new, &self.new.value));
        let at = below(at, "parameters");
        let name = |parameter: &Value| parameter["name"].as_str().unwrap_or_default().to_owned();
        for (key, was) in &before {
            let place = &key.0;
            let Some(is) = after.get(key) else {
                self.note("parameter-removed", &at, format!("{} ({place}) removed", name(was)));
                continue;
            };
            let name = name(is);
            if was["name"] != is["name"] {
                self.note("path-parameter-renamed", &at, from_to(was.get("name"), is.get("name")));
            }
            match (was["required"] == true, is["required"] == true) {
                (false, true) => self.note("parameter-became-required", &at, format!("{name} is required now")),
                (true, false) => self.note("parameter-became-optional", &at, format!("{name} is optional now")),
                _ => {}
            }
            if was["description"] != is["description"] {
                let change = from_to(was.get("description"), is.get("description"));
                self.note("description-changed", &at, format!("description of {name}: {change}"));
            }
            let at = below(&at, &name);
            // A default does not change the type of a parameter: the argument stays an Option.
            let [mut schema_before, mut schema_after] = [&was["schema"], &is["schema"]].map(Value::clone);
            let [old_default, new_default] = [&mut schema_before, &mut schema_after]
                .map(|schema| schema.as_object_mut().and_then(|schema| schema.remove("default")));
            if old_default != new_default {
                let change = from_to(old_default.as_ref(), new_default.as_ref());
                self.note("default-changed", &at, format!("default: {change}"));
            }
            self.schema(&at, Usage::REQUESTS, &schema_before, &schema_after);
            let compared = ["description", "in", "name", "required", "schema"];
            self.compare_rest("keyword-changed", &at, was, is, &compared);
        }
        for ((place, _), is) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
            let required = is["required"] == true;
            let check = if required { "required-parameter-added" } else { "optional-parameter-added" };
            self.note(check, &at, format!("{} ({place}) added", name(is)));
        }
    }

    fn request_body(&mut self, at: &str, old: &Operation<'_>, new: &Operation<'_>) {
        let at = below(at, "requestBody");
        let was = spec::follow(&self.old.value, &old.body["requestBody"]);
        let is = spec::follow(&self.new.value, &new.body["requestBody"]);
        match (was.is_object(), is.is_object()) {
            (true, false) => self.note("request-body-removed", &at, "removed"),
            (false, true) => self.note("request-body-added", &at, "added"),
            _ => {
                self.content(&below(&at, "content"), Usage::REQUESTS, &was["content"], &is["content"]);
                self.compare_rest("keyword-changed", &at, was, is, &["content"]);
            }
        }
    }

    fn responses(&mut self, at: &str, old: &Operation<'_>, new: &Operation<'_>) {
        let at = below(at, "responses");
        let (before, after) = (&old.body["responses"], &new.body["responses"]);
        // All documented errors share one body, which is the error type of the call.
        let errors_before = self.are_revisions && has_error_body(&self.old.value, before);
        let errors_after = self.are_revisions && has_error_body(&self.new.value, after);
        for status in keys(before, after) {
            let at = below(&at, status);
            if status.starts_with("x-") {
                self.compare_value("extension-changed", &at, before.get(status), after.get(status));
                continue;
            }
            match (before.get(status), after.get(status)) {
                (Some(_), None) if is_error(status) && errors_before && !errors_after => {
                    self.note("error-body-removed", &at, format!("{status} removed, and no other error has a body"));
                }
                (None, Some(_)) if is_error(status) && !errors_before && errors_after => {
                    self.note("error-body-added", &at, format!("{status} added, and no other error had a body"));
                }
                (Some(_), None) if is_success(status) && !keeps_success(before, after) => {
                    self.note("success-status-changed", &at, format!("{status} removed"));
                }
                (Some(_), None) => self.note("status-removed", &at, format!("{status} removed")),
                (None, Some(_)) => self.note("status-added", &at, format!("{status} added")),
                (Some(was), Some(is)) => {
                    let (was, is) = (spec::follow(&self.old.value, was), spec::follow(&self.new.value, is));
                    self.content(&below(&at, "content"), Usage::RESPONSES, &was["content"], &is["content"]);
                    self.compare_rest("keyword-changed", &at, was, is, &["content"]);
                }
                (None, None) => {}
            }
        }
    }

    /// Compares the content types of two bodies, and the schemas of each content type that both bodies have.
    fn content(&mut self, at: &str, usage: Usage, old: &Value, new: &Value) {
        let (before, after) = (content_types(old), content_types(new));
        match (before.is_empty(), after.is_empty()) {
            (true, true) => return,
            (true, false) => return self.note("body-added", at, format!("body of {} added", after.join(", "))),
            (false, true) => return self.note("body-removed", at, format!("body of {} removed", before.join(", "))),
            (false, false) => {}
        }
        if before != after {
            let message = format!("changed from {} to {}", before.join(", "), after.join(", "));
            self.note("content-type-changed", at, message);
        }
        for content_type in before.iter().filter(|content_type| after.contains(content_type)) {
            let at = below(at, content_type);
            let (was, is) = (&old[content_type], &new[content_type]);
            self.schema(&below(&at, "schema"), usage, &was["schema"], &is["schema"]);
            self.compare_rest("keyword-changed", &at, was, is, &["schema"]);
        }
    }
}

/// The alternatives of security requirements. An empty list means the same as one empty requirement: no credentials are
/// needed.
fn alternatives(requirements: &Value) -> Vec<Value> {
    let mut all: Vec<_> = array(requirements).cloned().collect();
    for scopes in all.iter_mut().filter_map(Value::as_object_mut).flat_map(|one| one.values_mut()) {
        if let Some(scopes) = scopes.as_array_mut() {
            scopes.sort_by_key(Value::to_string);
        }
    }
    all.sort_by_key(Value::to_string);
    all.dedup();
    if all.is_empty() { vec![json!({})] } else { all }
}

/// Whether all credentials that meet the old security requirements also meet the new security requirements.
fn accepts(old: &Value, new: &Value) -> bool {
    let new = alternatives(new);
    let is_met_by = |needed: &Value, given: &Value| {
        object(needed).all(|(scheme, scopes)| {
            given.get(scheme).is_some_and(|given| match (given.as_array(), scopes.as_array()) {
                (Some(given), Some(needed)) => needed.iter().all(|scope| given.contains(scope)),
                _ => given == scopes,
            })
        })
    };
    alternatives(old).iter().all(|given| new.iter().any(|needed| is_met_by(needed, given)))
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

/// Whether the new responses still cover one of the old success statuses: by the status itself, by `2XX` or by
/// `default`. One success status is enough to cover `2XX`.
fn keeps_success(before: &Value, after: &Value) -> bool {
    let is_kept = |status: &str| {
        object(after).any(|(new, _)| new == status || ["2XX", "default"].contains(&new.as_str()))
            || status == "2XX" && object(after).any(|(new, _)| is_success(new))
    };
    object(before).any(|(status, _)| is_success(status) && is_kept(status))
}

fn is_error(status: &str) -> bool {
    status == "default" || status.starts_with(['4', '5'])
}

fn has_error_body(document: &Value, responses: &Value) -> bool {
    object(responses).any(|(status, response)| {
        is_error(status) && !content_types(&spec::follow(document, response)["content"]).is_empty()
    })
}

fn content_types(content: &Value) -> Vec<String> {
    object(content).map(|(content_type, _)| content_type.clone()).collect()
}
