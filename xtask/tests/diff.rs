//! Changes found by `spec diff`: rule, effect and Rust names.

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::{changed, changed_in, read};
use xtask::diff::{are_revisions, compare, rules};
use xtask::severity::Effect::{self, Breaking, Risky, Safe};

const INFO: &str = "/info";
const DOCUMENT: &str = "";
const PATHS: &str = "/paths";
const PATH: &str = "/paths/~1things~1{id}";
const GET: &str = "/paths/~1things~1{id}/get";
const ID: &str = "/paths/~1things~1{id}/get/parameters/0";
const PART: &str = "/paths/~1things~1{id}/get/parameters/1";
const RESPONSES: &str = "/paths/~1things~1{id}/get/responses";
const FOUND: &str = "/paths/~1things~1{id}/get/responses/200";
const FOUND_JSON: &str = "/paths/~1things~1{id}/get/responses/200/content/application~1json";
const POST: &str = "/paths/~1things~1{id}/post";
const BODY: &str = "/paths/~1things~1{id}/post/requestBody";
const SCHEMES: &str = "/components/securitySchemes";
const SCHEMAS: &str = "/components/schemas";
const CODE: &str = "/components/schemas/Code";
const PROBLEM: &str = "/components/schemas/Problem";
/// A schema of responses.
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

fn response(name: &str) -> Value {
    json!({ "description": "A response.", "content": { "application/json": { "schema": schema(name) } } })
}

/// A change of the base document.
struct Row {
    /// The case.
    what: &'static str,
    /// The changes that turn the base document into the old one.
    before: Value,
    /// The changes that turn the old document into the new one.
    change: Value,
    /// The expected rules with their effects.
    found: Vec<(&'static str, Effect)>,
    /// The expected changes of Rust names, the most severe first.
    rust: Vec<&'static str>,
}

fn row(what: &'static str, change: Value, found: (&'static str, Effect), rust: &[&'static str]) -> Row {
    since(what, json!({}), change, found, rust)
}

/// A row whose old document differs from the base document.
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
fn changes_have_rule_effect_and_names() {
    let rows = all_rows();
    assert!(rows.len() >= 40, "{} rows", rows.len());
    let mut failures = Vec::new();
    for Row { what, before, change, found, rust } in rows {
        let old = changed(&before);
        let new = changed_in(old.clone(), &change);
        let report = compare(&read(&old), &read(&new));
        let changes: Vec<_> = report.changes.iter().map(|change| (change.check, change.effect)).collect();
        let names = report.rust.clone().unwrap_or_else(|why| panic!("{what}: {why}"));
        let name_changes: Vec<_> = names.iter().map(|name| format!("{} {}", name.name, name.verb())).collect();
        if changes != found || name_changes != rust {
            failures.push(format!("\n{what}: {changes:?}\n  {name_changes:?}\n{}", report.text()));
        }
        // The rules must not understate the effect on the types.
        let weight = |effects: &mut dyn Iterator<Item = Effect>| effects.max().unwrap_or(Safe);
        let (of_changes, of_names) =
            (weight(&mut changes.iter().map(|(_, effect)| *effect)), weight(&mut names.iter().map(|name| name.effect)));
        assert!(of_changes >= of_names, "{what}: {of_changes} by the rules, {of_names} by the types");
        let gravest = changes.iter().map(|(_, effect)| *effect).chain(names.iter().map(|name| name.effect)).max();
        assert_eq!(report.effect(), gravest, "{what}");
    }
    assert!(failures.is_empty(), "{}", failures.concat());
}

fn all_rows() -> Vec<Row> {
    let parts = [
        document_rows(),
        operation_rows(),
        parameter_rows(),
        body_rows(),
        response_rows(),
        request_rows(),
        value_rows(),
    ];
    parts.into_iter().flatten().collect()
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
        row("no request needs a key", json!({ (DOCUMENT): { "security": [] } }), ("security-loosened", Safe), &[]),
        since(
            "requests need a key",
            json!({ (DOCUMENT): { "security": [] } }),
            json!({ (DOCUMENT): { "security": [{ "bearer": [] }] } }),
            ("security-changed", Breaking),
            &[],
        ),
        row(
            "a second credential beside the key",
            json!({ (DOCUMENT): { "security": [{ "bearer": [], "other": [] }] } }),
            ("security-changed", Breaking),
            &[],
        ),
        row(
            "a scheme more",
            json!({ (SCHEMES): { "other": { "type": "http", "scheme": "bearer" } } }),
            ("security-scheme-added", Safe),
            &[],
        ),
        row(
            "another scheme of the same name",
            json!({ (SCHEMES): { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "key" } } }),
            ("security-changed", Breaking),
            &[],
        ),
        row(
            "an alternative to the key",
            json!({ (DOCUMENT): { "security": [{ "bearer": [] }, {}] } }),
            ("security-loosened", Safe),
            &[],
        ),
        row(
            "words of a scheme",
            json!({ "/components": { "securitySchemes": schemes } }),
            ("description-changed", Safe),
            &[],
        ),
        row("an extension", json!({ (DOCUMENT): { "x-notes": "new" } }), ("extension-changed", Safe), &[]),
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
    let mut renamed = changed(&json!({ (PATH): { "post": null } }));
    for parameters in [PATH, GET] {
        support::at(&mut renamed, parameters)["parameters"][0]["name"] = json!("key");
    }
    let renamed = support::at(&mut renamed, PATH).clone();
    vec![
        row(
            "an operation more",
            json!({ (PATHS): { "/ping": ping } }),
            ("operation-added", Safe),
            &["Client::ping added", "operations::PING added"],
        ),
        row(
            "an operation less",
            json!({ (PATH): { "post": null } }),
            ("operation-removed", Breaking),
            &["Client::add_thing removed", "operations::ADD_THING removed"],
        ),
        row(
            "another name",
            json!({ (GET): { "operationId": "find_thing" } }),
            ("operation-renamed", Breaking),
            &[
                "Client::get_thing removed",
                "operations::GET_THING removed",
                "types::GetThingPart removed",
                "Client::find_thing added",
                "operations::FIND_THING added",
                "types::FindThingPart added",
            ],
        ),
        row("a deprecation", json!({ (GET): { "deprecated": true } }), ("operation-deprecated", Risky), &[]),
        since(
            "an end of a deprecation",
            json!({ (GET): { "deprecated": true } }),
            json!({ (GET): { "deprecated": false } }),
            ("operation-undeprecated", Safe),
            &[],
        ),
        row("a summary", json!({ (GET): { "summary": "Finds it." } }), ("summary-changed", Safe), &[]),
        row("a description", json!({ (GET): { "description": "Finds it." } }), ("description-changed", Safe), &[]),
        row("tags", json!({ (GET): { "tags": ["things"] } }), ("description-changed", Safe), &[]),
        row("a deprecated property", json!({ (NAME): { "deprecated": true } }), ("part-deprecated", Risky), &[]),
        since(
            "a parameter that is no longer deprecated",
            json!({ (PART): { "deprecated": true } }),
            json!({ (PART): { "deprecated": null } }),
            ("part-undeprecated", Safe),
            &[],
        ),
        row("no key for one operation", json!({ (GET): { "security": [] } }), ("security-loosened", Safe), &[]),
        row(
            "tags of the document",
            json!({ (DOCUMENT): { "tags": [{ "name": "things" }] } }),
            ("description-changed", Safe),
            &[],
        ),
        row("prose of a path", json!({ (PATH): { "description": "One thing." } }), ("description-changed", Safe), &[]),
        since(
            "another name of a path parameter",
            json!({ (PATH): { "post": null } }),
            json!({ (PATHS): { "/things/{id}": null, "/things/{key}": renamed } }),
            ("path-parameter-renamed", Safe),
            &[],
        ),
    ]
}

