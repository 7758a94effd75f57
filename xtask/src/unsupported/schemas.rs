//! Schemas that the generator cannot handle.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;
use serde_json::{Map, Value};

use crate::positions::{below, dotted};
use crate::relax;
use crate::shape::Shape;
use crate::spec::{self, Object, array, object};

use super::findings::Findings;

/// Names that a schema must not have: names of other items of the generated crate, and names that Rust defines.
const TAKEN: [&str; 15] = [
    "ByteStream",
    "Client",
    "ClientInfo",
    "Err",
    "Error",
    "Execute",
    "ExecuteFuture",
    "Executor",
    "None",
    "Ok",
    "Operation",
    "Option",
    "ResponseValue",
    "Self",
    "Some",
];
/// The types of OpenAPI 3.0.
const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

impl Findings<'_> {
    pub(super) fn schemas(&mut self, objects: &[Object<'_>]) {
        for object in objects {
            let keywords = object.keywords;
            let mut problems: Vec<(&'static str, String)> = Vec::new();
            if keywords["additionalProperties"] == true && keywords.get("properties").is_some() {
                let problem = "`additionalProperties: true` in a schema with `properties` drops unknown keys; write \
                               `additionalProperties: {}`";
                problems.push(("dropped-additional-properties", problem.into()));
            }
            for (exclusive, limit) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
                if keywords.get(exclusive).is_some() && keywords.get(limit).is_none() {
                    let problem = format!("{exclusive} without {limit}, on which the generator panics");
                    problems.push(("exclusive-without-limit", problem));
                }
            }
            if let Some(kind) = keywords["type"].as_str().filter(|kind| !TYPES.contains(kind)) {
                problems.push(("unknown-type", format!("unknown type {kind:?}, on which the generator panics")));
            }
            if keywords["allOf"].as_array().is_some_and(Vec::is_empty) {
                problems.push(("empty-all-of", "an empty allOf, on which the generator panics".into()));
            }
            let kinds: Vec<_> = array(&keywords["anyOf"])
                .filter_map(|member| Shape::of(self.document, "", member).kind())
                .filter(|kind| *kind != "object")
                .collect();
            if let Some(kind) =
                kinds.iter().enumerate().find_map(|(at, kind)| kinds[..at].contains(kind).then_some(kind))
            {
                let problem = format!("anyOf with two members of type {kind}, which the client cannot decode");
                problems.push(("unsupported-any-of", problem));
            }
            if keywords.get("discriminator").is_some() {
                let problem = "the discriminator is ignored; the client takes the first alternative that matches";
                problems.push(("unsupported-discriminator", problem.into()));
            }
            if keywords.get("not").is_some() {
                problems.push(("unsupported-not", "the generator panics on most schemas with `not`".into()));
            }
            for (check, problem) in problems {
                self.add(check, &object.pointer, object.place(), problem);
            }
        }
    }

    pub(super) fn schema_names(&mut self) {
        for (name, _) in object(&self.document["components"]["schemas"]) {
            if !is_type_name(name) {
                let at = below("/components/schemas", name);
                let reason = "the name differs from the name of the Rust type, so codegen cannot find the schema; \
                              rename the schema in the style of TaskRecord, without two capitals in a row";
                self.add("invalid-schema-name", &at, dotted(&at), reason);
            } else if TAKEN.contains(&name.as_str()) {
                let at = below("/components/schemas", name);
                self.add("invalid-schema-name", &at, dotted(&at), "the name is taken by the client or by Rust");
            }
        }
    }

    /// Reports inline schemas of responses, and nullable component schemas. The generator invents names for their types, so codegen cannot give the
    /// types the attributes of response types.
    pub(super) fn unnamed_schemas(&mut self, objects: &[Object<'_>]) {
        let named = spec::response_schemas(self.document);
        for object in objects {
            let Some(path) = spec::path_in_response(&object.pointer, &named) else { continue };
            let is_merged = path.len() == 2 && path[0] == "allOf";
            let keywords = object.keywords;
            let combined = array(&keywords["allOf"]).count();
            let is_type = keywords["properties"].is_object()
                || ["oneOf", "anyOf"].iter().any(|several| keywords[*several].is_array())
                || array(&keywords["required"]).next().is_some()
                || combined > 0 && combined + usize::from(keywords["additionalProperties"].is_object()) > 1;
            if is_type && path.is_empty() && keywords["nullable"] == true {
                let reason = "the schema is nullable, so the generator wraps its type in another type";
                self.add("nullable-component", &object.pointer, object.place(), reason);
            }
            if is_type && !is_merged && !path.is_empty() {
                let reason = "the schema of a response has no name, so its type would not be non-exhaustive, and each \
                              new field would be a breaking change";
                self.add("unnamed-schema", &object.pointer, object.place(), reason);
            }
        }
    }

    pub(super) fn named_constants(&mut self, objects: &[Object<'_>]) {
        for object in objects {
            let schema = object.keywords;
            let is_integer_enum = schema["type"] == "integer" && schema["enum"].is_array();
            if !is_integer_enum && schema.get("x-enum-varnames").is_none() {
                continue;
            }
            let place = object.place();
            let name = place.strip_prefix("components.schemas.");
            if name.is_none_or(|name| name.contains('.')) {
                let reason = "an integer enum must be a component schema, which has a name";
                self.add("unnamed-enum", &object.pointer, &place, reason);
                continue;
            }
            for problem in constant_problems(schema) {
                self.add("invalid-named-constants", &object.pointer, &place, problem);
            }
        }
    }

    /// Reports request enums with two values that give the same Rust name. Enums of responses are not checked, because
    /// codegen removes them.
    pub(super) fn text_enums(&mut self, objects: &[Object<'_>]) {
        let collision = |schema: &Value| {
            let texts: Vec<_> = array(&schema["enum"]).filter_map(Value::as_str).collect();
            let (one, other) = find_same_name(&texts, first_name)?;
            find_same_name(&texts, second_name).map(|_| (one.to_owned(), other.to_owned()))
        };
        let mut colliding: Vec<_> = objects.iter().filter_map(|at| Some((at, collision(at.keywords)?))).collect();
        if !colliding.is_empty() {
            let mut relaxed = self.document.clone();
            relax::relax(&mut relaxed);
            colliding.retain(|(object, _)| relaxed.pointer(&object.pointer).is_some_and(|at| at.get("enum").is_some()));
        }
        for (object, (one, other)) in colliding {
            let reason = format!(
                "the enum values {one:?} and {other:?} give the same Rust name; the generator panics. Remove `enum`, \
                 or use x-extensible-enum"
            );
            self.add("colliding-enum-values", &object.pointer, object.place(), reason);
        }
    }

    /// Reports combinations for which the generator would merge two or more recursive schemas, or a schema with itself: it
    /// never finishes. A plain `oneOf` or `anyOf` merges nothing.
    pub(super) fn recursive_merges(&mut self, objects: &[Object<'_>]) {
        let recursive = self.reaching_cycles(spec::references);
        if recursive.is_empty() {
            return;
        }
        let is_recursive =
            |value: &Value| spec::references(value).iter().any(|reference| recursive.contains(*reference));
        let mut found = Vec::new();
        for object in objects {
            for several in ["allOf", "anyOf", "oneOf"] {
                let members = array(&object.keywords[several]).filter(|member| is_recursive(member)).count();
                if members == 0 {
                    continue;
                }
                if several == "allOf" && self.merges_itself(object, &is_recursive) {
                    found.push((object.pointer.clone(), object.place(), several));
                    continue;
                }
                // Keywords beside a combination are merged into each of its members.
                let mut beside = object.keywords.clone();
                beside.as_object_mut().map(|keywords| keywords.remove(several));
                let merged = members + usize::from(is_recursive(&beside));
                let is_plain_union = several != "allOf" && merged == members;
                if merged > 1 && !is_plain_union {
                    found.push((object.pointer.clone(), object.place(), several));
                }
            }
        }
        for (at, place, several) in found {
            let reason = format!("{several} combines recursive schemas, which the generator never finishes merging");
            self.add("recursive-merge", at, place, reason);
        }
    }

    /// Whether the generator would never finish merging an `allOf`: references of a member lead to the component around
    /// the `allOf`, or two parts have the same property, which is recursive.
    fn merges_itself(&self, object: &Object<'_>, is_recursive: &impl Fn(&Value) -> bool) -> bool {
        let members: Vec<_> = array(&object.keywords["allOf"]).collect();
        let mut beside = object.keywords.clone();
        if let Some(keywords) = beside.as_object_mut() {
            keywords
                .retain(|key, _| ["additionalProperties", "properties", "required", "type"].contains(&key.as_str()));
        }
        if members.len() < 2 && beside.as_object().is_none_or(Map::is_empty) {
            return false;
        }
        let parts: Vec<_> = object.pointer.split('/').skip(1).collect();
        if let ["components", "schemas", name, _, ..] = parts[..] {
            let own = format!("#/components/schemas/{name}");
            if members.iter().any(|member| self.leads_to(member, &own)) {
                return true;
            }
        }
        let shapes: Vec<_> =
            members.into_iter().chain([&beside]).map(|part| Shape::of(self.document, "", part)).collect();
        shapes.iter().enumerate().any(|(at, shape)| {
            let others = || shapes[at + 1..].iter().chain(&shapes[..at]);
            let mut properties = shape.properties().into_iter().filter(|(.., schema)| is_recursive(schema));
            properties.any(|(name, ..)| others().any(|other| !other.property(name).is_empty()))
        })
    }

    /// Whether references lead from a value to the component `target`.
    fn leads_to(&self, value: &Value, target: &str) -> bool {
        let (mut seen, mut pending) = (BTreeSet::new(), spec::references(value));
        while let Some(reference) = pending.pop() {
            if reference == target {
                return true;
            }
            if let (true, Some(component)) = (seen.insert(reference), spec::resolve(self.document, reference)) {
                pending.extend(spec::references(component));
            }
        }
        false
    }

    /// Reports an `allOf` that gives too many alternatives. The generator merges each alternative of a union with the other
    /// members, and compares all results with each other.
    pub(super) fn merged_unions(&mut self, objects: &[Object<'_>]) {
        /// The maximum number of merged alternatives. It is low, because the generator needs many seconds for 16.
        const MAX_ALTERNATIVES: usize = 9;
        for object in objects {
            let unions = array(&object.keywords["allOf"])
                .map(|member| Shape::of(self.document, "", member).alternatives().len());
            let count = unions.filter(|count| *count > 0).fold(1, usize::saturating_mul);
            if array(&object.keywords["allOf"]).count() > 1 && count > MAX_ALTERNATIVES {
                let reason =
                    format!("allOf merges unions to {count} alternatives; at most {MAX_ALTERNATIVES} are supported");
                self.add("merged-unions", &object.pointer, object.place(), reason);
            }
        }
    }
}

/// The problems of an integer enum with `x-enum-varnames`.
fn constant_problems(schema: &Value) -> Vec<String> {
    let numbers: Vec<_> = array(&schema["enum"]).collect();
    let names: Vec<_> = array(&schema["x-enum-varnames"]).map(|name| name.as_str().unwrap_or_default()).collect();
    let descriptions = &schema["x-enum-descriptions"];
    let has_duplicates = |texts: Vec<String>| texts.iter().collect::<BTreeSet<_>>().len() != texts.len();
    let mut problems = Vec::new();
    let mut check = |is_wrong: bool, problem: String| {
        if is_wrong {
            problems.push(problem);
        }
    };
    check(
        schema["type"] != "integer",
        "x-enum-varnames is ignored, because the type of the schema is not integer".into(),
    );
    let (count, name_count) = (numbers.len(), names.len());
    check(count != name_count, format!("{count} values and {name_count} names; x-enum-varnames must name each value"));
    let is_described = descriptions.is_null() || array(descriptions).count() == count;
    check(!is_described, "x-enum-descriptions must describe each value".into());
    let is_too_large = numbers.iter().any(|number| !number.is_i64());
    check(is_too_large, "a value of the enum is not a 64-bit integer".into());
    let nullable = "`nullable` in the schema of the enum is ignored; write it where the enum is used, beside an \
                    `allOf` with the `$ref`";
    check(schema["nullable"] == true, nullable.into());
    for name in names.iter().filter(|name| !is_constant(name)) {
        check(true, format!("{name:?} is not a constant name; use capitals, digits and _, but not NAMED"));
    }
    let duplicate_names = has_duplicates(names.iter().map(ToString::to_string).collect());
    check(duplicate_names, "duplicate name in x-enum-varnames".into());
    let duplicate_numbers = has_duplicates(numbers.iter().map(ToString::to_string).collect());
    check(duplicate_numbers, "duplicate value in the enum".into());
    problems
}

/// The first two texts that `name` converts to the same name.
fn find_same_name<'a>(texts: &[&'a str], name: fn(&str) -> String) -> Option<(&'a str, &'a str)> {
    let mut seen = BTreeMap::new();
    texts.iter().find_map(|text| seen.insert(name(text), *text).map(|first| (first, *text)))
}

/// The first name that the generator tries for an enum value. Invalid characters separate words.
fn first_name(text: &str) -> String {
    let text = match text {
        "+1" => "plus1",
        "-1" => "minus1",
        text => text,
    };
    text.replace('\'', "").replace(|c: char| !(c.is_alphanumeric() || c == '_'), "-").to_upper_camel_case()
}

/// The second name that the generator tries for an enum value. Each invalid character becomes an X.
fn second_name(text: &str) -> String {
    text.replace(|c: char| !c.is_alphanumeric(), "X").to_upper_camel_case()
}

/// Whether the generator uses the name of a schema unchanged as the name of the Rust type.
fn is_type_name(name: &str) -> bool {
    name != "Self"
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && !name.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_uppercase))
}

fn is_constant(name: &str) -> bool {
    // The generated types define a constant NAMED themselves.
    name != "NAMED"
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
