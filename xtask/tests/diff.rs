//! What `spec diff` makes of changes: check, effect, and what becomes of Rust names.

mod base;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use base::{changed, changed_in, read};
use serde_json::{Value, json};
use xtask::diff::{compare, rules};
use xtask::document::Document;
use xtask::level::Effect::{self, Breaking, Risky, Safe};

const INFO: &str = "/info";
const DOCUMENT: &str = "";
const PATHS: &str = "/paths";
const PATH: &str = "/paths/~1things~1{id}";
const GET: &str = "/paths/~1things~1{id}/get";
const ID: &str = "/paths/~1things~1{id}/get/parameters/0";
const PART: &str = "/paths/~1things~1{id}/get/parameters/1";
const ANSWERS: &str = "/paths/~1things~1{id}/get/responses";
const FOUND: &str = "/paths/~1things~1{id}/get/responses/200";
const FOUND_JSON: &str = "/paths/~1things~1{id}/get/responses/200/content/application~1json";
const POST: &str = "/paths/~1things~1{id}/post";
const BODY: &str = "/paths/~1things~1{id}/post/requestBody";
const SCHEMES: &str = "/components/securitySchemes";
const SCHEMAS: &str = "/components/schemas";
const CODE: &str = "/components/schemas/Code";
const PROBLEM: &str = "/components/schemas/Problem";
/// A schema of answers.
const THING: &str = "/components/schemas/Thing";
const THINGS: &str = "/components/schemas/Thing/properties";
const NAME: &str = "/components/schemas/Thing/properties/name";
/// A schema of requests.
const NEW: &str = "/components/schemas/NewThing";
const NEWS: &str = "/components/schemas/NewThing/properties";
const NEW_NAME: &str = "/components/schemas/NewThing/properties/name";

fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn answer(name: &str) -> Value {
    json!({ "description": "An answer.", "content": { "application/json": { "schema": schema(name) } } })
}