fn parameter_rows() -> Vec<Row> {
    let method = "Client::get_thing changed";
    let operation = "operations::GET_THING changed";
    let query = |required: bool| json!({ "name": "full", "in": "query", "required": required, "schema": { "type": "boolean" } });
    let parameters = |more: Value| {
        let id = json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } });
        let part = json!({ "name": "part", "in": "query", "schema": { "type": "string", "maxLength": 5 } });
        json!({ (GET): { "parameters": [id, part, more] } })
    };
    let id = json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } });
    vec![
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
            &["Client::get_thing changed", "operations::GET_THING changed", "types::GetThingPart removed"],
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
            &["Client::get_thing changed"],
        ),
        row(
            "no body to send",
            json!({ (POST): { "requestBody": null } }),
            ("request-body-removed", Breaking),
            &["Client::add_thing changed"],
        ),
        row(
            "another content type",
            json!({ (BODY): { "content": { "application/x-www-form-urlencoded": { "schema": schema("NewThing") } } } }),
            ("content-type-changed", Breaking),
            &[],
        ),
        row(
            "a status like another",
            json!({ (RESPONSES): { "500": response("Problem") } }),
            ("status-added", Risky),
            &[],
        ),
        row(
            "the only error less",
            json!({ (RESPONSES): { "404": null } }),
            ("error-body-removed", Breaking),
            &["Client::get_thing changed"],
        ),
        row(
            "a response without a body",
            json!({ (RESPONSES): { "200": empty } }),
            ("body-removed", Breaking),
            &["Client::get_thing changed"],
        ),
        since(
            "a response with a body",
            json!({ (RESPONSES): { "200": empty } }),
            json!({ (FOUND): { "content": response("Thing")["content"] } }),
            ("body-added", Breaking),
            &["Client::get_thing changed"],
        ),
        since(
            "a status less",
            json!({ (RESPONSES): { "500": response("Problem") } }),
            json!({ (RESPONSES): { "500": null } }),
            ("status-removed", Risky),
            &[],
        ),
        since(
            "the first error",
            json!({ (RESPONSES): { "404": null } }),
            json!({ (RESPONSES): { "404": response("Problem") } }),
            ("error-body-added", Breaking),
            &["Client::get_thing changed", "types::Problem changed"],
        ),
        row(
            "another response",
            json!({ (FOUND_JSON): { "schema": schema("Code") } }),
            ("reference-changed", Breaking),
            &["Client::get_thing changed"],
        ),
        row(
            "the description of a response",
            json!({ (FOUND): { "description": "It." } }),
            ("description-changed", Safe),
            &[],
        ),
        row("an example", json!({ (FOUND_JSON): { "example": {} } }), ("examples-changed", Safe), &[]),
    ]
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn response_rows() -> Vec<Row> {
    let text = json!({ "type": "string" });
    let union = json!({ "oneOf": [{ "title": "Number", "type": "integer" }, { "title": "Text", "type": "string" }] });
    let longer = json!([{ "title": "Number", "type": "integer" }, { "title": "Text", "type": "string" }, { "title": "Yes", "type": "boolean" }]);
    let reordered = json!([{ "title": "Text", "type": "string" }, { "title": "Number", "type": "integer" }]);
    let references = [schema("Problem"), schema("NewThing"), schema("Code")];
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
            &["types::More added"],
        ),
        since(
            "a schema less",
            json!({ (SCHEMAS): { "More": { "type": "object" } } }),
            json!({ (SCHEMAS): { "More": null } }),
            ("schema-removed", Breaking),
            &["types::More removed"],
        ),
        row(
            "a field more that is always there",
            json!({ (THINGS): { "size": text }, (THING): { "required": ["size"] } }),
            ("required-property-added", Breaking),
            &["impl Default for types::Thing removed", "types::Thing::size added"],
        ),
        row(
            "a field more",
            json!({ (THINGS): { "size": text } }),
            ("property-added", Safe),
            &["types::Thing::size added"],
        ),
        row(
            "a field less",
            json!({ (THINGS): { "name": null } }),
            ("property-removed", Breaking),
            &["types::Thing::name removed"],
        ),
        row(
            "another type of a field",
            json!({ (NAME): { "type": "integer", "maxLength": null } }),
            ("type-changed", Breaking),
            &["types::Thing::name changed"],
        ),
        row("a field that may be null as well as absent", nullable.clone(), ("optional-became-nullable", Risky), &[]),
        since(
            "a field that is only absent",
            nullable,
            json!({ (NAME): { "nullable": null } }),
            ("optional-became-non-nullable", Safe),
            &[],
        ),
        since(
            "a required field that may be null",
            required.clone(),
            json!({ (NAME): { "nullable": true } }),
            ("required-became-nullable", Breaking),
            &["types::Thing::name changed"],
        ),
        since(
            "a required field that is never null",
            json!({ (THING): { "required": ["name"] }, (NAME): { "nullable": true } }),
            json!({ (NAME): { "nullable": null } }),
            ("required-became-non-nullable", Breaking),
            &["types::Thing::name changed"],
        ),
        row(
            "a field that is always there",
            required.clone(),
            ("property-became-required", Breaking),
            &["impl Default for types::Thing removed", "types::Thing::name changed"],
        ),
        since(
            "a field that may be absent",
            required,
            json!({ (THING): { "required": null } }),
            ("property-became-optional", Breaking),
            &["types::Thing::name changed", "impl Default for types::Thing added"],
        ),
        since(
            "a field that may be null is always there",
            json!({ (NAME): { "nullable": true } }),
            json!({ (THING): { "required": ["name"] } }),
            ("nullable-property-became-required", Breaking),
            &["impl Default for types::Thing removed"],
        ),
        since(
            "a field that may be null may be absent",
            json!({ (NAME): { "nullable": true }, (THING): { "required": ["name"] } }),
            json!({ (THING): { "required": null } }),
            ("nullable-property-became-optional", Safe),
            &["impl Default for types::Thing added"],
        ),
        since(
            "no default",
            json!({ (NAME): { "default": "Ball" } }),
            json!({ (NAME): { "default": null } }),
            ("default-removed", Breaking),
            &["types::Thing::name changed"],
        ),
        row("words of a field", json!({ (NAME): { "description": "Its name." } }), ("description-changed", Safe), &[]),
        row("an example of a field", json!({ (NAME): { "example": "Ball" } }), ("examples-changed", Safe), &[]),
        row("another format", json!({ (NAME): { "format": "date-time" } }), ("format-changed", Risky), &[]),
        row("a tighter limit", json!({ (NAME): { "maxLength": 10 } }), ("limit-tightened", Safe), &[]),
        row(
            "unknown keys are kept",
            json!({ (THING): { "additionalProperties": {} } }),
            ("additional-properties-added", Breaking),
            &["impl Default for types::Thing removed", "types::Thing::extra added"],
        ),
        since(
            "unknown keys are lost",
            json!({ (THING): { "additionalProperties": {} } }),
            json!({ (THING): { "additionalProperties": null } }),
            ("additional-properties-removed", Breaking),
            &["types::Thing::extra removed", "impl Default for types::Thing added"],
        ),
        row(
            "a default",
            json!({ (NAME): { "default": "Ball" } }),
            ("default-added", Breaking),
            &["types::Thing::name changed"],
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
            &["impl From<bool> for types::Either added", "types::Either::Yes added"],
        ),
        since(
            "an alternative less",
            json!({ (SCHEMAS): { "Either": { "oneOf": longer } }, (THINGS): { "either": schema("Either") } }),
            json!({ (either): { "oneOf": union["oneOf"] } }),
            ("alternative-removed", Breaking),
            &["impl From<bool> for types::Either removed", "types::Either::Yes removed"],
        ),
        since(
            "another order of alternatives",
            with_union.clone(),
            json!({ (either): { "oneOf": reordered } }),
            ("alternatives-reordered", Risky),
            &[],
        ),
        since(
            "an alternative more, without titles",
            json!({ (SCHEMAS): { "Either": { "oneOf": references[..2] } }, (THINGS): { "either": schema("Either") } }),
            json!({ (either): { "oneOf": references } }),
            ("alternative-added", Risky),
            &["impl From<crate::Code> for types::Either added", "types::Either::Code added"],
        ),
        since(
            "another name of an alternative",
            with_union.clone(),
            json!({ (either): { "oneOf": renamed } }),
            ("alternative-renamed", Breaking),
            &["types::Either::Number removed", "types::Either::Count added"],
        ),
        since(
            "a field of another schema",
            with_union,
            json!({ "/components/schemas/Thing/properties/either": { "$ref": "#/components/schemas/Problem" } }),
            ("reference-changed", Breaking),
            &["types::Thing::either changed"],
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
            &["types::NewThing::size added"],
        ),
        row(
            "a field more that has to be sent",
            json!({ (NEWS): { "size": text }, (NEW): { "required": ["size"] } }),
            ("required-property-added", Breaking),
            &["impl Default for types::NewThing removed", "types::NewThing::size added"],
        ),
        row(
            "a field that has to be sent",
            json!({ (NEW): { "required": ["name"] } }),
            ("property-became-required", Breaking),
            &["impl Default for types::NewThing removed", "types::NewThing::name changed"],
        ),
        row(
            "a field that may be sent as null",
            json!({ (NEW_NAME): { "nullable": true } }),
            ("optional-became-nullable", Safe),
            &[],
        ),
        row("another length", json!({ (NEW_NAME): { "maxLength": 10 } }), ("limit-tightened", Breaking), &[]),
        row("a longer text is fine", json!({ (NEW_NAME): { "maxLength": 30 } }), ("limit-loosened", Safe), &[]),
        row(
            "any text is fine",
            json!({ (NEW_NAME): { "maxLength": null } }),
            ("limit-removed", Breaking),
            &["types::NewThing::name changed", "types::NewThingName removed"],
        ),
        row("a shortest text", json!({ (NEW_NAME): { "minLength": 2 } }), ("limit-added", Breaking), &[]),
        row(
            "another format to send",
            json!({ (NEW_NAME): { "format": "ipv4", "maxLength": 20 } }),
            ("format-changed", Breaking),
            &["types::NewThing::name changed", "types::NewThingName removed"],
        ),
        row("a format that stays text", json!({ (NEW_NAME): { "format": "uuid" } }), ("format-changed", Breaking), &[]),
        since(
            "a value more to choose",
            coloured.clone(),
            json!({ (colour): { "enum": ["red", "green", "blue"] } }),
            ("enum-value-added", Risky),
            &["types::NewThingColour::Blue added"],
        ),
        since(
            "a value less to choose",
            coloured,
            json!({ (colour): { "enum": ["red"] } }),
            ("enum-value-removed", Breaking),
            &["types::NewThingColour::Green removed"],
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
            ("named-constant-renamed", Breaking),
            &["Code::TWO removed", "Code::PAIR added"],
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
        row("an extension of a schema", json!({ (NAME): { "x-odd": 1 } }), ("extension-changed", Safe), &[]),
        row(
            "a response to refer to",
            json!({ "/components": { "responses": { "Gone": response("Problem") } } }),
            ("component-changed", Safe),
            &[],
        ),
        row(
            "another problem",
            json!({ (PROBLEM): { "type": "string", "properties": null } }),
            ("type-changed", Breaking),
            &[
                "impl Default for types::Problem removed",
                "types::Problem changed",
                "types::Problem::why removed",
                "impl Deref for types::Problem added",
                "impl Display for types::Problem added",
                "impl Eq for types::Problem added",
                "impl From<String> for types::Problem added",
                "impl FromStr for types::Problem added",
                "impl Hash for types::Problem added",
                "impl Ord for types::Problem added",
                "impl PartialOrd for types::Problem added",
            ],
        ),
    ];
    rows.push(Row {
        what: "another status of success",
        before: json!({}),
        change: json!({ (RESPONSES): { "200": null, "201": response("Thing") } }),
        found: vec![("success-status-changed", Breaking), ("status-added", Risky)],
        rust: vec![],
    });
    rows.push(Row {
        what: "a number more",
        before: json!({}),
        change: json!({ (CODE): more }),
        found: vec![("description-changed", Safe), ("enum-value-added", Safe)],
        rust: vec!["Code::THREE added"],
    });
    rows.push(Row {
        what: "a number less",
        before: json!({}),
        change: json!({ (CODE): less }),
        found: vec![("named-constant-removed", Breaking), ("description-changed", Safe)],
        rust: vec!["Code::TWO removed"],
    });
    rows
}

