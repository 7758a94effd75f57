//! Comparison of schemas.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use crate::positions::below;
use crate::spec::{array, object};

use super::comparison::{Comparison, Usage, from_to, keys, shown, without_prose};

/// Numeric limits. The flag is true if a smaller number is a tighter limit.
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
/// Limits whose values are not numbers.
const FLAGS: [&str; 4] = ["exclusiveMaximum", "exclusiveMinimum", "pattern", "uniqueItems"];
/// Keywords, other than limits, that are compared separately.
const COMPARED: [&str; 20] = [
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
    /// Compares the old and the new schema at a JSON pointer.
    pub(super) fn schema(&mut self, at: &str, usage: Usage, old: &Value, new: &Value) {
        self.nullability(at, usage, old, new, true);
        self.non_null_schema(at, usage, old, new);
    }

    fn non_null_schema(&mut self, at: &str, usage: Usage, old: &Value, new: &Value) {
        if old == new {
            return;
        }
        if !(old.is_object() && new.is_object()) {
            return self.note_in("type-changed", usage, at, from_to(Some(old), Some(new)));
        }
        let (old, new) = (&unwrapped(old), &unwrapped(new));
        self.prose(at, usage, old, new);
        let (was, is) = (kind(old), kind(new));
        if was != is {
            let references = was.starts_with('#') && is.starts_with('#');
            let check = if references { "reference-changed" } else { "type-changed" };
            let (mut before, mut after) = (describe_kind(old), describe_kind(new));
            if before == after {
                (before, after) = (was, is);
            }
            self.note_in(check, usage, at, format!("changed from {before} to {after}"));
            return self.matching_alternative(at, usage, old, new);
        }
        // The keyword `type` beside `allOf`, `anyOf` or `oneOf`.
        if old["type"] != new["type"] {
            let message = format!("type: {}", from_to(old.get("type"), new.get("type")));
            return self.note_in("type-changed", usage, at, message);
        }
        if old["format"] != new["format"] {
            let message = format!("format: {}", from_to(old.get("format"), new.get("format")));
            self.note_in("format-changed", usage, at, message);
        }
        self.limits(at, usage, old, new);
        self.values(at, usage, old, new);
        self.named_constants(at, usage, old, new);
        self.properties(at, usage, old, new);
        self.additional_properties(at, usage, old, new);
        for key in ["oneOf", "anyOf"] {
            self.alternatives(&below(at, key), usage, &old[key], &new[key]);
        }
        self.combination(&below(at, "allOf"), usage, &old["allOf"], &new["allOf"]);
        self.schema(&below(at, "items"), usage, &old["items"], &new["items"]);
        self.other_keywords(at, usage, old, new);
    }

    /// If one of the schemas is a union, compares the other schema with the alternative of the same kind.
    ///
    /// This covers two changes: a schema became an alternative of a union, or an alternative became the whole schema.
    fn matching_alternative(&mut self, at: &str, usage: Usage, old: &Value, new: &Value) {
        let member = |union: &Value, schema: &Value| {
            let members = array(&union["oneOf"]).chain(array(&union["anyOf"]));
            members.map(|member| without_title(&unwrapped(member))).find(|member| kind(member) == kind(schema))
        };
        if let Some(member) = member(new, old) {
            self.non_null_schema(at, usage, &without_title(old), &member);
        } else if let Some(member) = member(old, new) {
            self.non_null_schema(at, usage, &member, &without_title(new));
        }
    }

    /// Adds a change if `nullable` differs.
    ///
    /// `is_always_present` is true if the value cannot be absent. The Rust type is then an `Option` only if the schema
    /// is nullable.
    fn nullability(&mut self, at: &str, usage: Usage, old: &Value, new: &Value, is_always_present: bool) {
        let (check, message) = match (old["nullable"] == true, new["nullable"] == true, is_always_present) {
            (false, true, true) => ("required-became-nullable", "became nullable"),
            (false, true, false) => ("optional-became-nullable", "became nullable"),
            (true, false, true) => ("required-became-non-nullable", "no longer nullable"),
            (true, false, false) => ("optional-became-non-nullable", "no longer nullable"),
            _ => return,
        };
        self.note_in(check, usage, at, message);
    }

    fn prose(&mut self, at: &str, usage: Usage, old: &Value, new: &Value) {
        for (check, key) in [
            ("description-changed", "description"),
            ("description-changed", "x-enum-descriptions"),
            ("description-changed", "title"),
            ("examples-changed", "example"),
        ] {
            if old.get(key) != new.get(key) {
                self.note_in(check, usage, at, format!("{key}: {}", from_to(old.get(key), new.get(key))));
            }
        }
    }

    fn limits(&mut self, at: &str, usage: Usage, old: &Value, new: &Value) {
        for (key, smaller_is_tighter) in LIMITS {
            let (was, is) = (&old[key], &new[key]);
            let check = match compare_numbers(was, is) {
                None if !was.is_number() && !is.is_number() => continue,
                Some(Ordering::Equal) => continue,
                None if is.is_number() => "limit-added",
                None => "limit-removed",
                Some(_) if key == "multipleOf" && is_multiple(was, is) => "limit-loosened",
                Some(_) if key == "multipleOf" => "limit-tightened",
                Some(order) if (order == Ordering::Greater) == smaller_is_tighter => "limit-tightened",
                Some(_) => "limit-loosened",
            };
            self.note_in(check, usage, at, format!("{key}: {}", from_to(old.get(key), new.get(key))));
        }
        for key in FLAGS {
            let check = match (old.get(key), new.get(key)) {
                (was, is) if was == is => continue,
                (None, _) => "limit-added",
                (_, None) => "limit-removed",
                (Some(_), Some(_)) => "limit-tightened",
            };
            self.note_in(check, usage, at, format!("{key}: {}", from_to(old.get(key), new.get(key))));
        }
    }

    fn values(&mut self, at: &str, usage: Usage, old: &Value, new: &Value) {
        let is_named = |schema: &Value| schema["x-enum-varnames"].is_array();
        let removed = if is_named(old) && is_named(new) { "named-constant-removed" } else { "enum-value-removed" };
        let lists =
            [("enum", "enum-value-added", removed), ("x-extensible-enum", "known-value-added", "known-value-removed")];
        for (key, added, removed) in lists {
            let (was, is): (Vec<_>, Vec<_>) = (array(&old[key]).collect(), array(&new[key]).collect());
            if was.is_empty() != is.is_empty() && key == "enum" {
                let check = if was.is_empty() { "limit-added" } else { "limit-removed" };
                self.note_in(check, usage, at, format!("enum: {}", from_to(old.get(key), new.get(key))));
                continue;
            }
            for value in is.iter().filter(|value| !was.contains(value)) {
                self.note_in(added, usage, at, format!("{} added", shown(value)));
            }
            for value in was.iter().filter(|value| !is.contains(value)) {
                self.note_in(removed, usage, at, format!("{} removed", shown(value)));
            }
            if was != is && was.iter().all(|value| is.contains(value)) && was.len() == is.len() {
                self.note_in(
                    "description-changed",
                    usage,
                    at,
                    format!("{key}: order {}", from_to(old.get(key), new.get(key))),
                );
            }
        }
    }

    fn named_constants(&mut self, at: &str, usage: Usage, old: &Value, new: &Value) {
        let constants = |schema: &Value| -> Vec<(Value, Value)> {
            array(&schema["enum"]).cloned().zip(array(&schema["x-enum-varnames"]).cloned()).collect()
        };
        let after = constants(new);
        for (number, name) in constants(old) {
            let now = after.iter().find(|(other, _)| *other == number).map(|(_, name)| name);
            if now.is_some_and(|now| *now != name) {
                let message = format!("{number}: {}", from_to(Some(&name), now));
                self.note_in("named-constant-renamed", usage, at, message);
            }
        }
        let names = (old.get("x-enum-varnames"), new.get("x-enum-varnames"));
        if names.0.is_some_and(Value::is_array) != names.1.is_some_and(Value::is_array) {
            self.note_in("type-changed", usage, at, format!("x-enum-varnames: {}", from_to(names.0, names.1)));
        }
    }

    fn properties(&mut self, at: &str, usage: Usage, old: &Value, new: &Value) {
        let requires = |schema: &Value, name: &str| array(&schema["required"]).any(|required| *required == name);
        let mut names = keys(&old["properties"], &new["properties"]);
        let listed = array(&old["required"]).chain(array(&new["required"])).filter_map(Value::as_str);
        let undescribed: Vec<_> = listed.map(str::to_owned).filter(|name| !names.contains(name)).collect();
        names.extend(&undescribed);
        let is_map = |schema: &Value| schema["type"] == "object" && kind(schema) == "object" && !has_properties(schema);
        if is_map(old) != is_map(new) {
            let words = |schema| if is_map(schema) { "any properties" } else { "named properties" };
            self.note_in("type-changed", usage, at, format!("changed from {} to {}", words(old), words(new)));
        }
        for name in names {
            let at = below(&below(at, "properties"), name);
            let (was_required, is_required) = (requires(old, name), requires(new, name));
            match (old["properties"].get(name), new["properties"].get(name)) {
                (Some(_), None) => self.note_in("property-removed", usage, &at, "removed"),
                (None, Some(_)) if is_required => {
                    self.note_in("required-property-added", usage, &at, "added as required");
                }
                (None, Some(_)) => self.note_in("property-added", usage, &at, "added"),
                (was, is) => {
                    let (was, is) = (was.unwrap_or(&Value::Null), is.unwrap_or(&Value::Null));
                    let nullable = if was_required { was } else { is }["nullable"] == true;
                    let check = match (was_required, is_required, nullable) {
                        (false, true, false) => Some(("property-became-required", "became required")),
                        (false, true, true) => Some(("nullable-property-became-required", "became required")),
                        (true, false, false) => Some(("property-became-optional", "became optional")),
                        (true, false, true) => Some(("nullable-property-became-optional", "became optional")),
                        _ => None,
                    };
                    if let Some((check, message)) = check {
                        self.note_in(check, usage, &at, message);
                    }
                    self.nullability(&at, usage, was, is, was_required && is_required);
                    self.non_null_schema(&at, usage, was, is);
                }
            }
        }
    }

    fn additional_properties(&mut self, at: &str, usage: Usage, old: &Value, new: &Value) {
        let is_open = |schema: &Value| matches!(schema.get("additionalProperties"), Some(Value::Object(_)));
        let (was, is) = (&old["additionalProperties"], &new["additionalProperties"]);
        if was == is {
            return;
        }
        let at = &below(at, "additionalProperties");
        let is_map = |schema: &Value| kind(schema) == "object" && !has_properties(schema);
        let are_maps = is_map(old) && is_map(new);
        // An empty schema allows the same values as no schema.
        let plain = |value: &Value| {
            if value.is_object() && without_prose(value) != json!({}) { without_prose(value) } else { Value::Null }
        };
        if are_maps && *was != false && *is != false && plain(was) == plain(is) {
            return self.note_in(
                "description-changed",
                usage,
                at,
                from_to(old.get("additionalProperties"), new.get("additionalProperties")),
            );
        }
        match (is_open(old), is_open(new)) {
            (was_open, is_open) if are_maps && was_open != is_open => {
                self.note_in(
                    "type-changed",
                    usage,
                    at,
                    from_to(old.get("additionalProperties"), new.get("additionalProperties")),
                );
            }
            (false, true) => self.note_in("additional-properties-added", usage, at, "unknown keys are kept"),
            (true, false) => {
                self.note_in("additional-properties-removed", usage, at, "unknown keys are no longer kept");
            }
            (true, true) => self.schema(at, usage, was, is),
            (false, false) => {
                let check = match *is == false {
                    _ if !are_maps => "keyword-changed",
                    true => "limit-added",
                    false => "limit-removed",
                };
                self.note_in(
                    check,
                    usage,
                    at,
                    from_to(old.get("additionalProperties"), new.get("additionalProperties")),
                );
            }
        }
    }

    /// Compares the members of a union.
    ///
    /// Members are paired by the names of their variants, then by reference, then by content, then by type.
    fn alternatives(&mut self, at: &str, usage: Usage, old: &Value, new: &Value) {
        let (was, is): (Vec<_>, Vec<_>) = (array(old).collect(), array(new).collect());
        let criteria: [fn(&Value, &Value) -> bool; 4] = [
            |one, other| variant_name(one).is_some() && variant_name(one) == variant_name(other),
            |one, other| kind(&unwrapped(one)).starts_with('#') && kind(&unwrapped(one)) == kind(&unwrapped(other)),
            |one, other| without_title(one) == without_title(other),
            |one, other| one["title"] == other["title"] && kind(&unwrapped(one)) == kind(&unwrapped(other)),
        ];
        let mut pairs: Vec<Option<usize>> = vec![None; was.len()];
        for is_same in criteria {
            for (index, member) in was.iter().enumerate() {
                if pairs[index].is_none() {
                    let mut free = (0..is.len()).filter(|other| !pairs.contains(&Some(*other)));
                    pairs[index] = free.find(|other| is_same(member, is[*other]));
                }
            }
        }
        for (index, member) in was.iter().enumerate() {
            let at = below(at, &index.to_string());
            match pairs[index].map(|other| is[other]) {
                None => self.note_in("alternative-removed", usage, &at, format!("{} removed", name(member))),
                Some(now) if variant_name(member) != variant_name(now) => {
                    let message = format!("changed from {} to {}", name(member), name(now));
                    self.note_in("alternative-renamed", usage, &at, message);
                    self.schema(&at, usage, &without_title(member), &without_title(now));
                }
                Some(now) => self.schema(&at, usage, member, now),
            }
        }
        for (index, member) in is.iter().enumerate().filter(|(index, _)| !pairs.contains(&Some(*index))) {
            let at = below(at, &index.to_string());
            self.note_in("alternative-added", usage, &at, format!("{} added", name(member)));
        }
        if !pairs.iter().flatten().is_sorted() {
            let names = |members: &[&Value]| members.iter().map(|member| name(member)).collect::<Vec<_>>().join(", ");
            self.note_in(
                "alternatives-reordered",
                usage,
                at,
                format!("order changed from {} to {}", names(&was), names(&is)),
            );
        }
    }

    fn combination(&mut self, at: &str, usage: Usage, old: &Value, new: &Value) {
        let (was, is): (Vec<_>, Vec<_>) = (array(old).collect(), array(new).collect());
        if was.len() == is.len() {
            // The order of the members has no meaning.
            if was.iter().all(|member| is.contains(member)) && is.iter().all(|member| was.contains(member)) {
                return;
            }
            for (index, (was, is)) in was.iter().zip(is).enumerate() {
                self.schema(&below(at, &index.to_string()), usage, was, is);
            }
        } else {
            let present = |list| Some(list).filter(|list: &&Value| !list.is_null());
            self.note_in("type-changed", usage, at, from_to(present(old), present(new)));
        }
    }

    fn other_keywords(&mut self, at: &str, usage: Usage, old: &Value, new: &Value) {
        if old.get("default") != new.get("default") {
            let check = match (old.get("default"), new.get("default")) {
                (None, _) => "default-added",
                (_, None) => "default-removed",
                _ => "default-changed",
            };
            self.note_in(check, usage, at, format!("default: {}", from_to(old.get("default"), new.get("default"))));
        }
        if old["x-embedded-json"] != new["x-embedded-json"] {
            let message = from_to(old.get("x-embedded-json"), new.get("x-embedded-json"));
            self.note_in("embedded-json-changed", usage, at, message);
        }
        let limits = LIMITS.iter().map(|(key, _)| *key);
        let compared: Vec<_> = COMPARED.into_iter().chain(limits).chain(FLAGS).collect();
        self.compare_rest("keyword-changed", at, old, new, &compared);
    }
}

