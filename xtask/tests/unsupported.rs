//! Unsupported parts of a spec, with place and reason.

mod support;

use serde_json::{Value, json};
use support::changed;
use xtask::{spec, unsupported};

// Pointers of the base document.
const PATH: &str = "/paths/~1things~1{id}";
const GET: &str = "/paths/~1things~1{id}/get";
const PART: &str = "/paths/~1things~1{id}/get/parameters/1";
const RESPONSES: &str = "/paths/~1things~1{id}/get/responses";
const FOUND: &str = "/paths/~1things~1{id}/get/responses/200";
const FOUND_JSON: &str = "/paths/~1things~1{id}/get/responses/200/content/application~1json";
const POST: &str = "/paths/~1things~1{id}/post";
const BODY: &str = "/paths/~1things~1{id}/post/requestBody/content";
const SCHEMES: &str = "/components/securitySchemes";
const SCHEMAS: &str = "/components/schemas";
const NEW: &str = "/components/schemas/NewThing/properties";
const CODE: &str = "/components/schemas/Code";

/// The place of a property `new` of `NewThing`.
const NEW_PLACE: &str = "components.schemas.NewThing.properties.new";
const CODE_PLACE: &str = "components.schemas.Code";

/// The case; the entries to change, by the pointer of their holder (null removes one); the expected place and a part of the
/// expected reason.
type Row = (&'static str, Value, &'static str, &'static str);

fn check_table(table: &[Row]) {
    for (why, changes, place, words) in table {
        let found = unsupported::find(&changed(changes));
        let is_found = found.iter().any(|found| found.place == *place && found.reason.contains(words));
        assert!(is_found, "{why}: expected {words:?} at {place:?}: {found:#?}");
    }
}

fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn response(name: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

fn response_of(name: &str) -> Value {
    json!({ "description": "A response.", "content": { "application/json": { "schema": schema(name) } } })
}

fn text() -> Value {
    json!({ "type": "string" })
}

#[test]
fn accepts_what_the_generator_supports() {
    let shared = json!({ "First": response_of("Thing"), "Second": response("First") });
    let odd =
        json!({ "additionalProperties": true, "properties": 1, "$ref": "nowhere", "type": "integer", "enum": [1] });
    let empty = json!({ "description": "It broke." });
    let table = [
        ("the base document", json!({})),
        (
            "a response behind two references",
            json!({ (RESPONSES): { "200": response("Second") }, "/components": { "responses": shared } }),
        ),
        ("errors that all have no body", json!({ (RESPONSES): { "404": empty, "5XX": empty } })),
        ("an extension, whatever is in it", json!({ "": { "x-notes": odd } })),
        ("an example is data", json!({ (FOUND_JSON): { "example": odd } })),
        ("so are several", json!({ (FOUND_JSON): { "examples": { "one": { "value": odd } } } })),
        ("a default is data", json!({ (NEW): { "new": { "default": odd } } })),
        ("values of an enum are data", json!({ (NEW): { "new": { "enum": [odd] } } })),
        (
            "values of a response, which is relaxed",
            json!({ "/components/schemas/Thing/properties": { "new": { "type": "string", "enum": ["a b", "a-b"] } } }),
        ),
        (
            "values that differ by a sign of which an X is made",
            json!({ (NEW): { "new": { "type": "string", "enum": ["ab", "a-b"] } } }),
        ),
        ("a recursive schema", json!({ (NEW): { "new": schema("NewThing") } })),
        ("properties with names of keywords", json!({ (NEW): { "$ref": text(), "enum": text(), "not": text() } })),
        (
            "references under such names",
            json!({ (NEW): { "responses": schema("Thing"), "requestBody": { "allOf": [schema("Thing")] } } }),
        ),
        ("false says what leaving it out says", json!({ (PART): { "required": false } })),
    ];
    for (why, changes) in table {
        assert_eq!(unsupported::find(&changed(&changes)), [], "{why}");
    }
}

#[test]
fn accepts_the_committed_spec() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/midapi.yaml");
    let document = spec::read(path.as_ref()).expect("a document");
    assert_eq!(unsupported::find(&document), []);
}

#[test]
fn reports_each_reason_once() {
    let nowhere = schema("Nothing");
    let table = [
        ("a reference that stands twice", json!({ (NEW): { "first": nowhere, "second": nowhere } })),
        ("a path item, which is a reference as well", json!({ "/paths": { "/more": { "$ref": "more.yaml" } } })),
    ];
    for (why, changes) in table {
        let found = unsupported::find(&changed(&changes));
        assert_eq!(found.len(), 1, "{why}: {found:#?}");
    }
}

#[test]
fn unsupported_documents() {
    let key = json!({ "type": "apiKey", "in": "header", "name": "X-Key" });
    check_table(&[
        ("another version", json!({ "": { "openapi": "3.1.0" } }), "openapi", "version \"3.1.0\""),
        ("YAML reads 3.0 as a number", json!({ "": { "openapi": 3.0 } }), "openapi", "3.0.x only"),
        ("a keyword of 3.1", json!({ "": { "webhooks": { "new": {} } } }), "webhooks", "ignored"),
        ("a method in capitals", json!({ (PATH): { "PUT": { "a": 1 } } }), "paths./things/{id}.PUT", "ignored"),
        (
            "a misspelt keyword",
            json!({ (PART): { "requierd": true } }),
            "paths./things/{id}.get.parameters[1].requierd",
            "ignored",
        ),
        (
            "text beside a reference",
            json!({ "/components/schemas/Thing/properties/code": { "description": "How it is." } }),
            "components.schemas.Thing.properties.code.description",
            "ignored",
        ),
        ("a key in a header", json!({ (SCHEMES): { "key": key } }), "components.securitySchemes.key", "bearer"),
        (
            "a name and a password",
            json!({ (SCHEMES): { "basic": { "type": "http", "scheme": "basic" } } }),
            "components.securitySchemes.basic",
            "bearer",
        ),
    ]);
}

#[test]
fn unsupported_paths_and_operations() {
    let elsewhere = json!([{ "url": "https://other.example.com" }]);
    let again = json!({ "$ref": "#/paths/~1things~1{id}" });
    check_table(&[
        ("no name", json!({ (GET): { "operationId": null } }), "GET /things/{id}", "no operationId"),
        ("an invalid id", json!({ (GET): { "operationId": "9things" } }), "9things", "no Rust name"),
        ("ids differ by case", json!({ (POST): { "operationId": "GET_THING" } }), "GET_THING", "GET /things/{id}"),
        (
            "ids differ by an underscore",
            json!({ (POST): { "operationId": "getThing" } }),
            "getThing",
            "POST /things/{id}",
        ),
        ("ids differ by a space", json!({ (POST): { "operationId": "get thing" } }), "get thing", "operationId"),
        ("a path elsewhere in the document", json!({ "/paths": { "/more": again } }), "/more", "$ref"),
        ("a path in another file", json!({ "/paths": { "/more": { "$ref": "more.yaml" } } }), "/more", "$ref"),
        ("a path without a slash", json!({ "/paths": { "more": {} } }), "more", "slash"),
        ("servers of a path", json!({ (PATH): { "servers": elsewhere } }), "/things/{id}", "servers"),
        ("servers of an operation", json!({ (GET): { "servers": elsewhere } }), "get_thing", "servers"),
        ("callbacks", json!({ (POST): { "callbacks": { "done": {} } } }), "add_thing", "callbacks"),
    ]);
}

#[test]
fn unsupported_parameters() {
    let id = |place: &str| json!({ "name": "id", "in": place, "required": true, "schema": text() });
    let first = "/paths/~1things~1{id}/get/parameters/0";
    check_table(&[
        ("a cookie", json!({ (PART): { "in": "cookie" } }), "get_thing", "part is a cookie"),
        ("not required", json!({ (first): { "required": false } }), "get_thing", "id is in the path and not required"),
        (
            "an object in the query",
            json!({ (PART): { "style": "deepObject" } }),
            "get_thing",
            "part has a style other than",
        ),
        (
            "a list with pipes",
            json!({ (PART): { "style": "pipeDelimited" } }),
            "get_thing",
            "part has a style other than",
        ),
        ("a matrix in the path", json!({ (first): { "style": "matrix" } }), "get_thing", "id has a style other than"),
        (
            "content in place of a schema",
            json!({ (PART): { "schema": null, "content": { "text/plain": {} } } }),
            "get_thing",
            "part has no schema",
        ),
        (
            "in the path and undeclared",
            json!({ (PATH): { "parameters": null }, (GET): { "parameters": [] } }),
            "get_thing",
            "parameter id must be",
        ),
        ("declared and not in the path", json!({ (first): { "name": "key" } }), "get_thing", "parameter key must be"),
        ("a name at two places", json!({ (PART): { "name": "id" } }), "get_thing", "two parameters are named id"),
        (
            "a parameter twice",
            json!({ (GET): { "parameters": [id("path"), id("path")] } }),
            "get_thing",
            "two parameters are named id",
        ),
        (
            "a name at two places, one the path's",
            json!({ (GET): { "parameters": [id("query")] } }),
            "get_thing",
            "two parameters are named id",
        ),
    ]);
}

#[test]
fn unsupported_request_and_response_bodies() {
    let empty = json!({ "description": "It broke." });
    let headers = json!({ "X-Left": { "schema": text() } });
    let plain = json!({ "schema": text() });
    let mut first = response_of("Thing");
    first["headers"] = headers.clone();
    let shared = json!({ "First": first, "Second": response("First") });
    check_table(&[
        (
            "default is a success too",
            json!({ (RESPONSES): { "default": response_of("Problem") } }),
            "get_thing",
            "2 success",
        ),
        (
            "default is a failure too",
            json!({ (RESPONSES): { "default": response_of("Thing") } }),
            "get_thing",
            "2 error",
        ),
        ("two successes", json!({ (RESPONSES): { "202": response_of("Problem") } }), "get_thing", "2 success"),
        ("two errors", json!({ (RESPONSES): { "500": response_of("Thing") } }), "get_thing", "2 error"),
        ("an error without a body", json!({ (RESPONSES): { "500": empty } }), "get_thing", "2 error"),
        (
            "a redirect",
            json!({ (RESPONSES): { "302": response_of("Problem") } }),
            "get_thing",
            "response 302 is ignored",
        ),
        (
            "no status",
            json!({ (RESPONSES): { "2000": response_of("Thing") } }),
            "get_thing",
            "response 2000 is ignored",
        ),
        (
            "two content types of a response",
            json!({ "/paths/~1things~1{id}/get/responses/200/content": { "text/plain": plain } }),
            "get_thing",
            "response 200 has 2 content types (application/json, text/plain)",
        ),
        (
            "two of a request",
            json!({ (BODY): { "text/plain": plain } }),
            "add_thing",
            "request body has 2 content types",
        ),
        ("a response without a schema", json!({ (FOUND_JSON): { "schema": null } }), "get_thing", "200 has no schema"),
        (
            "a request without a schema",
            json!({ (BODY): { "application/json": {} } }),
            "add_thing",
            "the request body has no schema for application/json",
        ),
        (
            "an encoding",
            json!({ (FOUND_JSON): { "encoding": { "name": {} } } }),
            "get_thing",
            "response 200 has an encoding",
        ),
        ("headers", json!({ (FOUND): { "headers": headers } }), "get_thing", "headers of response 200"),
        ("links", json!({ (FOUND): { "links": { "next": {} } } }), "get_thing", "links of response 200"),
        (
            "headers behind two references",
            json!({ (RESPONSES): { "200": response("Second") }, "/components": { "responses": shared } }),
            "get_thing",
            "headers of response 200",
        ),
    ]);
}

#[test]
fn unresolvable_references_are_reported() {
    let embedded = json!({ "type": "string", "x-embedded-json": "#/components/schemas/Nothing" });
    let one = json!({ "oneOf": [text(), schema("Other")] });
    let other = json!({ "anyOf": [schema("One")] });
    check_table(&[
        ("nowhere", json!({ (NEW): { "new": schema("Nothing") } }), "#/components/schemas/Nothing", "does not exist"),
        ("another file", json!({ (NEW): { "new": { "$ref": "a.yaml#/A" } } }), "a.yaml#/A", "does not exist"),
        ("embedded JSON", json!({ (NEW): { "new": embedded } }), "#/components/schemas/Nothing", "does not exist"),
        (
            "into a schema",
            json!({ (NEW): { "new": schema("Thing/properties/name") } }),
            "components.schemas.NewThing.properties.new: #/components/schemas/Thing/properties/name",
            "#/components/schemas/NAME",
        ),
        (
            "the document itself",
            json!({ (NEW): { "new": { "$ref": "#" } } }),
            "components.schemas.NewThing.properties.new: #",
            "#/components/schemas/NAME",
        ),
        (
            "a schema for a response",
            json!({ (RESPONSES): { "200": schema("Thing") } }),
            "paths./things/{id}.get.responses.200: #/components/schemas/Thing",
            "#/components/responses/NAME",
        ),
        (
            "a schema for a request body",
            json!({ (POST): { "requestBody": schema("Thing") } }),
            "paths./things/{id}.post.requestBody: #/components/schemas/Thing",
            "#/components/requestBodies/NAME",
        ),
        (
            "a schema for a parameter",
            json!({ (PATH): { "parameters": [schema("Thing")] } }),
            "paths./things/{id}.parameters[0]: #/components/schemas/Thing",
            "#/components/parameters/NAME",
        ),
        ("itself", json!({ (SCHEMAS): { "One": schema("One") } }), "#/components/schemas/One", "never ends"),
        (
            "itself and more",
            json!({ (SCHEMAS): { "One": { "allOf": [text(), schema("One")] } } }),
            "#/components/schemas/One",
            "never ends",
        ),
        (
            "each other",
            json!({ (SCHEMAS): { "One": one, "Other": other } }),
            "#/components/schemas/Other",
            "never ends",
        ),
        (
            "a response that is itself",
            json!({ (RESPONSES): { "200": response("A") }, "/components": { "responses": { "A": response("A") } } }),
            "#/components/responses/A",
            "never ends",
        ),
    ]);
}

#[test]
fn unsupported_schema_keywords() {
    let lossy = json!({ "type": "object", "properties": {}, "additionalProperties": true });
    let default = json!({ "description": "All.", "content": { "application/json": { "schema": lossy } } });
    let object = json!({ "type": "object" });
    check_table(&[
        (
            "values of a request that give one name",
            json!({ (NEW): { "new": { "type": "string", "enum": ["a b", "a-b"] } } }),
            NEW_PLACE,
            "the same Rust name",
        ),
        (
            "schemas that hold themselves, in one",
            json!({ (SCHEMAS): {
                "A": { "properties": { "x": schema("A") } },
                "B": { "properties": { "x": schema("B") } },
                "C": { "allOf": [schema("A"), schema("B")] },
            } }),
            "components.schemas.C",
            "never finishes merging",
        ),
        ("unknown keys are lost", json!({ (NEW): { "new": lossy } }), NEW_PLACE, "write `additionalProperties: {}`"),
        (
            "also under the name of a keyword",
            json!({ (NEW): { "example": lossy } }),
            "components.schemas.NewThing.properties.example",
            "write `additionalProperties: {}`",
        ),
        (
            "also in a shared parameter",
            json!({ "/components": { "parameters": { "default": { "name": "a", "in": "query", "schema": lossy } } } }),
            "components.parameters.default.schema",
            "write `additionalProperties: {}`",
        ),
        (
            "also in a shared request",
            json!({ "/components": { "requestBodies": { "default": default } } }),
            "components.requestBodies.default.content.application/json.schema",
            "write `additionalProperties: {}`",
        ),
        (
            "also in the default response",
            json!({ (RESPONSES): { "default": default } }),
            "paths./things/{id}.get.responses.default.content.application/json.schema",
            "write `additionalProperties: {}`",
        ),
        (
            "more than nothing",
            json!({ (NEW): { "new": { "type": "integer", "exclusiveMinimum": true } } }),
            NEW_PLACE,
            "exclusiveMinimum without minimum",
        ),
        (
            "less than nothing",
            json!({ (NEW): { "new": { "type": "integer", "exclusiveMaximum": true } } }),
            NEW_PLACE,
            "exclusiveMaximum without maximum",
        ),
        ("a type of 3.1", json!({ (NEW): { "new": { "type": "null" } } }), NEW_PLACE, "unknown type \"null\""),
        ("all of nothing", json!({ (NEW): { "new": { "allOf": [] } } }), NEW_PLACE, "empty allOf"),
        ("not", json!({ (NEW): { "new": { "not": text() } } }), NEW_PLACE, "`not`"),
        (
            "its type is AThing",
            json!({ (SCHEMAS): { "a_thing": object } }),
            "components.schemas.a_thing",
            "two capitals",
        ),
        (
            "its type is MjThing",
            json!({ (SCHEMAS): { "MJThing": object } }),
            "components.schemas.MJThing",
            "two capitals",
        ),
        ("no type has that name", json!({ (SCHEMAS): { "9": object } }), "components.schemas.9", "Rust type"),
        ("no type may have it", json!({ (SCHEMAS): { "Self": object } }), "components.schemas.Self", "Rust type"),
    ]);
}

#[test]
fn invalid_named_constants() {
    let inline = json!({ "type": "integer", "enum": [1] });
    let names = |names: Value| json!({ (CODE): { "x-enum-varnames": names } });
    check_table(&[
        ("an integer enum in place", json!({ (NEW): { "new": inline } }), NEW_PLACE, "must be a component schema"),
        (
            "one of a parameter",
            json!({ (PART): { "schema": inline } }),
            "paths./things/{id}.get.parameters[1].schema",
            "must be a component schema",
        ),
        ("numbers without names", names(Value::Null), CODE_PLACE, "2 values and 0 names"),
        ("a name too few", names(json!(["ONE"])), CODE_PLACE, "2 values and 1 names"),
        ("a name too many", names(json!(["ONE", "TWO", "SIX"])), CODE_PLACE, "2 values and 3 names"),
        ("names without numbers", json!({ (CODE): { "enum": null } }), CODE_PLACE, "0 values and 2 names"),
        ("names of texts", json!({ (CODE): { "type": "string" } }), CODE_PLACE, "is not integer"),
        ("small letters", names(json!(["ONE", "two"])), CODE_PLACE, "\"two\" is not a constant name"),
        ("a digit first", names(json!(["ONE", "2ND"])), CODE_PLACE, "\"2ND\" is not a constant name"),
        ("a dash", names(json!(["ONE", "T-O"])), CODE_PLACE, "\"T-O\" is not a constant name"),
        ("no text", names(json!([5, "TWO"])), CODE_PLACE, "is not a constant name"),
        ("the name of the list of all", names(json!(["ONE", "NAMED"])), CODE_PLACE, "\"NAMED\" is not a constant name"),
        ("a name twice", names(json!(["ONE", "ONE"])), CODE_PLACE, "duplicate name"),
        ("a number twice", json!({ (CODE): { "enum": [1, 1] } }), CODE_PLACE, "duplicate value"),
        ("a fraction", json!({ (CODE): { "enum": [1, 1.5] } }), CODE_PLACE, "not a 64-bit integer"),
        ("a number too large", json!({ (CODE): { "enum": [1, u64::MAX] } }), CODE_PLACE, "not a 64-bit integer"),
        (
            "a description too few",
            json!({ (CODE): { "x-enum-descriptions": ["One."] } }),
            CODE_PLACE,
            "describe each value",
        ),
        ("null as well", json!({ (CODE): { "nullable": true } }), CODE_PLACE, "`nullable`"),
    ]);
}