#[test]
fn reports_each_of_several_changes() {
    let both = json!({ (NAME): { "maxLength": 10, "type": "integer" }, (INFO): { "version": "2" } });
    let report = compare(&read(&support::document()), &read(&changed(&both)));
    let checks: Vec<_> = report.changes.iter().map(|change| change.check).collect();
    assert_eq!(checks, ["type-changed", "version-changed"]);
    assert_eq!(report.changes[0].place.to_string(), "things.json:41");
}

#[test]
fn equal_documents_have_no_changes() {
    let report = compare(&read(&support::document()), &read(&support::document()));
    assert_eq!((report.changes.len(), report.effect(), report.text()), (0, None, String::new()));
}

#[test]
fn explicit_defaults_are_no_change() {
    let table = [
        ("not deprecated", json!({ (GET): { "deprecated": false } })),
        ("the default style of a query", json!({ (PART): { "style": "form", "explode": true } })),
        ("the default style of a path", json!({ (ID): { "style": "simple", "explode": false } })),
        ("the security of the document", json!({ (GET): { "security": [{ "bearer": [] }] } })),
        ("the servers of the document", json!({ (GET): { "servers": [{ "url": "https://things.example.com" }] } })),
        ("an optional parameter", json!({ (PART): { "required": false, "allowReserved": false } })),
        ("an optional body", json!({ (BODY): { "required": false } })),
        (
            "no limits",
            json!({ (NAME): { "minLength": 0, "nullable": false }, (THING): { "additionalProperties": true } }),
        ),
        ("empty lists and maps", json!({ (THING): { "required": [] }, (FOUND): { "headers": {} } })),
        ("no variables", json!({ "/servers/0": { "variables": {} } })),
        ("a map of any values", json!({ (FOUND_JSON): { "encoding": {} } })),
        ("the order of credentials", json!({ (GET): { "security": [{ "bearer": [] }, { "bearer": [] }] } })),
    ];
    for (why, change) in table {
        let report = compare(&read(&support::document()), &read(&changed(&change)));
        assert!(report.changes.is_empty(), "{why}: {}", report.text());
    }
}

