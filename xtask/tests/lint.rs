//! Findings of `spec lint`, with place and help.

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use support::{changed, read};
use xtask::document::Document;
use xtask::lint::{checks, lint};
use xtask::severity::Severity;

const PATHS: &str = "/paths";
const PATH: &str = "/paths/~1things~1{id}";
const GET: &str = "/paths/~1things~1{id}/get";
const PART: &str = "/paths/~1things~1{id}/get/parameters/1";
const ID: &str = "/paths/~1things~1{id}/get/parameters/0";
const RESPONSES: &str = "/paths/~1things~1{id}/get/responses";
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

fn response(name: &str) -> Value {
    json!({ "description": "A response.", "content": { "application/json": { "schema": schema(name) } } })
}

/// The check, the changes, the text of the expected line, and a part of the expected message.
type Row = (&'static str, Value, &'static str, &'static str);

#[allow(clippy::too_many_lines, reason = "a table")]
fn rows() -> Vec<Row> {
    let text = json!({ "type": "string" });
    let itself = |name| json!({ "type": "object", "properties": { "x": schema(name) } });
    vec![
        ("unsupported-version", json!({ "": { "openapi": "3.1.0" } }), "\"openapi\"", "3.0.x only"),
        ("unknown-keyword", json!({ (PART): { "requierd": true } }), "\"requierd\"", "ignored"),
        (
            "keyword-beside-reference",
            json!({ "/components/schemas/Thing/properties/code": { "description": "The state." } }),
            "\"description\"",
            "beside a $ref",
        ),
        (
            "unsupported-security-scheme",
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
        ("dangling-reference", json!({ (NEW): { "new": schema("Nothing") } }), "\"new\"", "does not exist"),
        ("unsupported-reference", json!({ (NEW): { "new": { "$ref": "#" } } }), "\"new\"", "#/components/schemas/NAME"),
        ("reference-cycle", json!({ (SCHEMAS): { "One": schema("One") } }), "\"One\"", "never ends"),
        (
            "recursive-merge",
            json!({ (SCHEMAS): { "A": itself("A"), "B": itself("B"), "C": { "allOf": [schema("A"), schema("B")] } } }),
            "\"C\"",
            "never finishes merging",
        ),
        ("unused-component", json!({ (SCHEMAS): { "Odd": text } }), "\"Odd\"", "no operation refers to this component"),
        ("path-without-slash", json!({ (PATHS): { "more": {} } }), "\"more\"", "slash"),
        ("path-reference", json!({ (PATHS): { "/more": { "$ref": "more.yaml" } } }), "\"/more\"", "$ref"),
        ("missing-operation-id", json!({ (GET): { "operationId": null } }), "\"get\"", "no operationId"),
        ("invalid-operation-id", json!({ (GET): { "operationId": "9things" } }), "\"operationId\"", "no Rust name"),
        ("duplicate-operation-id", json!({ (POST): { "operationId": "getThing" } }), "\"post\"", "operationIds of"),
        ("unsupported-servers", json!({ (PATH): { "servers": [{ "url": "/" }] } }), "\"/things/{id}\"", "servers"),
        ("unsupported-callbacks", json!({ (POST): { "callbacks": { "done": {} } } }), "\"callbacks\"", "ignored"),
        (
            "unsupported-method",
            json!({ (PATHS): { "/a": { "trace": { "operationId": "a", "responses": {} } } } }),
            "\"trace\"",
            "TRACE",
        ),
        ("missing-summary", json!({}), "\"get\"", "no summary"),
        ("cookie-parameter", json!({ (PART): { "in": "cookie" } }), "\"parameters\"", "cookie"),
        ("optional-path-parameter", json!({ (ID): { "required": false } }), "\"parameters\"", "not required"),
        (
            "parameter-without-schema",
            json!({ (PART): { "schema": null, "content": { "text/plain": {} } } }),
            "\"parameters\"",
            "part",
        ),
        ("unsupported-parameter-style", json!({ (PART): { "style": "deepObject" } }), "\"parameters\"", "style"),
        (
            "unsupported-parameter-type",
            json!({ (ID): { "schema": { "type": "array", "items": text } } }),
            "\"parameters\"",
            "only plain values",
        ),
        (
            "invalid-parameter-name",
            json!({ (PART): { "name": "encode_path" } }),
            "\"parameters\"",
            "variable of the client",
        ),
        (
            "unsupported-content-type",
            json!({ (FOUND): { "content": { "application/problem+json": { "schema": text } } } }),
            "\"200\"",
            "application/problem+json",
        ),
        ("unsupported-websocket", json!({ (GET): { "x-dropshot-websocket": {} } }), "\"get\"", "crates"),
        (
            "merged-unions",
            json!({ (NEW): { "new": { "allOf": [{ "oneOf": [schema("Thing"), schema("Problem"), text, text] },
                { "oneOf": [schema("Thing"), schema("Problem"), text] }] } } }),
            "\"new\"",
            "12 alternatives",
        ),
        (
            "unsupported-any-of",
            json!({ (NEW): { "new": { "anyOf": [text, text] } } }),
            "\"new\"",
            "two members of type string",
        ),
        (
            "unsupported-discriminator",
            json!({ (NEW): { "new": { "oneOf": [schema("Thing")], "discriminator": { "propertyName": "name" } } } }),
            "\"new\"",
            "discriminator",
        ),
        ("duplicate-parameter", json!({ (PART): { "name": "id" } }), "\"parameters\"", "two parameters"),
        ("path-parameter-mismatch", json!({ (ID): { "name": "key" } }), "\"get\"", "parameter key must be"),
        (
            "multiple-content-types",
            json!({ (FOUND_KINDS): { "text/plain": { "schema": text } } }),
            "\"200\"",
            "2 content types",
        ),
        (
            "unnamed-schema",
            json!({ "/components/schemas/Thing/properties": { "new": { "oneOf": [text] } } }),
            "\"new\"",
            "no name",
        ),
        (
            "unnamed-schema",
            json!({ "/components/schemas/Thing/properties": { "new": { "allOf": [schema("Problem"), schema("Thing")] } } }),
            "\"new\"",
            "no name",
        ),
        (
            "unnamed-schema",
            json!({ "/components/schemas/Thing/properties": { "new": { "type": "object", "required": ["a"] } } }),
            "\"new\"",
            "no name",
        ),
        ("nullable-component", json!({ (THING): { "nullable": true } }), "\"Thing\"", "nullable"),
        ("missing-schema", json!({ (FOUND_JSON): { "schema": null } }), "\"200\"", "no schema"),
        ("unsupported-encoding", json!({ (FOUND_JSON): { "encoding": { "name": {} } } }), "\"200\"", "encoding"),
        (
            "unsupported-headers",
            json!({ (FOUND): { "headers": { "X-Left": { "schema": text } } } }),
            "\"200\"",
            "headers",
        ),
        ("unsupported-links", json!({ (FOUND): { "links": { "next": {} } } }), "\"200\"", "links"),
        ("unsupported-status", json!({ (RESPONSES): { "302": response("Problem") } }), "\"302\"", "ignored"),
        ("differing-responses", json!({ (RESPONSES): { "202": response("Problem") } }), "\"responses\"", "2 success"),
        ("missing-success", json!({ (RESPONSES): { "200": null } }), "\"get\"", "no successful response"),
        ("invalid-schema-name", json!({ (SCHEMAS): { "thing": text } }), "\"thing\"", "Rust type"),
        ("unnamed-enum", json!({ (NEW): { "new": { "type": "integer", "enum": [1] } } }), "\"new\"", "has a name"),
        ("invalid-named-constants", json!({ (CODE): { "x-enum-varnames": ["ONE"] } }), "\"Code\"", "must name each"),
        (
            "colliding-enum-values",
            json!({ (NEW): { "new": { "type": "string", "enum": ["a b", "a-b"] } } }),
            "\"new\"",
            "the same Rust name",
        ),
        (
            "dropped-additional-properties",
            json!({ (NEW): { "new": { "properties": {}, "additionalProperties": true } } }),
            "\"new\"",
            "unknown keys",
        ),
        ("exclusive-without-limit", json!({ (NEW): { "new": { "exclusiveMinimum": true } } }), "\"new\"", "minimum"),
        ("unknown-type", json!({ (NEW): { "new": { "type": "file" } } }), "\"new\"", "\"file\""),
        ("empty-all-of", json!({ (NEW): { "new": { "allOf": [] } } }), "\"new\"", "empty"),
        ("unsupported-not", json!({ (NEW): { "new": { "not": {} } } }), "\"new\"", "not"),
        ("unknown-required-property", json!({ (THING): { "required": ["nmae"] } }), "\"Thing\"", "nmae"),
        (
            "embedded-json-type",
            json!({ (NEW): { "new": { "type": "object", "x-embedded-json": "#/components/schemas/Problem" } } }),
            "\"new\"",
            "type is not string",
        ),
        ("missing-description", json!({}), "\"Thing\"", "no description"),
        (
            "invalid-schema",
            json!({ (NEW): { "new": { "type": "string", "pattern": "(", "example": "x" } } }),
            "\"new\"",
            "invalid schema",
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
fn findings_have_line_and_help() {
    for (check, changes, line, words) in rows() {
        let document = changed(&changes);
        let text = serde_json::to_string_pretty(&document).expect("JSON");
        let findings = lint(&read(&document));
        let found = findings.iter().find(|finding| {
            let line_text = text.lines().nth(finding.place.line - 1).unwrap_or_default();
            finding.check == check && line_text.trim_start().starts_with(line) && finding.message.contains(words)
        });
        let Some(found) = found else { panic!("{check}: expected {words:?} at {line}: {findings:#?}") };
        assert_eq!(found.place.file, "things.json", "{check}");
        assert!(!found.help.is_empty(), "{check} has no help");
        assert!(found.to_string().contains(&format!("[{check}] things.json:{}", found.place.line)), "{found}");
    }
}

#[test]
fn every_check_is_tested() {
    let tried: BTreeSet<_> = rows().iter().map(|row| row.0).collect();
    let known: BTreeSet<_> = checks::ALL.iter().map(|check| check.id).collect();
    assert_eq!(tried, known);
    assert_eq!(known.len(), checks::ALL.len(), "ids are unique");
}

#[test]
fn used_components_are_not_reported() {
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
fn checks_examples_by_openapi_rules() {
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
        let mismatches: Vec<_> = findings.iter().filter(|finding| finding.check.ends_with("-mismatch")).collect();
        match words {
            None => assert!(mismatches.is_empty(), "{why}: {mismatches:#?}"),
            Some(words) => {
                assert!(mismatches.iter().any(|finding| finding.message.contains(words)), "{why}: {findings:#?}");
            }
        }
    }
}

#[test]
fn committed_spec_has_no_findings() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/midapi.yaml");
    let findings = lint(&Document::read(&path).expect("the spec"));
    assert!(findings.iter().all(|finding| finding.severity < Severity::Note), "{findings:#?}");
}

/// A document with many schemas, each with an example and with a reference to the next one.
fn large(count: usize) -> Document {
    let schema = |n: usize| {
        let next = if n.is_multiple_of(20) { json!({ "type": "string" }) } else { schema(&format!("Thing{}", n - 1)) };
        let text = json!({ "type": "string", "description": "A text.", "example": "a" });
        let properties = json!({ "name": text, "next": next, "both": { "allOf": [next] } });
        (format!("Thing{n}"), json!({ "type": "object", "description": "A thing.", "properties": properties }))
    };
    let mut document = support::document();
    let schemas = document["components"]["schemas"].as_object_mut().expect("schemas");
    schemas.extend((0..count).map(schema));
    // The generator is not part of the measurement.
    document["webhooks"] = json!({ "a": {} });
    support::read(&document)
}

#[test]
fn time_is_linear_in_size() {
    let time = |count: usize| {
        let document = large(count);
        let measure = |_| {
            let begun = std::time::Instant::now();
            assert!(lint(&document).len() > count);
            begun.elapsed()
        };
        (0..3).map(measure).min().expect("a time")
    };
    let (single, double) = (time(400), time(1600));
    // Quadratic steps take 16 times as long.
    assert!(double < single * 8, "{single:?} for 400 schemas, {double:?} for 1600");
}
