//! What `spec lint` finds, with its place and its mend.

mod base;

use std::collections::BTreeSet;
use std::path::Path;

use base::{changed, read};
use serde_json::{Value, json};
use xtask::document::Document;
use xtask::lint::lint;
use xtask::{checks, level::Level};

const PATHS: &str = "/paths";
const PATH: &str = "/paths/~1things~1{id}";
const GET: &str = "/paths/~1things~1{id}/get";
const PART: &str = "/paths/~1things~1{id}/get/parameters/1";
const ID: &str = "/paths/~1things~1{id}/get/parameters/0";
const ANSWERS: &str = "/paths/~1things~1{id}/get/responses";
const FOUND: &str = "/paths/~1things~1{id}/get/responses/200";
const FOUND_JSON: &str = "/paths/~1things~1{id}/get/responses/200/content/application~1json";
const FOUND_KINDS: &str = "/paths/~1things~1{id}/get/responses/200/content";
const POST: &str = "/paths/~1things~1{id}/post";
const SCHEMAS: &str = "/components/schemas";
const NEW: &str = "/components/schemas/NewThing/properties";
const CODE: &str = "/components/schemas/Code";
const THING: &str = "/components/schemas/Thing";

fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn answer(name: &str) -> Value {
    json!({ "description": "An answer.", "content": { "application/json": { "schema": schema(name) } } })
}