/// A change, and the changes found in one direction and in the other.
type Pair = (&'static str, Value, Value, &'static [(&'static str, Effect)], &'static [(&'static str, Effect)]);

#[expect(clippy::too_many_lines, reason = "a table")]
fn pairs() -> Vec<Pair> {
    const ID_SCHEMA: &str = "/paths/~1things~1{id}/get/parameters/0/schema";
    let union = |members: Value| json!({ (NEWS): { "col": { "oneOf": members } } });
    let server = |default: &str| {
        let variables = json!({ "h": { "default": default, "description": "A host." } });
        json!({ (DOCUMENT): { "servers": [{ "url": "https://{h}.example.com", "variables": variables }] } })
    };
    let two = json!([{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
        { "name": "a", "in": "query", "schema": { "type": "string" } },
        { "name": "b", "in": "query", "schema": { "type": "string" } }]);
    let mut swapped = two.clone();
    swapped.as_array_mut().expect("a list").swap(1, 2);
    let all_of = |names: [&str; 2]| json!({ (NEWS): { "both": { "allOf": names.map(schema) } } });
    let scheme = |more: Value| {
        let mut scheme = json!({ "type": "http", "scheme": "bearer" });
        scheme.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        json!({ (SCHEMES): { "bearer": scheme } })
    };
    vec![
        (
            "the only schema name",
            json!({ (PATH): { "post": null }, (RESPONSES): { "200": { "description": "Yes." }, "404": null },
                "/components": { "schemas": { "One": { "type": "string" } } } }),
            json!({ "/components": { "schemas": { "Other": { "type": "string" } } } }),
            &[("schema-removed", Breaking), ("schema-added", Safe)],
            &[("schema-removed", Breaking), ("schema-added", Safe)],
        ),
        (
            "the type beside a combination",
            json!({ (NEW_NAME): { "allOf": [{ "maxLength": 5 }] } }),
            json!({ (NEW_NAME): { "type": "integer" } }),
            &[("type-changed", Breaking)],
            &[("type-changed", Breaking)],
        ),
        (
            "a step that is no multiple",
            json!({ (NEWS): { "n": { "type": "integer", "multipleOf": 6 } } }),
            json!({ (NEWS): { "n": { "type": "integer", "multipleOf": 4 } } }),
            &[("limit-tightened", Breaking)],
            &[("limit-tightened", Breaking)],
        ),
        (
            "a step and its half",
            json!({ (NEWS): { "n": { "type": "integer", "multipleOf": 6 } } }),
            json!({ (NEWS): { "n": { "type": "integer", "multipleOf": 3 } } }),
            &[("limit-loosened", Safe)],
            &[("limit-tightened", Breaking)],
        ),
        (
            "large limits",
            json!({ (NEWS): { "n": { "type": "integer", "maximum": 9_007_199_254_740_993_i64 } } }),
            json!({ (NEWS): { "n": { "type": "integer", "maximum": 9_007_199_254_740_992_i64 } } }),
            &[("limit-tightened", Breaking)],
            &[("limit-loosened", Safe)],
        ),
        (
            "the host of the document as the server of an operation",
            json!({}),
            json!({ (GET): { "servers": [{ "url": "/" }] } }),
            &[("server-removed", Risky), ("server-added", Safe)],
            &[("server-removed", Risky), ("server-added", Safe)],
        ),
        (
            "a server after the host of the document",
            json!({ (DOCUMENT): { "servers": [{ "url": "/" }] } }),
            json!({ (DOCUMENT): { "servers": [{ "url": "/" }, { "url": "https://b.example.com" }] } }),
            &[("server-added", Safe)],
            &[("server-removed", Risky)],
        ),
        (
            "a variable of a server",
            server("a"),
            server("b"),
            &[("server-removed", Risky), ("server-added", Safe)],
            &[("server-removed", Risky), ("server-added", Safe)],
        ),
        (
            "the key beside no key",
            json!({ (DOCUMENT): { "security": [{}] } }),
            json!({ (DOCUMENT): { "security": [{}, { "bearer": [] }] } }),
            &[("security-loosened", Safe)],
            &[("security-loosened", Safe)],
        ),
        (
            "a map that gets properties",
            json!({ (THING): { "properties": null } }),
            json!({ (THING): { "properties": { "a": { "type": "string" } } } }),
            &[("type-changed", Breaking), ("property-added", Safe)],
            &[("type-changed", Breaking), ("property-removed", Breaking)],
        ),
        (
            "the values of a map",
            json!({ (NEWS): { "map": { "type": "object", "additionalProperties": { "type": "string" } } } }),
            json!({ (NEWS): { "map": { "type": "object" } } }),
            &[("type-changed", Breaking)],
            &[("type-changed", Breaking)],
        ),
        (
            "a map of any values",
            json!({ (NEWS): { "map": { "type": "object" } } }),
            json!({ (NEWS): { "map": { "type": "object", "additionalProperties": {} } } }),
            &[],
            &[],
        ),
        (
            "a map without keys",
            json!({ (NEWS): { "map": { "type": "object" } } }),
            json!({ (NEWS): { "map": { "type": "object", "additionalProperties": false } } }),
            &[("limit-added", Breaking)],
            &[("limit-removed", Breaking)],
        ),
        (
            "a property of a schema that no operation uses",
            json!({ (SCHEMAS): { "Unused": { "type": "object", "properties": { "a": { "type": "string" } } } } }),
            json!({ (SCHEMAS): { "Unused": { "type": "object", "properties": { "a": { "type": "integer" } } } } }),
            &[("type-changed", Breaking)],
            &[("type-changed", Breaking)],
        ),
        (
            "every status of success",
            json!({ (RESPONSES): { "201": response("Thing") } }),
            json!({ (RESPONSES): { "200": null, "201": null, "202": response("Thing") } }),
            &[("success-status-changed", Breaking), ("success-status-changed", Breaking), ("status-added", Risky)],
            &[("success-status-changed", Breaking), ("status-added", Risky), ("status-added", Risky)],
        ),
        (
            "a range that includes the status",
            json!({}),
            json!({ (RESPONSES): { "200": null, "2XX": response("Thing") } }),
            &[("status-removed", Risky), ("status-added", Risky)],
            &[("status-added", Risky), ("status-removed", Risky)],
        ),
        (
            "a limit above 63 bits",
            json!({ (NEWS): { "n": { "type": "integer", "maximum": u64::MAX } } }),
            json!({ (NEWS): { "n": { "type": "integer", "maximum": u64::MAX - 1 } } }),
            &[("limit-tightened", Breaking)],
            &[("limit-loosened", Safe)],
        ),
        (
            "a decimal step",
            json!({ (NEWS): { "n": { "type": "number", "multipleOf": 0.1 } } }),
            json!({ (NEWS): { "n": { "type": "number", "multipleOf": 0.01 } } }),
            &[("limit-loosened", Safe)],
            &[("limit-tightened", Breaking)],
        ),
        (
            "prose of the values of a map",
            json!({ (NEWS): { "map": { "type": "object" } } }),
            json!({ (NEWS): { "map": { "type": "object", "additionalProperties": { "description": "Any." } } } }),
            &[("description-changed", Safe)],
            &[("description-changed", Safe)],
        ),
        (
            "a property of a type of requests and responses",
            json!({ (FOUND_JSON): { "schema": schema("NewThing") } }),
            json!({ (NEWS): { "more": { "type": "string" } } }),
            &[("property-added", Safe)],
            &[("property-removed", Breaking)],
        ),
        (
            "a title like the name of the member",
            union(json!([schema("Thing"), schema("Problem")])),
            union(json!([{ "title": "Thing", "allOf": [schema("Thing")] }, schema("Problem")])),
            &[("description-changed", Safe)],
            &[("description-changed", Safe)],
        ),
        ("the order of combined schemas", all_of(["Thing", "Problem"]), all_of(["Problem", "Thing"]), &[], &[]),
        (
            "swapped parameters",
            json!({ (GET): { "parameters": two } }),
            json!({ (GET): { "parameters": swapped } }),
            &[],
            &[],
        ),
        (
            "a default of a parameter",
            json!({}),
            json!({ (ID_SCHEMA): { "default": "a" } }),
            &[("default-changed", Risky)],
            &[("default-changed", Risky)],
        ),
        (
            "an extension of a security scheme",
            json!({}),
            scheme(json!({ "x-a": 1 })),
            &[("extension-changed", Safe)],
            &[("extension-changed", Safe)],
        ),
        (
            "prose of a header",
            json!({ (FOUND): { "headers": { "X-A": { "description": "A.", "schema": { "type": "string" } } } } }),
            json!({ (FOUND): { "headers": { "X-A": { "description": "B.", "schema": { "type": "string" } } } } }),
            &[("description-changed", Safe)],
            &[("description-changed", Safe)],
        ),
        (
            "an extension of the list of paths",
            json!({}),
            json!({ (PATHS): { "x-a": "1" } }),
            &[("extension-changed", Safe)],
            &[("extension-changed", Safe)],
        ),
        (
            "an extension of the responses",
            json!({}),
            json!({ (RESPONSES): { "x-a": "1" } }),
            &[("extension-changed", Safe)],
            &[("extension-changed", Safe)],
        ),
        (
            "an example of a parameter",
            json!({}),
            json!({ (PART): { "example": "a" } }),
            &[("examples-changed", Safe)],
            &[("examples-changed", Safe)],
        ),
        (
            "an optional property that was null",
            json!({ (THING): { "required": ["name"] }, (NAME): { "nullable": true } }),
            json!({ (THING): { "required": null }, (NAME): { "nullable": null } }),
            &[("nullable-property-became-optional", Safe), ("optional-became-non-nullable", Safe)],
            &[("nullable-property-became-required", Breaking), ("optional-became-nullable", Risky)],
        ),
    ]
}

#[test]
fn changes_are_found_in_both_directions() {
    let mut failures = Vec::new();
    for (what, before, change, there, back) in &pairs() {
        let old = changed(before);
        let new = changed_in(old.clone(), change);
        for (old, new, expected) in [(&old, &new, there), (&new, &old, back)] {
            assert!(are_revisions(&read(old), &read(new)), "{what}");
            let report = compare(&read(old), &read(new));
            let found: Vec<_> = report.changes.iter().map(|change| (change.check, change.effect)).collect();
            if found != **expected {
                failures.push(format!("\n{what}: {found:?}\n{}", report.text()));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.concat());
}

#[test]
fn servers_of_operations_are_compared() {
    let servers = |urls: &[&str]| urls.iter().map(|url| json!({ "url": url })).collect::<Value>();
    let both = ["https://things.example.com", "https://b.example.com"];
    let table = [
        (json!({ (GET): { "servers": servers(&both) } }), vec![("server-added", Safe)]),
        (
            json!({ (PATH): { "servers": servers(&both[1..]) } }),
            [("server-removed", Risky), ("server-added", Safe)].repeat(2),
        ),
        (
            json!({ (PATH): { "servers": servers(&both) }, (GET): { "servers": servers(&both[..1]) } }),
            vec![("server-added", Safe)],
        ),
    ];
    for (change, expected) in table {
        let found = xtask::diff::changes(&read(&support::document()), &read(&changed(&change)));
        let mut found: Vec<_> = found.iter().map(|change| (change.check, change.effect)).collect();
        found.sort();
        let mut expected = expected;
        expected.sort();
        assert_eq!(found, expected, "{change}");
    }
}

#[test]
fn messages_name_both_values() {
    let old = changed(&json!({ (GET): { "security": [] } }));
    let new = changed(&json!({ (GET): { "security": [{ "bearer": [] }] } }));
    let report = compare(&read(&old), &read(&new));
    assert_eq!(report.changes[0].message, r#"changed from [] to [{"bearer":[]}]"#);
    let long = |end: &str| format!("{}{end}", "a".repeat(100));
    let members = |several: &str| json!({ (NAME): { (several): [schema("Code"), schema("Problem")], "type": null } });
    let ordered = |several: [&str; 2]| json!({ (NAME): { "oneOf": several.map(schema), "type": null } });
    let table = [
        (
            json!({ (NAME): { "description": long("b") } }),
            json!({ (NAME): { "description": long("c") } }),
            format!("description: changed from …{0}b\" to …{0}c\"", "a".repeat(20)),
        ),
        (members("oneOf"), members("anyOf"), "changed from oneOf to anyOf".into()),
        (
            ordered(["Code", "Problem"]),
            ordered(["Problem", "Code"]),
            "order changed from #/components/schemas/Code, #/components/schemas/Problem to \
             #/components/schemas/Problem, #/components/schemas/Code"
                .into(),
        ),
        (
            json!({ (FOUND_JSON): { "example": 1 } }),
            json!({ (FOUND_JSON): { "example": 2 } }),
            "example: changed from 1 to 2".into(),
        ),
        (
            json!({ (PART): { "description": "A." } }),
            json!({ (PART): { "description": "B." } }),
            r#"description of part: changed from "A." to "B.""#.into(),
        ),
        (
            json!({ (NAME): { "enum": ["a", "b"] } }),
            json!({ (NAME): { "enum": ["b", "a"] } }),
            r#"enum: order changed from ["a","b"] to ["b","a"]"#.into(),
        ),
    ];
    for (old, new, message) in table {
        let changes = xtask::diff::changes(&read(&changed(&old)), &read(&changed(&new)));
        let messages: Vec<_> = changes.iter().map(|change| &change.message).collect();
        assert_eq!(messages, [&message]);
    }
}

#[test]
fn pattern_of_a_request_is_breaking() {
    let new = changed(&json!({ (NEW_NAME): { "pattern": "^a" } }));
    let report = compare(&read(&support::document()), &read(&new));
    assert_eq!((report.changes[0].check, report.changes[0].effect), ("limit-added", Breaking));
    assert!(report.rust.is_err_and(|why| why.contains("the crate regress")));
}

#[test]
fn invalid_document_is_breaking() {
    let refused = changed(&json!({ (GET): { "operationId": null } }));
    let report = compare(&read(&support::document()), &read(&refused));
    assert_eq!(report.effect(), Some(Breaking));
    assert!(report.rust.is_err_and(|why| why.contains("no operationId")));
}

#[test]
fn every_rule_is_tested() {
    let rows = all_rows();
    let mut tested: BTreeSet<_> = rows.iter().flat_map(|row| row.found.iter().map(|(check, _)| *check)).collect();
    // tests/vendor.rs tests the rule for documents of the vendor.
    tested.insert("operation-uncovered");
    let known: BTreeSet<_> = rules::ALL.iter().map(|rule| rule.check).collect();
    assert_eq!(tested, known);
    assert!(rules::ALL.iter().all(|rule| !rule.why.is_empty()));
}

/// The pointers of all values of a document.
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
    for document in [support::document(), support::frozen("midapi.yaml").value] {
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
            let found = xtask::diff::changes(&old, &read(&changed));
            assert!(!found.is_empty(), "no change at {pointer}");
        }
    }
}

/// Runs `spec diff`.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    support::run(&[&["spec", "diff"], arguments].concat())
}

#[test]
fn command_prints_formats_and_sets_status() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, value: &Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, serde_json::to_string_pretty(value).expect("JSON")).expect("a file");
        path.to_str().expect("a path of UTF-8").to_owned()
    };
    let old = file("old.json", &support::document());
    let new = file("new.json", &changed(&json!({ (NAME): { "nullable": true } })));
    let table: &[(&[&str], i32, &str)] = &[
        (&[&old, &new], 0, "[optional-became-nullable]"),
        (&[&old, &new, "--fail-on", "breaking"], 0, "risky"),
        (&[&old, &new, "--fail-on", "risky"], 1, "risky"),
        (&[&old, &old, "--fail-on", "safe"], 0, ""),
        (&[&old, &new, "--format", "markdown"], 0, "- risky:\n  - `components.schemas.Thing.properties.name`"),
        (&[&old, &new, "--format", "json"], 0, "\"check\":\"optional-became-nullable\""),
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
        (&["git:--output=x"], 1, "needs a revision"),
        (&["nowhere.yaml"], 1, "cannot read nowhere.yaml"),
        (&[&old, &new, "--fail-on", "bad"], 2, "use safe, risky or breaking"),
        (&[], 2, "Usage"),
    ];
    for (arguments, status, words) in refused {
        let (code, out, err) = run(arguments);
        assert_eq!((code, out.as_str()), (Some(*status), ""), "{arguments:?}");
        assert!(err.contains(words) && !err.contains("panicked"), "{arguments:?}: {err}");
    }
}
