//! `cargo xtask spec conform`: real answers held against a spec, in both directions.

mod shape;
mod unseen;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::document::{Document, Place};
use crate::level::Effect;
use crate::positions::below;
use crate::refuse;
use crate::spec::{self, Operation, object};

/// A kind of difference.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name in findings.
    pub check: &'static str,
    /// What it does to a consumer.
    pub effect: Effect,
}

const fn kind(check: &'static str, effect: Effect) -> Kind {
    Kind { check, effect }
}

/// All kinds: first what the wire has and the spec has not, then the other way round.
pub const KINDS: &[Kind] = &[
    kind("type-unlisted", Effect::Breaking),
    kind("field-missing", Effect::Breaking),
    kind("null-unlisted", Effect::Breaking),
    kind("embedded-json-unreadable", Effect::Risky),
    kind("format-differs", Effect::Risky),
    kind("limit-exceeded", Effect::Risky),
    kind("value-unlisted", Effect::Risky),
    kind("field-unlisted", Effect::Risky),
    kind("known-value-unlisted", Effect::Safe),
    kind("optional-null-unlisted", Effect::Risky),
    kind("kept-field-unlisted", Effect::Safe),
    kind("field-unseen", Effect::Safe),
    kind("value-unseen", Effect::Safe),
    kind("form-unseen", Effect::Safe),
    kind("null-unseen", Effect::Safe),
    kind("status-unseen", Effect::Safe),
];

/// A difference between the wire and the spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The kind of difference.
    pub check: &'static str,
    /// What it does to a consumer of the spec's types.
    pub effect: Effect,
    /// The part of the answer, such as `data.createTime`.
    pub part: String,
    /// What is there and what was to be there.
    pub message: String,
    /// How many answers show it; none for what no answer shows.
    pub answers: usize,
    /// The first of them, or the spec's own line for what no answer shows.
    pub place: Place,
    /// Where the spec speaks of it.
    pub spec: Place,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} [{}] {}: {}: {}", self.effect, self.check, self.place, self.part, self.message)?;
        if self.answers > 0 {
            let many = if self.answers == 1 { "answer" } else { "answers" };
            write!(f, " ({} {many}; the spec speaks of it at {})", self.answers, self.spec)?;
        }
        Ok(())
    }
}

/// What is held against what.
struct Held<'a> {
    spec: &'a Document,
    /// By check, part and message: the answers that show it, the place in the first, the pointer in the spec.
    found: BTreeMap<(&'static str, String, String), Shown>,
    /// What some answer has: the spec's pointers to it.
    seen: BTreeSet<String>,
}

struct Shown {
    answers: BTreeSet<usize>,
    place: Place,
    pointer: String,
}

/// Holds bodies of answers against the successful response of an operation; all of them are taken for HTTP 2XX.
///
/// # Errors
/// In words, if the spec has no such operation, or that one no response with a schema.
pub fn conform(spec: &Document, operation: Option<&str>, answers: &[Document]) -> Result<Vec<Finding>, String> {
    // What leads nowhere, or round in a circle, cannot be followed.
    let unsound = |check: &str| ["dangling-reference", "endless-reference", "reference-form"].contains(&check);
    if let Some(refusal) = refuse::check(&spec.value).into_iter().find(|refusal| unsound(refusal.check)) {
        return Err(format!("{}: {refusal}", spec.place(&refusal.pointer)));
    }
    let operation = pick(spec, operation)?;
    let responses = below(&operation.pointer(), "responses");
    let described: Vec<_> = object(&operation.body["responses"]).collect();
    let success = described.iter().find_map(|(status, response)| {
        let (pointer, response) = shape::followed(&spec.value, below(&responses, status), response);
        let media = object(&response["content"]).next();
        let schema = media.and_then(|(kind, media)| Some((kind, media.get("schema")?)));
        let (kind, schema) = schema.filter(|_| status.starts_with('2'))?;
        Some((*status, below(&below(&below(&pointer, "content"), kind), "schema"), schema))
    });
    let (status, pointer, schema) = success.ok_or_else(|| {
        let place = spec.place(&responses);
        format!("{place}: {}: no answer of a call that succeeds has a schema", operation.name())
    })?;
    let mut held = Held { spec, found: BTreeMap::new(), seen: BTreeSet::new() };
    for (number, answer) in answers.iter().enumerate() {
        walk::Walk::new(&mut held, answer, number).value(&pointer, schema);
    }
    let mut findings = held.findings();
    unseen::find(&held, &pointer, schema, &mut findings);
    for (other, _) in described.iter().filter(|(other, _)| *other != status) {
        let place = spec.place(&below(&responses, other));
        let message = format!("HTTP {other} is described; the answers are bodies, taken for HTTP {status}");
        findings.push(unseen::unseen("status-unseen", "the answer".into(), message, place));
    }
    findings.sort_by(|one, other| (other.effect, &one.part, one.check).cmp(&(one.effect, &other.part, other.check)));
    Ok(findings)
}

fn pick<'a>(spec: &'a Document, id: Option<&str>) -> Result<Operation<'a>, String> {
    /// The look-up, whose answers the command records.
    const LOOK_UP: &str = "get_record_info";
    let all: Vec<_> = Operation::all(&spec.value).collect();
    let named = |id: &str| all.iter().find(|operation| operation.name() == id).copied();
    let known = || all.iter().map(Operation::name).collect::<Vec<_>>().join(", ");
    match (id, &all[..]) {
        (Some(id), _) => named(id).ok_or_else(|| format!("{}: no operation {id:?}; there are: {}", spec.name, known())),
        (None, [only]) => Ok(*only),
        (None, _) => named(LOOK_UP).ok_or_else(|| format!("{}: name one of the operations: {}", spec.name, known())),
    }
}

impl Held<'_> {
    fn findings(&self) -> Vec<Finding> {
        let found = self.found.iter().map(|((check, part, message), shown)| Finding {
            check,
            effect: effect(check),
            part: part.clone(),
            message: message.clone(),
            answers: shown.answers.len(),
            place: shown.place.clone(),
            spec: self.spec.place(&shown.pointer),
        });
        found.collect()
    }
}

/// What a kind of difference does; a test holds that every check is one.
fn effect(check: &str) -> Effect {
    KINDS.iter().find(|kind| kind.check == check).map_or(Effect::Breaking, |kind| kind.effect)
}

/// The kind of a JSON value, in the words of JSON Schema.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The spec's schema at a pointer, references followed.
fn schema_at<'a>(spec: &'a Value, reference: &str) -> Option<(String, &'a Value)> {
    let value = spec::resolve(spec, reference)?;
    Some((reference.strip_prefix('#')?.to_owned(), value))
}