/// The check, the changes that make it find something, the text of the line that it names, words of the message.
type Row = (&'static str, Value, &'static str, &'static str);

#[allow(clippy::too_many_lines, reason = "a table")]
fn rows() -> Vec<Row> {
    let text = json!({ "type": "string" });
    let itself = |name| json!({ "type": "object", "properties": { "x": schema(name) } });
    vec![
        ("openapi-version", json!({ "": { "openapi": "3.1.0" } }), "\"openapi\"", "3.0.x only"),
        ("unread-keyword", json!({ (PART): { "requierd": true } }), "\"requierd\"", "dropped"),
        (
            "security-scheme",
            json!({ "/components/securitySchemes": { "key": { "type": "apiKey", "in": "header", "name": "K" } } }),
            "\"key\": {",
            "bearer",
        ),
        (
            "unknown-security-scheme",
            json!({ "": { "security": [{ "bearer": [] }, { "other": [] }] } }),
            "\"security\"",
            "other",
        ),
        ("dangling-reference", json!({ (NEW): { "new": schema("Nothing") } }), "\"new\"", "points nowhere"),
        ("reference-form", json!({ (NEW): { "new": { "$ref": "#" } } }), "\"new\"", "#/components/schemas/NAME"),
        ("endless-reference", json!({ (SCHEMAS): { "One": schema("One") } }), "\"One\"", "never end"),
        (
            "endless-merge",
            json!({ (SCHEMAS): { "A": itself("A"), "B": itself("B"), "C": { "allOf": [schema("A"), schema("B")] } } }),
            "\"C\"",
            "for ever",
        ),
        ("unused-component", json!({ (SCHEMAS): { "Odd": text } }), "\"Odd\"", "no operation leads to it"),
        ("path-without-slash", json!({ (PATHS): { "more": {} } }), "\"more\"", "slash"),
        ("path-reference", json!({ (PATHS): { "/more": { "$ref": "more.yaml" } } }), "\"/more\"", "$ref"),
        ("missing-operation-id", json!({ (GET): { "operationId": null } }), "\"get\"", "no operationId"),
        ("bad-operation-id", json!({ (GET): { "operationId": "9things" } }), "\"operationId\"", "no Rust name"),
        ("duplicate-operation-id", json!({ (POST): { "operationId": "getThing" } }), "\"post\"", "operationId of"),
        ("dropped-servers", json!({ (PATH): { "servers": [{ "url": "/" }] } }), "\"/things/{id}\"", "servers"),
        ("dropped-callbacks", json!({ (POST): { "callbacks": { "done": {} } } }), "\"callbacks\"", "dropped"),
        ("missing-summary", json!({}), "\"get\"", "no summary"),
        ("cookie-parameter", json!({ (PART): { "in": "cookie" } }), "\"parameters\"", "cookie"),
        ("optional-path-parameter", json!({ (ID): { "required": false } }), "\"parameters\"", "not required"),
        (
            "parameter-without-schema",
            json!({ (PART): { "schema": null, "content": { "text/plain": {} } } }),
            "\"parameters\"",
            "part",
        ),
        ("parameter-style", json!({ (PART): { "style": "deepObject" } }), "\"parameters\"", "style"),
        ("duplicate-parameter", json!({ (PART): { "name": "id" } }), "\"parameters\"", "two parameters"),
        ("path-parameters", json!({ (ID): { "name": "key" } }), "\"get\"", "parameter key has to"),
        ("content-types", json!({ (FOUND_KINDS): { "text/plain": { "schema": text } } }), "\"200\"", "2 content types"),
        ("missing-schema", json!({ (FOUND_JSON): { "schema": null } }), "\"200\"", "no schema"),
        ("encoding", json!({ (FOUND_JSON): { "encoding": {} } }), "\"200\"", "encoding"),
        ("dropped-headers", json!({ (FOUND): { "headers": { "X-Left": { "schema": text } } } }), "\"200\"", "headers"),
        ("dropped-links", json!({ (FOUND): { "links": { "next": {} } } }), "\"200\"", "links"),
        ("response-status", json!({ (ANSWERS): { "302": answer("Problem") } }), "\"302\"", "neither"),
        ("differing-responses", json!({ (ANSWERS): { "202": answer("Problem") } }), "\"responses\"", "2 successful"),
        ("missing-success", json!({ (ANSWERS): { "200": null } }), "\"get\"", "no answer"),
        ("schema-name", json!({ (SCHEMAS): { "thing": text } }), "\"thing\"", "Rust type"),
        ("nameless-enum", json!({ (NEW): { "new": { "type": "integer", "enum": [1] } } }), "\"new\"", "has a name"),
        ("named-numbers", json!({ (CODE): { "x-enum-varnames": ["ONE"] } }), "\"Code\"", "names each"),
        (
            "colliding-enum-values",
            json!({ (NEW): { "new": { "type": "string", "enum": ["a b", "a-b"] } } }),
            "\"new\"",
            "one Rust name",
        ),
        (
            "lossy-additional-properties",
            json!({ (NEW): { "new": { "properties": {}, "additionalProperties": true } } }),
            "\"new\"",
            "unknown keys",
        ),
        ("exclusive-without-bound", json!({ (NEW): { "new": { "exclusiveMinimum": true } } }), "\"new\"", "minimum"),
        ("unknown-type", json!({ (NEW): { "new": { "type": "file" } } }), "\"new\"", "\"file\""),
        ("empty-all-of", json!({ (NEW): { "new": { "allOf": [] } } }), "\"new\"", "empty"),
        ("not-keyword", json!({ (NEW): { "new": { "not": {} } } }), "\"new\"", "not"),
        ("unknown-required", json!({ (THING): { "required": ["nmae"] } }), "\"Thing\"", "nmae"),
        (
            "embedded-json-type",
            json!({ (NEW): { "new": { "type": "object", "x-embedded-json": "#/components/schemas/Problem" } } }),
            "\"new\"",
            "no text",
        ),
        ("missing-description", json!({}), "\"Thing\"", "no description"),
        (
            "bad-schema",
            json!({ (NEW): { "new": { "type": "string", "pattern": "(", "example": "x" } } }),
            "\"new\"",
            "no schema",
        ),
        ("example-mismatch", json!({ (FOUND_JSON): { "example": { "name": 5 } } }), "\"name\": 5", "string"),
        (
            "default-mismatch",
            json!({ (NEW): { "new": { "type": "boolean", "default": 7 } } }),
            "\"default\": 7",
            "boolean",
        ),
        (
            "generator-failed",
            json!({ (NEW): { "new": { "type": "boolean", "default": 7 } } }),
            "\"NewThing\"",
            "the given schema",
        ),
    ]
}

#[test]
fn each_check_names_the_line_and_the_mend() {
    for (check, changes, line, words) in rows() {
        let document = changed(&changes);
        let text = serde_json::to_string_pretty(&document).expect("JSON");
        let findings = lint(&read(&document));
        let met = findings.iter().find(|finding| {
            let named = text.lines().nth(finding.place.line - 1).unwrap_or_default();
            finding.check == check && named.trim_start().starts_with(line) && finding.message.contains(words)
        });
        let Some(met) = met else { panic!("{check}: nothing at {line} says {words:?}, but {findings:#?}") };
        assert_eq!(met.place.file, "things.json", "{check}");
        assert!(!met.mend.is_empty(), "{check} has no mend");
        assert!(met.to_string().contains(&format!("[{check}] things.json:{}", met.place.line)), "{met}");
    }
}

#[test]
fn every_check_has_a_row_here() {
    let tried: BTreeSet<_> = rows().iter().map(|row| row.0).collect();
    let known: BTreeSet<_> = checks::ALL.iter().map(|check| check.id).collect();
    assert_eq!(tried, known);
    assert_eq!(known.len(), checks::ALL.len(), "no id stands twice");
}

#[test]
fn what_is_used_in_any_way_is_not_unused() {
    let embedded = json!({ "type": "string", "x-embedded-json": "#/components/schemas/Inner" });
    let table = [
        ("embedded JSON", json!({ (NEW): { "new": embedded }, (SCHEMAS): { "Inner": { "type": "object" } } })),
        (
            "an example",
            json!({
                "/components": { "examples": { "one": { "value": {} } } },
                (FOUND_JSON): { "examples": { "one": { "$ref": "#/components/examples/one" } } },
            }),
        ),
        (
            "over another",
            json!({ (NEW): { "new": schema("Outer") }, (SCHEMAS): { "Outer": { "items": schema("Last"), "type": "array" }, "Last": {} } }),
        ),
    ];
    for (why, changes) in table {
        let findings = lint(&read(&changed(&changes)));
        assert!(findings.iter().all(|finding| finding.check != "unused-component"), "{why}: {findings:#?}");
    }
}

#[test]
fn examples_are_held_against_what_openapi_means() {
    let table = [
        ("null where it may be", json!({ "type": "string", "nullable": true, "example": null }), None),
        ("null where it may not be", json!({ "type": "string", "default": null }), Some("null")),
        (
            "a number with a bound that is not in it",
            json!({ "type": "number", "maximum": 5, "exclusiveMaximum": true, "example": 5 }),
            Some("5"),
        ),
        ("a time", json!({ "type": "string", "format": "date-time", "example": "yesterday" }), Some("yesterday")),
        ("a reference", json!({ "allOf": [schema("Thing")], "example": { "code": 3 } }), Some("3")),
        (
            "properties of the names of keywords",
            json!({ "type": "object", "properties": { "example": { "type": "string" }, "default": {} } }),
            None,
        ),
    ];
    for (why, schema, words) in table {
        let findings = lint(&read(&changed(&json!({ (NEW): { "new": schema } }))));
        let met: Vec<_> = findings.iter().filter(|finding| finding.check.ends_with("-mismatch")).collect();
        match words {
            None => assert!(met.is_empty(), "{why}: {met:#?}"),
            Some(words) => assert!(met.iter().any(|finding| finding.message.contains(words)), "{why}: {findings:#?}"),
        }
    }
}

#[test]
fn the_committed_spec_has_nothing_to_mend() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/midapi.yaml");
    let findings = lint(&Document::read(&path).expect("the spec"));
    assert!(findings.iter().all(|finding| finding.level < Level::Note), "{findings:#?}");
}
