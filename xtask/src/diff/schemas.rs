//! Schemas, keyword by keyword.

use serde_json::{Map, Value};

use super::document::{keys, shown};
use super::operations::became;
use super::{Comparison, Use};
use crate::positions::below;
use crate::spec::array;

/// Limits: the keyword, and whether a smaller number is the tighter one.
const LIMITS: [(&str, bool); 9] = [
    ("maximum", true),
    ("maxItems", true),
    ("maxLength", true),
    ("maxProperties", true),
    ("minimum", false),
    ("minItems", false),
    ("minLength", false),
    ("minProperties", false),
    ("multipleOf", false),
];
/// Limits that are there or not.
const SWITCHES: [&str; 4] = ["exclusiveMaximum", "exclusiveMinimum", "pattern", "uniqueItems"];
/// Keywords that are compared part by part, but for the limits.
const OWN: [&str; 20] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "description",
    "enum",
    "example",
    "format",
    "items",
    "nullable",
    "oneOf",
    "properties",
    "required",
    "title",
    "type",
    "x-embedded-json",
    "x-enum-descriptions",
    "x-enum-varnames",
    "x-extensible-enum",
];

impl Comparison<'_> {
    /// Compares two schemas of one place.
    pub(super) fn schema(&mut self, at: &str, usage: Use, old: &Value, new: &Value) {
        self.nullability(at, usage, old, new, true);
        self.apart_from_null(at, usage, old, new);
    }

    fn apart_from_null(&mut self, at: &str, usage: Use, old: &Value, new: &Value) {
        if old == new {
            return;
        }
        if !(old.is_object() && new.is_object()) {
            return self.note_in("type-changed", usage, at, became(Some(old), Some(new)));
        }
        let (old, new) = (&plain(old), &plain(new));
        self.words(at, usage, old, new);
        let (was, is) = (kind(old), kind(new));
        if was != is {
            let references = was.starts_with('#') && is.starts_with('#');
            let check = if references { "reference-changed" } else { "type-changed" };
            self.note_in(check, usage, at, format!("{was} became {is}"));
            return;
        }
        if old["format"] != new["format"] {
            self.note_in(
                "format-changed",
                usage,
                at,
                format!("format: {}", became(old.get("format"), new.get("format"))),
            );
        }
        self.limits(at, usage, old, new);
        self.values(at, usage, old, new);
        self.properties(at, usage, old, new);
        self.additional(at, usage, old, new);
        self.alternatives(at, usage, old, new);
        self.schema(&below(at, "items"), usage, &old["items"], &new["items"]);
        self.others(at, usage, old, new);
    }

    /// `shown_by_type`: whether the Rust type of the field tells null by itself being an Option.
    fn nullability(&mut self, at: &str, usage: Use, old: &Value, new: &Value, shown_by_type: bool) {
        let (check, message) = match (old["nullable"] == true, new["nullable"] == true, shown_by_type) {
            (false, true, true) => ("became-nullable", "it may be null now"),
            (false, true, false) => ("may-be-null-too", "it may be null now, as well as absent"),
            (true, false, true) => ("became-not-nullable", "it is never null any more"),
            (true, false, false) => ("never-null", "it is never null any more, but may be absent"),
            _ => return,
        };
        self.note_in(check, usage, at, message);
    }

    fn words(&mut self, at: &str, usage: Use, old: &Value, new: &Value) {
        for (check, key) in [
            ("description-changed", "description"),
            ("description-changed", "x-enum-descriptions"),
            ("description-changed", "title"),
            ("examples-changed", "example"),
        ] {
            if old.get(key) != new.get(key) {
                self.note_in(check, usage, at, format!("{key}: {}", became(old.get(key), new.get(key))));
            }
        }
    }

    fn limits(&mut self, at: &str, usage: Use, old: &Value, new: &Value) {
        for (key, smaller_is_tighter) in LIMITS {
            let check = match (old[key].as_f64(), new[key].as_f64()) {
                (was, is) if was == is => continue,
                (None, _) => "limit-added",
                (_, None) => "limit-removed",
                (Some(was), Some(is)) if (is < was) == smaller_is_tighter => "limit-tightened",
                _ => "limit-loosened",
            };
            self.note_in(check, usage, at, format!("{key}: {}", became(old.get(key), new.get(key))));
        }
        for key in SWITCHES {
            let there = |value: &Value| value.get(key).is_some_and(|value| *value != Value::Bool(false));
            let check = match (there(old), there(new)) {
                (false, true) => "limit-added",
                (true, false) => "limit-removed",
                _ if old.get(key) == new.get(key) => continue,
                _ => "limit-tightened",
            };
            self.note_in(check, usage, at, format!("{key}: {}", became(old.get(key), new.get(key))));
        }
    }

    fn values(&mut self, at: &str, usage: Use, old: &Value, new: &Value) {
        let named = old["x-enum-varnames"].is_array() && new["x-enum-varnames"].is_array();
        let removed = if named { "named-number-removed" } else { "enum-value-removed" };
        let lists =
            [("enum", "enum-value-added", removed), ("x-extensible-enum", "known-value-added", "known-value-removed")];
        for (key, added, removed) in lists {
            let (was, is): (Vec<_>, Vec<_>) = (array(&old[key]).collect(), array(&new[key]).collect());
            if was.is_empty() != is.is_empty() && key == "enum" {
                let check = if was.is_empty() { "limit-added" } else { "limit-removed" };
                self.note_in(check, usage, at, format!("enum: {}", became(old.get(key), new.get(key))));
                continue;
            }
            for value in is.iter().filter(|value| !was.contains(value)) {
                self.note_in(added, usage, at, format!("{} is new", shown(value)));
            }
            for value in was.iter().filter(|value| !is.contains(value)) {
                self.note_in(removed, usage, at, format!("{} is gone", shown(value)));
            }
            if was != is && was.iter().all(|value| is.contains(value)) && was.len() == is.len() {
                self.note_in("description-changed", usage, at, format!("the order of {key} changed"));
            }
        }
        let numbers = |schema: &Value| -> Vec<(Value, Value)> {
            array(&schema["enum"]).cloned().zip(array(&schema["x-enum-varnames"]).cloned()).collect()
        };
        let after = numbers(new);
        for (number, name) in numbers(old) {
            let now = after.iter().find(|(other, _)| *other == number).map(|(_, name)| name);
            if now.is_some_and(|now| *now != name) {
                let message = format!("{number}: {}", became(Some(&name), now));
                self.note_in("named-number-renamed", usage, at, message);
            }
        }
        if named != (old["x-enum-varnames"].is_array() || new["x-enum-varnames"].is_array()) {
            self.note_in("type-changed", usage, at, "x-enum-varnames came or went");
        }
    }

    fn properties(&mut self, at: &str, usage: Use, old: &Value, new: &Value) {
        let requires = |schema: &Value, name: &str| array(&schema["required"]).any(|required| *required == name);
        let mut named = keys(&old["properties"], &new["properties"]);
        let lists: Vec<_> = array(&old["required"]).chain(array(&new["required"])).filter_map(Value::as_str).collect();
        let unlisted: Vec<_> = lists.into_iter().map(str::to_owned).filter(|name| !named.contains(name)).collect();
        named.extend(&unlisted);
        for name in named {
            let at = below(&below(at, "properties"), name);
            let (had, has) = (requires(old, name), requires(new, name));
            match (old["properties"].get(name), new["properties"].get(name)) {
                (Some(_), None) => self.note_in("property-removed", usage, &at, "is gone"),
                (None, Some(_)) if has => self.note_in("required-property-added", usage, &at, "is new, and required"),
                (None, Some(_)) => self.note_in("property-added", usage, &at, "is new"),
                (was, is) => {
                    let (was, is) = (was.unwrap_or(&Value::Null), is.unwrap_or(&Value::Null));
                    let nullable = was["nullable"] == true && is["nullable"] == true;
                    let check = match (had, has, nullable) {
                        (false, true, false) => Some(("became-required", "is always there now")),
                        (false, true, true) => Some(("nullable-became-required", "is always there now, or null")),
                        (true, false, false) => Some(("became-optional", "may be absent now")),
                        (true, false, true) => Some(("nullable-became-optional", "may be absent now, as well as null")),
                        _ => None,
                    };
                    if let Some((check, message)) = check {
                        self.note_in(check, usage, &at, message);
                    }
                    self.nullability(&at, usage, was, is, had && has);
                    self.apart_from_null(&at, usage, was, is);
                }
            }
        }
    }

    fn additional(&mut self, at: &str, usage: Use, old: &Value, new: &Value) {
        let open = |schema: &Value| matches!(schema.get("additionalProperties"), Some(Value::Object(_)));
        let (was, is) = (&old["additionalProperties"], &new["additionalProperties"]);
        if was == is {
            return;
        }
        let at = &below(at, "additionalProperties");
        match (open(old), open(new)) {
            (false, true) => self.note_in("additional-properties-opened", usage, at, "unknown keys are kept"),
            (true, false) => {
                self.note_in("additional-properties-closed", usage, at, "unknown keys are not kept any more");
            }
            (true, true) => self.schema(at, usage, was, is),
            (false, false) => self.note_in("keyword-changed", usage, at, became(Some(was), Some(is))),
        }
    }

    /// The members of a union by their names, of a combination by their places.
    fn alternatives(&mut self, at: &str, usage: Use, old: &Value, new: &Value) {
        for key in ["oneOf", "anyOf"] {
            let at = below(at, key);
            let (was, is): (Vec<_>, Vec<_>) = (array(&old[key]).collect(), array(&new[key]).collect());
            let alike = |one: &Value, other: &Value| one["title"] == other["title"] || untitled(one) == untitled(other);
            for (index, member) in was.iter().enumerate() {
                let at = below(&at, &index.to_string());
                // The one of its place first: it may have a new name.
                let same_place = is.get(index).filter(|other| alike(member, other)).copied();
                match same_place.or_else(|| is.iter().find(|other| alike(member, other)).copied()) {
                    None => self.note_in("alternative-removed", usage, &at, format!("{} is gone", name(member))),
                    Some(now) if member["title"] != now["title"] => {
                        self.note_in(
                            "alternative-renamed",
                            usage,
                            &at,
                            format!("{} became {}", name(member), name(now)),
                        );
                    }
                    Some(now) => self.schema(&at, usage, member, now),
                }
            }
            for (index, member) in
                is.iter().enumerate().filter(|(_, member)| !was.iter().any(|other| alike(member, other)))
            {
                let at = below(&at, &index.to_string());
                self.note_in("alternative-added", usage, &at, format!("{} is new", name(member)));
            }
            let reordered = was.len() == is.len() && was != is && was.iter().all(|member| is.contains(member));
            if reordered {
                self.note_in(
                    "keyword-changed",
                    usage,
                    &at,
                    "the order of the alternatives changed: the first that fits counts",
                );
            }
        }
        let (was, is): (Vec<_>, Vec<_>) = (array(&old["allOf"]).collect(), array(&new["allOf"]).collect());
        if was.len() == is.len() {
            for (index, (was, is)) in was.iter().zip(is).enumerate() {
                self.schema(&below(&below(at, "allOf"), &index.to_string()), usage, was, is);
            }
        } else {
            self.note_in(
                "type-changed",
                usage,
                &below(at, "allOf"),
                format!("{} parts became {}", was.len(), is.len()),
            );
        }
    }

    fn others(&mut self, at: &str, usage: Use, old: &Value, new: &Value) {
        if old.get("default") != new.get("default") {
            let check = match (old.get("default"), new.get("default")) {
                (None, _) => "default-added",
                (_, None) => "default-removed",
                _ => "default-changed",
            };
            self.note_in(check, usage, at, format!("default: {}", became(old.get("default"), new.get("default"))));
        }
        if old["x-embedded-json"] != new["x-embedded-json"] {
            self.note_in(
                "embedded-json-changed",
                usage,
                at,
                became(old.get("x-embedded-json"), new.get("x-embedded-json")),
            );
        }
        let limits = LIMITS.iter().map(|(key, _)| *key);
        let known: Vec<_> = OWN.into_iter().chain(limits).chain(SWITCHES).collect();
        self.rest("keyword-changed", at, old, new, &known);
    }
}

/// A schema without the wrapping that a keyword beside a reference needs.
fn plain(schema: &Value) -> Value {
    let Some(keywords) = schema.as_object() else { return schema.clone() };
    let mut plain: Map<_, _> = keywords.clone();
    plain.remove("nullable");
    if let (Some([only]), None) = (schema["allOf"].as_array().map(Vec::as_slice), schema.get("properties"))
        && let Some(reference) = only.get("$ref")
    {
        plain.remove("allOf");
        plain.insert("$ref".into(), reference.clone());
    }
    Value::Object(plain)
}

/// What kind of schema it is: what it refers to, how it combines, or its type.
fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return reference.to_owned();
    }
    let combined = ["oneOf", "anyOf", "allOf"].into_iter().find(|several| schema.get(several).is_some());
    combined.or(schema["type"].as_str()).unwrap_or("anything").to_owned()
}

fn untitled(member: &Value) -> Value {
    let mut member = member.clone();
    member.as_object_mut().map(|keywords| keywords.remove("title"));
    member
}

fn name(member: &Value) -> String {
    member["title"].as_str().map_or_else(|| kind(member), str::to_owned)
}