/// Compares two numbers. Integers are compared exactly. None if one of the values is not a number.
fn compare_numbers(one: &Value, other: &Value) -> Option<Ordering> {
    let integer = |value: &Value| value.as_i64().map(i128::from).or(value.as_u64().map(i128::from));
    match (integer(one), integer(other)) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

/// Whether a number is a multiple of another, up to the precision of decimal fractions.
fn is_multiple(number: &Value, step: &Value) -> bool {
    let ratio = number.as_f64().zip(step.as_f64()).map_or(f64::NAN, |(number, step)| number / step);
    (ratio - ratio.round()).abs() < 1e-9
}

/// Returns a schema without `nullable`. An `allOf` that contains only a reference is replaced by the reference, because
/// specs use this `allOf` only to permit keywords beside the reference.
fn unwrapped(schema: &Value) -> Value {
    let Some(keywords) = schema.as_object() else { return schema.clone() };
    let mut unwrapped: Map<_, _> = keywords.clone();
    unwrapped.remove("nullable");
    if let (Some([only]), None) = (schema["allOf"].as_array().map(Vec::as_slice), schema.get("properties"))
        && let Some(reference) = only.get("$ref")
    {
        unwrapped.remove("allOf");
        unwrapped.insert("$ref".into(), reference.clone());
    }
    Value::Object(unwrapped)
}

/// The kind of a schema: the target of its reference, its combining keyword (such as `allOf`), or its type.
fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return reference.to_owned();
    }
    let combined = ["oneOf", "anyOf", "allOf"].into_iter().find(|several| schema.get(several).is_some());
    combined.or(schema["type"].as_str()).unwrap_or("any type").to_owned()
}

/// The kind of a schema. For a union, the kinds of its members, joined by `or`.
fn describe_kind(schema: &Value) -> String {
    let members: Vec<_> = array(&schema["oneOf"]).chain(array(&schema["anyOf"])).collect();
    if members.is_empty() {
        return kind(schema);
    }
    members.into_iter().map(|member| kind(&unwrapped(member))).collect::<Vec<_>>().join(" or ")
}

fn has_properties(schema: &Value) -> bool {
    object(&schema["properties"]).next().is_some()
}

fn without_title(member: &Value) -> Value {
    let mut member = member.clone();
    member.as_object_mut().map(|keywords| keywords.remove("title"));
    member
}

/// The name of a member of a union: its title, or the name of the schema that it refers to.
fn variant_name(member: &Value) -> Option<String> {
    let reference = || kind(&unwrapped(member)).strip_prefix("#/components/schemas/").map(str::to_owned);
    member["title"].as_str().map(str::to_owned).or_else(reference)
}

fn name(member: &Value) -> String {
    member["title"].as_str().map_or_else(|| kind(&unwrapped(member)), str::to_owned)
}