/// A change of the base document.
struct Row {
    /// What changes.
    what: &'static str,
    /// The entries that make the old document of the base.
    before: Value,
    /// The entries that make the new document of the old one.
    change: Value,
    /// The checks that find something, with the effects.
    found: Vec<(&'static str, Effect)>,
    /// What becomes of Rust names, the gravest first.
    rust: Vec<&'static str>,
}

fn row(what: &'static str, change: Value, found: (&'static str, Effect), rust: &[&'static str]) -> Row {
    since(what, json!({}), change, found, rust)
}

/// A row whose old document is not the base.
fn since(
    what: &'static str,
    before: Value,
    change: Value,
    found: (&'static str, Effect),
    rust: &[&'static str],
) -> Row {
    Row { what, before, change, found: vec![found], rust: rust.to_vec() }
}

#[test]
fn changes_are_told_by_check_effect_and_rust_names() {
    let rows: Vec<Row> = [document_rows(), operation_rows(), body_rows(), answer_rows(), request_rows(), value_rows()]
        .into_iter()
        .flatten()
        .collect();
    assert!(rows.len() >= 40, "{} rows", rows.len());
    let mut failures = Vec::new();
    for Row { what, before, change, found, rust } in rows {
        let old = changed(&before);
        let new = changed_in(old.clone(), &change);
        let report = compare(&read(&old), &read(&new));
        let changes: Vec<_> = report.changes.iter().map(|change| (change.check, change.effect)).collect();
        let names = report.rust.clone().unwrap_or_else(|why| panic!("{what}: {why}"));
        let told: Vec<_> = names.iter().map(|name| format!("{} {}", name.name, name.verb())).collect();
        if changes != found || told != rust {
            failures.push(format!("\n{what}: {changes:?}\n  {told:?}\n{}", report.text()));
        }
        // A change that breaks no program by its own rule must not break the types either.
        let weight = |effects: &mut dyn Iterator<Item = Effect>| effects.max().unwrap_or(Safe);
        let (of_changes, of_names) =
            (weight(&mut changes.iter().map(|(_, effect)| *effect)), weight(&mut names.iter().map(|name| name.effect)));
        assert!(of_changes >= of_names, "{what}: {of_changes} by the rules, {of_names} by the types");
        let gravest = changes.iter().map(|(_, effect)| *effect).chain(names.iter().map(|name| name.effect)).max();
        assert_eq!(report.effect(), gravest, "{what}");
    }
    assert!(failures.is_empty(), "{}", failures.concat());
}

fn document_rows() -> Vec<Row> {
    let schemes = json!({ "bearer": { "type": "http", "scheme": "bearer", "description": "The key." } });
    vec![
        row("another title", json!({ (INFO): { "title": "Goods" } }), ("title-changed", Safe), &[]),
        row("another version", json!({ (INFO): { "version": "2" } }), ("version-changed", Safe), &[]),
        row("another description", json!({ (INFO): { "description": "Keeps." } }), ("description-changed", Safe), &[]),
        row("a contact", json!({ (INFO): { "contact": { "name": "Nobody" } } }), ("description-changed", Safe), &[]),
        row(
            "a server more",
            json!({ (DOCUMENT): { "servers": [{ "url": "https://things.example.com" }, { "url": "https://b.example.com" }] } }),
            ("server-added", Safe),
            &[],
        ),
        row("no server", json!({ (DOCUMENT): { "servers": [] } }), ("server-removed", Risky), &[]),
        row(
            "nobody is asked for a key",
            json!({ (DOCUMENT): { "security": [] } }),
            ("security-changed", Breaking),
            &[],
        ),
        row(
            "a scheme more",
            json!({ (SCHEMES): { "other": { "type": "http", "scheme": "bearer" } } }),
            ("security-changed", Breaking),
            &[],
        ),
        row(
            "words of a scheme",
            json!({ "/components": { "securitySchemes": schemes } }),
            ("description-changed", Safe),
            &[],
        ),
        row("an extension", json!({ (DOCUMENT): { "x-notes": "new" } }), ("keyword-changed", Risky), &[]),
        row(
            "a later patch of the format",
            json!({ (DOCUMENT): { "openapi": "3.0.4" } }),
            ("keyword-changed", Risky),
            &[],
        ),
    ]
}

fn operation_rows() -> Vec<Row> {
    let ping = json!({ "get": { "operationId": "ping", "responses": { "204": { "description": "Yes." } } } });
    let method = "Client::get_thing changes";
    let operation = "operations::GET_THING changes";
    let query = |required: bool| json!({ "name": "full", "in": "query", "required": required, "schema": { "type": "boolean" } });
    let parameters = |more: Value| {
        let id = json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } });
        let part = json!({ "name": "part", "in": "query", "schema": { "type": "string", "maxLength": 5 } });
        json!({ (GET): { "parameters": [id, part, more] } })
    };
    let id = json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } });
    vec![
        row(
            "an operation more",
            json!({ (PATHS): { "/ping": ping } }),
            ("operation-added", Safe),
            &["Client::ping appears", "operations::PING appears"],
        ),
        row(
            "an operation less",
            json!({ (PATH): { "post": null } }),
            ("operation-removed", Breaking),
            &["Client::add_thing disappears", "operations::ADD_THING disappears"],
        ),
        row(
            "another name",
            json!({ (GET): { "operationId": "find_thing" } }),
            ("operation-renamed", Breaking),
            &[
                "Client::get_thing disappears",
                "operations::GET_THING disappears",
                "types::GetThingPart disappears",
                "Client::find_thing appears",
                "operations::FIND_THING appears",
                "types::FindThingPart appears",
            ],
        ),
        row("a deprecation", json!({ (GET): { "deprecated": true } }), ("operation-deprecated", Risky), &[]),
        row("a summary", json!({ (GET): { "summary": "Finds it." } }), ("summary-changed", Safe), &[]),
        row("a description", json!({ (GET): { "description": "Finds it." } }), ("description-changed", Safe), &[]),
        row("tags", json!({ (GET): { "tags": ["things"] } }), ("description-changed", Safe), &[]),
        row("a key of its own", json!({ (GET): { "security": [] } }), ("security-changed", Breaking), &[]),
        row(
            "a parameter that may be given",
            parameters(query(false)),
            ("optional-parameter-added", Breaking),
            &[method, operation],
        ),
        row(
            "a parameter that has to be given",
            parameters(query(true)),
            ("required-parameter-added", Breaking),
            &[method, operation],
        ),
        row(
            "a parameter less",
            json!({ (GET): { "parameters": [id] } }),
            ("parameter-removed", Breaking),
            &["Client::get_thing changes", "operations::GET_THING changes", "types::GetThingPart disappears"],
        ),
        row(
            "a parameter that was free has to be given",
            json!({ (PART): { "required": true } }),
            ("parameter-became-required", Breaking),
            &[method],
        ),
        since(
            "a parameter that had to be given is free",
            json!({ (PART): { "required": true } }),
            json!({ (PART): { "required": false } }),
            ("parameter-became-optional", Breaking),
            &[method],
        ),
        row(
            "words of a parameter",
            json!({ (PART): { "description": "A part." } }),
            ("description-changed", Safe),
            &[],
        ),
        row(
            "another type of a parameter",
            json!({ (ID): { "schema": { "type": "integer" } } }),
            ("type-changed", Breaking),
            &[method],
        ),
    ]
}

fn body_rows() -> Vec<Row> {
    let body = json!({ "content": { "application/json": { "schema": schema("NewThing") } } });
    let empty = json!({ "description": "The thing." });
    vec![
        row(
            "a body to send",
            json!({ (GET): { "requestBody": body } }),
            ("request-body-added", Breaking),
            &["Client::get_thing changes"],
        ),
        row(
            "no body to send",
            json!({ (POST): { "requestBody": null } }),
            ("request-body-removed", Breaking),
            &["Client::add_thing changes"],
        ),
        row(
            "another content type",
            json!({ (BODY): { "content": { "application/x-www-form-urlencoded": { "schema": schema("NewThing") } } } }),
            ("content-type-changed", Breaking),
            &[],
        ),
        row("a status like another", json!({ (ANSWERS): { "500": answer("Problem") } }), ("status-added", Risky), &[]),
        row(
            "the only error less",
            json!({ (ANSWERS): { "404": null } }),
            ("error-body-removed", Breaking),
            &["Client::get_thing changes"],
        ),
        row(
            "an answer without a body",
            json!({ (ANSWERS): { "200": empty } }),
            ("body-removed", Breaking),
            &["Client::get_thing changes"],
        ),
        since(
            "an answer with a body",
            json!({ (ANSWERS): { "200": empty } }),
            json!({ (FOUND): { "content": answer("Thing")["content"] } }),
            ("body-added", Breaking),
            &["Client::get_thing changes"],
        ),
        since(
            "a status less",
            json!({ (ANSWERS): { "500": answer("Problem") } }),
            json!({ (ANSWERS): { "500": null } }),
            ("status-removed", Risky),
            &[],
        ),
        since(
            "the first error",
            json!({ (ANSWERS): { "404": null } }),
            json!({ (ANSWERS): { "404": answer("Problem") } }),
            ("error-body-added", Breaking),
            &["Client::get_thing changes"],
        ),
        row(
            "another answer",
            json!({ (FOUND_JSON): { "schema": schema("Code") } }),
            ("reference-changed", Breaking),
            &["Client::get_thing changes"],
        ),
        row("words of an answer", json!({ (FOUND): { "description": "It." } }), ("description-changed", Safe), &[]),
        row("an example", json!({ (FOUND_JSON): { "example": {} } }), ("examples-changed", Safe), &[]),
    ]
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn answer_rows() -> Vec<Row> {
    let text = json!({ "type": "string" });
    let union = json!({ "oneOf": [{ "title": "Number", "type": "integer" }, { "title": "Text", "type": "string" }] });
    let longer = json!([{ "title": "Number", "type": "integer" }, { "title": "Text", "type": "string" }, { "title": "Yes", "type": "boolean" }]);
    let renamed = json!([{ "title": "Count", "type": "integer" }, { "title": "Text", "type": "string" }]);
    let with_union = json!({ (SCHEMAS): { "Either": union }, (THINGS): { "either": schema("Either") } });
    let either = "/components/schemas/Either";
    let required = json!({ (THING): { "required": ["name"] } });
    let nullable = json!({ (NAME): { "nullable": true } });
    vec![
        row(
            "a schema more",
            json!({ (SCHEMAS): { "More": { "type": "object" } } }),
            ("schema-added", Safe),
            &["types::More appears"],
        ),
        since(
            "a schema less",
            json!({ (SCHEMAS): { "More": { "type": "object" } } }),
            json!({ (SCHEMAS): { "More": null } }),
            ("schema-removed", Breaking),
            &["types::More disappears"],
        ),
        row(
            "a field more that is always there",
            json!({ (THINGS): { "size": text }, (THING): { "required": ["size"] } }),
            ("required-property-added", Breaking),
            &["impl Default for types::Thing disappears", "types::Thing::size appears"],
        ),
        row(
            "a field more",
            json!({ (THINGS): { "size": text } }),
            ("property-added", Safe),
            &["types::Thing::size appears"],
        ),
        row(
            "a field less",
            json!({ (THINGS): { "name": null } }),
            ("property-removed", Breaking),
            &["types::Thing::name disappears"],
        ),
        row(
            "another type of a field",
            json!({ (NAME): { "type": "integer", "maxLength": null } }),
            ("type-changed", Breaking),
            &["types::Thing::name changes"],
        ),
        row("a field that may be null as well as absent", nullable.clone(), ("may-be-null-too", Risky), &[]),
        since(
            "a field that is only absent",
            nullable,
            json!({ (NAME): { "nullable": null } }),
            ("never-null", Safe),
            &[],
        ),
        since(
            "a required field that may be null",
            required.clone(),
            json!({ (NAME): { "nullable": true } }),
            ("became-nullable", Breaking),
            &["types::Thing::name changes"],
        ),
        since(
            "a required field that is never null",
            json!({ (THING): { "required": ["name"] }, (NAME): { "nullable": true } }),
            json!({ (NAME): { "nullable": null } }),
            ("became-not-nullable", Breaking),
            &["types::Thing::name changes"],
        ),
        row(
            "a field that is always there",
            required.clone(),
            ("became-required", Breaking),
            &["impl Default for types::Thing disappears", "types::Thing::name changes"],
        ),
        since(
            "a field that may be absent",
            required,
            json!({ (THING): { "required": null } }),
            ("became-optional", Breaking),
            &["types::Thing::name changes", "impl Default for types::Thing appears"],
        ),
        since(
            "a field that may be null is always there",
            json!({ (NAME): { "nullable": true } }),
            json!({ (THING): { "required": ["name"] } }),
            ("nullable-became-required", Breaking),
            &["impl Default for types::Thing disappears"],
        ),
        since(
            "a field that may be null may be absent",
            json!({ (NAME): { "nullable": true }, (THING): { "required": ["name"] } }),
            json!({ (THING): { "required": null } }),
            ("nullable-became-optional", Safe),
            &["impl Default for types::Thing appears"],
        ),
        since(
            "no default",
            json!({ (NAME): { "default": "Ball" } }),
            json!({ (NAME): { "default": null } }),
            ("default-removed", Breaking),
            &["types::Thing::name changes"],
        ),
        row("words of a field", json!({ (NAME): { "description": "Its name." } }), ("description-changed", Safe), &[]),
        row("an example of a field", json!({ (NAME): { "example": "Ball" } }), ("examples-changed", Safe), &[]),
        row("another format", json!({ (NAME): { "format": "date-time" } }), ("format-changed", Risky), &[]),
        row("a tighter limit", json!({ (NAME): { "maxLength": 10 } }), ("limit-tightened", Safe), &[]),
        row(
            "unknown keys are kept",
            json!({ (THING): { "additionalProperties": {} } }),
            ("additional-properties-opened", Breaking),
            &["impl Default for types::Thing disappears", "types::Thing::extra appears"],
        ),
        since(
            "unknown keys are lost",
            json!({ (THING): { "additionalProperties": {} } }),
            json!({ (THING): { "additionalProperties": null } }),
            ("additional-properties-closed", Breaking),
            &["types::Thing::extra disappears", "impl Default for types::Thing appears"],
        ),
        row(
            "a default",
            json!({ (NAME): { "default": "Ball" } }),
            ("default-added", Breaking),
            &["types::Thing::name changes"],
        ),
        since(
            "another default",
            json!({ (NAME): { "default": "Ball" } }),
            json!({ (NAME): { "default": "Bat" } }),
            ("default-changed", Risky),
            &[],
        ),
        since(
            "an alternative more",
            with_union.clone(),
            json!({ (either): { "oneOf": longer } }),
            ("alternative-added", Risky),
            &["impl From<bool> for types::Either appears", "types::Either::Yes appears"],
        ),
        since(
            "an alternative less",
            json!({ (SCHEMAS): { "Either": { "oneOf": longer } }, (THINGS): { "either": schema("Either") } }),
            json!({ (either): { "oneOf": union["oneOf"] } }),
            ("alternative-removed", Breaking),
            &["impl From<bool> for types::Either disappears", "types::Either::Yes disappears"],
        ),
        since(
            "another name of an alternative",
            with_union.clone(),
            json!({ (either): { "oneOf": renamed } }),
            ("alternative-renamed", Breaking),
            &["types::Either::Number disappears", "types::Either::Count appears"],
        ),
        since(
            "a field of another schema",
            with_union,
            json!({ "/components/schemas/Thing/properties/either": { "$ref": "#/components/schemas/Problem" } }),
            ("reference-changed", Breaking),
            &["types::Thing::either changes"],
        ),
    ]
}

fn request_rows() -> Vec<Row> {
    let text = json!({ "type": "string" });
    let colours = json!({ "type": "string", "enum": ["red", "green"] });
    let coloured = json!({ (NEWS): { "colour": colours } });
    let colour = "/components/schemas/NewThing/properties/colour";
    vec![
        row(
            "a field more to send",
            json!({ (NEWS): { "size": text } }),
            ("property-added", Breaking),
            &["types::NewThing::size appears"],
        ),
        row(
            "a field more that has to be sent",
            json!({ (NEWS): { "size": text }, (NEW): { "required": ["size"] } }),
            ("required-property-added", Breaking),
            &["impl Default for types::NewThing disappears", "types::NewThing::size appears"],
        ),
        row(
            "a field that has to be sent",
            json!({ (NEW): { "required": ["name"] } }),
            ("became-required", Breaking),
            &["impl Default for types::NewThing disappears", "types::NewThing::name changes"],
        ),
        row(
            "a field that may be sent as null",
            json!({ (NEW_NAME): { "nullable": true } }),
            ("may-be-null-too", Safe),
            &[],
        ),
        row("another length", json!({ (NEW_NAME): { "maxLength": 10 } }), ("limit-tightened", Breaking), &[]),
        row("a longer text is fine", json!({ (NEW_NAME): { "maxLength": 30 } }), ("limit-loosened", Safe), &[]),
        row(
            "any text is fine",
            json!({ (NEW_NAME): { "maxLength": null } }),
            ("limit-removed", Breaking),
            &["types::NewThing::name changes", "types::NewThingName disappears"],
        ),
        row("a pattern", json!({ (NEW_NAME): { "pattern": "^a" } }), ("limit-added", Breaking), &[]),
        row(
            "another format to send",
            json!({ (NEW_NAME): { "format": "uuid", "maxLength": 20 } }),
            ("format-changed", Breaking),
            &["types::NewThing::name changes", "types::NewThingName disappears"],
        ),
        since(
            "a value more to choose",
            coloured.clone(),
            json!({ (colour): { "enum": ["red", "green", "blue"] } }),
            ("enum-value-added", Risky),
            &["types::NewThingColour::Blue appears"],
        ),
        since(
            "a value less to choose",
            coloured,
            json!({ (colour): { "enum": ["red"] } }),
            ("enum-value-removed", Breaking),
            &["types::NewThingColour::Green disappears"],
        ),
    ]
}

fn value_rows() -> Vec<Row> {
    let known = json!({ (NAME): { "x-extensible-enum": ["Ball"] } });
    let more = json!({ "enum": [1, 2, 3], "x-enum-varnames": ["ONE", "TWO", "THREE"], "x-enum-descriptions": ["One.", "Two.", "Three."] });
    let less = json!({ "enum": [1], "x-enum-varnames": ["ONE"], "x-enum-descriptions": ["The first."] });
    let mut rows = vec![
        since(
            "a known value more",
            known.clone(),
            json!({ (NAME): { "x-extensible-enum": ["Ball", "Bat"] } }),
            ("known-value-added", Safe),
            &[],
        ),
        since(
            "a known value less",
            known,
            json!({ (NAME): { "x-extensible-enum": [] } }),
            ("known-value-removed", Safe),
            &[],
        ),
        row(
            "another name of a number",
            json!({ (CODE): { "x-enum-varnames": ["ONE", "PAIR"] } }),
            ("named-number-renamed", Breaking),
            &["Code::TWO disappears", "Code::PAIR appears"],
        ),
        row(
            "words of a number",
            json!({ (CODE): { "x-enum-descriptions": ["The first.", "A pair."] } }),
            ("description-changed", Safe),
            &[],
        ),
        row(
            "embedded JSON",
            json!({ (NAME): { "x-embedded-json": "#/components/schemas/Problem" } }),
            ("embedded-json-changed", Risky),
            &[],
        ),
        row("a keyword that nobody knows", json!({ (NAME): { "x-odd": 1 } }), ("keyword-changed", Risky), &[]),
        row(
            "a response to refer to",
            json!({ "/components": { "responses": { "Gone": answer("Problem") } } }),
            ("component-changed", Risky),
            &[],
        ),
        row(
            "another problem",
            json!({ (PROBLEM): { "type": "string", "properties": null } }),
            ("type-changed", Breaking),
            &[
                "impl Default for types::Problem disappears",
                "types::Problem changes",
                "types::Problem::why disappears",
                "impl Deref for types::Problem appears",
                "impl Display for types::Problem appears",
                "impl Eq for types::Problem appears",
                "impl From<String> for types::Problem appears",
                "impl FromStr for types::Problem appears",
                "impl Hash for types::Problem appears",
                "impl Ord for types::Problem appears",
                "impl PartialOrd for types::Problem appears",
            ],
        ),
    ];
    rows.push(Row {
        what: "a number more",
        before: json!({}),
        change: json!({ (CODE): more }),
        found: vec![("description-changed", Safe), ("enum-value-added", Safe)],
        rust: vec!["Code::THREE appears"],
    });
    rows.push(Row {
        what: "a number less",
        before: json!({}),
        change: json!({ (CODE): less }),
        found: vec![("named-number-removed", Breaking), ("description-changed", Safe)],
        rust: vec!["Code::TWO disappears"],
    });
    rows
}

#[test]
fn a_change_that_stands_beside_another_is_told_too() {
    let both = json!({ (NAME): { "maxLength": 10, "type": "integer" }, (INFO): { "version": "2" } });
    let report = compare(&read(&base::document()), &read(&changed(&both)));
    let checks: Vec<_> = report.changes.iter().map(|change| change.check).collect();
    assert_eq!(checks, ["type-changed", "version-changed"]);
    assert_eq!(report.changes[0].place.to_string(), "things.json:41");
}

#[test]
fn nothing_is_told_of_documents_that_say_the_same() {
    let report = compare(&read(&base::document()), &read(&base::document()));
    assert_eq!((report.changes.len(), report.effect(), report.text()), (0, None, String::new()));
}

#[test]
fn a_document_that_cannot_be_generated_breaks() {
    let refused = changed(&json!({ (GET): { "operationId": null } }));
    let report = compare(&read(&base::document()), &read(&refused));
    assert_eq!(report.effect(), Some(Breaking));
    assert!(report.rust.is_err_and(|why| why.contains("no operationId")));
}

#[test]
fn every_rule_is_tried() {
    let rows = [document_rows(), operation_rows(), body_rows(), answer_rows(), request_rows(), value_rows()];
    let tried: BTreeSet<_> = rows.iter().flatten().flat_map(|row| row.found.iter().map(|(check, _)| *check)).collect();
    let known: BTreeSet<_> = rules::ALL.iter().map(|rule| rule.check).collect();
    assert_eq!(tried, known);
    assert!(rules::ALL.iter().all(|rule| !rule.why.is_empty()));
}

/// The places of all values of a document.
fn pointers(value: &Value) -> Vec<String> {
    let below = |key: &str, value| -> Vec<String> {
        let inner = pointers(value).into_iter().map(|pointer| xtask::positions::below("", key) + &pointer);
        [xtask::positions::below("", key)].into_iter().chain(inner).collect()
    };
    match value {
        Value::Object(entries) => entries.iter().flat_map(|(key, value)| below(key, value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(index, value)| below(&index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn no_change_goes_unnoticed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/midapi.yaml");
    for document in [base::document(), Document::read(&path).expect("the spec").value] {
        let old = read(&document);
        for pointer in pointers(&document) {
            let mut changed = document.clone();
            let value = changed.pointer_mut(&pointer).expect("a value");
            *value = match value {
                Value::String(text) => json!(format!("{text}x")),
                Value::Number(number) => json!(number.as_i64().unwrap_or_default() + 1),
                Value::Bool(on) => json!(!*on),
                Value::Null | Value::Object(_) | Value::Array(_) => json!("another"),
            };
            let told = xtask::diff::changes(&old, &read(&changed));
            assert!(!told.is_empty(), "{pointer} changed and nothing was told");
        }
    }
}

/// The command, with what it printed and its exit status.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["spec", "diff"]).args(arguments).output();
    let output = output.expect("the command runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_prints_each_form_and_fails_on_the_level_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, value: &Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, serde_json::to_string_pretty(value).expect("JSON")).expect("a file");
        path.to_str().expect("a path of UTF-8").to_owned()
    };
    let old = file("old.json", &base::document());
    let new = file("new.json", &changed(&json!({ (NAME): { "nullable": true } })));
    let table: &[(&[&str], i32, &str)] = &[
        (&[&old, &new], 0, "[may-be-null-too]"),
        (&[&old, &new, "--fail-on", "breaking"], 0, "risky"),
        (&[&old, &new, "--fail-on", "risky"], 1, "risky"),
        (&[&old, &old, "--fail-on", "safe"], 0, ""),
        (&[&old, &new, "--format", "markdown"], 0, "- risky:\n  - `components.schemas.Thing.properties.name`"),
        (&[&old, &new, "--format", "json"], 0, "\"check\":\"may-be-null-too\""),
    ];
    for (arguments, status, words) in table {
        let (code, out, err) = run(arguments);
        assert_eq!(code, Some(*status), "{arguments:?}: {err}");
        assert!(out.contains(words), "{arguments:?}: no {words:?} in {out}");
    }
    let json: Value = serde_json::from_str(&run(&[&old, &new, "--format", "json"]).1).expect("JSON");
    assert_eq!((&json["effect"], &json["changes"][0]["line"]), (&json!("risky"), &json!(41)));
    let refused: &[(&[&str], i32, &str)] = &[
        (&["git:no-such-revision"], 1, "git:no-such-revision"),
        (&["git:--output=x"], 1, "takes a revision"),
        (&["nowhere.yaml"], 1, "cannot read nowhere.yaml"),
        (&[&old, &new, "--fail-on", "bad"], 2, "safe, risky or breaking"),
        (&[], 2, "Usage"),
    ];
    for (arguments, status, words) in refused {
        let (code, out, err) = run(arguments);
        assert_eq!((code, out.as_str()), (Some(*status), ""), "{arguments:?}");
        assert!(err.contains(words) && !err.contains("panicked"), "{arguments:?}: {err}");
    }
}
