//! What codegen refuses, with the place and the reason.

mod base;

use base::changed;
use serde_json::{Value, json};
use xtask::{refuse, spec};

// Pointers into the base document.
const PATH: &str = "/paths/~1things~1{id}";
const GET: &str = "/paths/~1things~1{id}/get";
const PART: &str = "/paths/~1things~1{id}/get/parameters/1";
const ANSWERS: &str = "/paths/~1things~1{id}/get/responses";
const FOUND: &str = "/paths/~1things~1{id}/get/responses/200";
const FOUND_JSON: &str = "/paths/~1things~1{id}/get/responses/200/content/application~1json";
const POST: &str = "/paths/~1things~1{id}/post";
const BODY: &str = "/paths/~1things~1{id}/post/requestBody/content";
const SCHEMES: &str = "/components/securitySchemes";
const SCHEMAS: &str = "/components/schemas";
const NEW: &str = "/components/schemas/NewThing/properties";
const CODE: &str = "/components/schemas/Code";

/// What a property `new` of `NewThing` is called in a refusal.
const NEW_PLACE: &str = "components.schemas.NewThing.properties.new";
const CODE_PLACE: &str = "components.schemas.Code";

/// Why it is refused; the entries that make the document so, by the pointer to where they go, null to take one out; the
/// place that the refusal has to name and words of its reason.
type Row = (&'static str, Value, &'static str, &'static str);

fn refused(table: &[Row]) {
    for (why, changes, place, words) in table {
        let refusals = refuse::check(&changed(changes));
        let met = refusals.iter().any(|refusal| refusal.place == *place && refusal.reason.contains(words));
        assert!(met, "{why}: no refusal at {place:?} says {words:?}, but {refusals:#?}");
    }
}

fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn response(name: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

fn answer(name: &str) -> Value {
    json!({ "description": "An answer.", "content": { "application/json": { "schema": schema(name) } } })
}

fn text() -> Value {
    json!({ "type": "string" })
}

#[test]
fn nothing_is_refused_that_the_generator_can_do() {
    let shared = json!({ "First": answer("Thing"), "Second": response("First") });
    let odd =
        json!({ "additionalProperties": true, "properties": 1, "$ref": "nowhere", "type": "integer", "enum": [1] });
    let empty = json!({ "description": "It broke." });
    let table = [
        ("the base of the other tests", json!({})),
        (
            "a response behind two references",
            json!({ (ANSWERS): { "200": response("Second") }, "/components": { "responses": shared } }),
        ),
        ("errors that all have no body", json!({ (ANSWERS): { "404": empty, "5XX": empty } })),
        ("an extension, whatever is in it", json!({ "": { "x-notes": odd } })),
        ("an example is data", json!({ (FOUND_JSON): { "example": odd } })),
        ("so are several", json!({ (FOUND_JSON): { "examples": { "one": { "value": odd } } } })),
        ("a default is data", json!({ (NEW): { "new": { "default": odd } } })),
        ("values of an enum are data", json!({ (NEW): { "new": { "enum": [odd] } } })),
        (
            "values of an answer, which are opened",
            json!({ "/components/schemas/Thing/properties": { "new": { "type": "string", "enum": ["a b", "a-b"] } } }),
        ),
        (
            "values that differ by a sign of which an X is made",
            json!({ (NEW): { "new": { "type": "string", "enum": ["ab", "a-b"] } } }),
        ),
        ("a schema that holds itself in a property", json!({ (NEW): { "new": schema("NewThing") } })),
        ("properties with names of keywords", json!({ (NEW): { "$ref": text(), "enum": text(), "not": text() } })),
        (
            "references under such names",
            json!({ (NEW): { "responses": schema("Thing"), "requestBody": { "allOf": [schema("Thing")] } } }),
        ),
        ("false says what leaving it out says", json!({ (PART): { "required": false } })),
    ];
    for (why, changes) in table {
        assert_eq!(refuse::check(&changed(&changes)), [], "{why}");
    }
}

#[test]
fn the_committed_spec_is_accepted() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/midapi.yaml");
    let document = spec::read(path.as_ref()).expect("a document");
    assert_eq!(refuse::check(&document), []);
}

#[test]
fn each_reason_is_given_once() {
    let nowhere = schema("Nothing");
    let table = [
        ("a reference that stands twice", json!({ (NEW): { "first": nowhere, "second": nowhere } })),
        ("a path item, which is a reference as well", json!({ "/paths": { "/more": { "$ref": "more.yaml" } } })),
    ];
    for (why, changes) in table {
        let refusals = refuse::check(&changed(&changes));
        assert_eq!(refusals.len(), 1, "{why}: {refusals:#?}");
    }
}

#[test]
fn documents_of_another_kind() {
    let key = json!({ "type": "apiKey", "in": "header", "name": "X-Key" });
    refused(&[
        ("another version", json!({ "": { "openapi": "3.1.0" } }), "openapi", "is \"3.1.0\""),
        ("YAML reads 3.0 as a number", json!({ "": { "openapi": 3.0 } }), "openapi", "3.0.x only"),
        ("a keyword of 3.1", json!({ "": { "webhooks": { "new": {} } } }), "webhooks", "dropped"),
        ("a method in capitals", json!({ (PATH): { "PUT": { "a": 1 } } }), "paths./things/{id}.PUT", "dropped"),
        (
            "a misspelt keyword",
            json!({ (PART): { "requierd": true } }),
            "paths./things/{id}.get.parameters[1].requierd",
            "dropped",
        ),
        (
            "text beside a reference",
            json!({ "/components/schemas/Thing/properties/code": { "description": "How it is." } }),
            "components.schemas.Thing.properties.code.description",
            "dropped",
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
fn paths_and_operations() {
    let elsewhere = json!([{ "url": "https://other.example.com" }]);
    let again = json!({ "$ref": "#/paths/~1things~1{id}" });
    refused(&[
        ("no name", json!({ (GET): { "operationId": null } }), "GET /things/{id}", "has no operationId"),
        ("an id that is no name", json!({ (GET): { "operationId": "9things" } }), "9things", "no Rust name"),
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
fn parameters() {
    let id = |place: &str| json!({ "name": "id", "in": place, "required": true, "schema": text() });
    let first = "/paths/~1things~1{id}/get/parameters/0";
    refused(&[
        ("a cookie", json!({ (PART): { "in": "cookie" } }), "get_thing", "part is a cookie"),
        ("not required", json!({ (first): { "required": false } }), "get_thing", "id is in the path and not required"),
        ("an object in the query", json!({ (PART): { "style": "deepObject" } }), "get_thing", "part has another style"),
        ("a list with pipes", json!({ (PART): { "style": "pipeDelimited" } }), "get_thing", "part has another style"),
        ("a matrix in the path", json!({ (first): { "style": "matrix" } }), "get_thing", "id has another style"),
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
            "parameter id has to",
        ),
        ("declared and not in the path", json!({ (first): { "name": "key" } }), "get_thing", "parameter key has to"),
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
fn bodies() {
    let empty = json!({ "description": "It broke." });
    let headers = json!({ "X-Left": { "schema": text() } });
    let plain = json!({ "schema": text() });
    let mut first = answer("Thing");
    first["headers"] = headers.clone();
    let shared = json!({ "First": first, "Second": response("First") });
    refused(&[
        (
            "default is a success too",
            json!({ (ANSWERS): { "default": answer("Problem") } }),
            "get_thing",
            "2 successful",
        ),
        ("default is a failure too", json!({ (ANSWERS): { "default": answer("Thing") } }), "get_thing", "2 failed"),
        ("two successes", json!({ (ANSWERS): { "202": answer("Problem") } }), "get_thing", "2 successful"),
        ("two errors", json!({ (ANSWERS): { "500": answer("Thing") } }), "get_thing", "2 failed"),
        ("an error without a body", json!({ (ANSWERS): { "500": empty } }), "get_thing", "2 failed"),
        ("a redirect", json!({ (ANSWERS): { "302": answer("Problem") } }), "get_thing", "response 302 is neither"),
        ("no status", json!({ (ANSWERS): { "2000": answer("Thing") } }), "get_thing", "response 2000 is neither"),
        (
            "two content types of an answer",
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
        ("an answer without a schema", json!({ (FOUND_JSON): { "schema": null } }), "get_thing", "200 has no schema"),
        (
            "a request without a schema",
            json!({ (BODY): { "application/json": {} } }),
            "add_thing",
            "the request body has no schema for application/json",
        ),
        ("an encoding", json!({ (FOUND_JSON): { "encoding": {} } }), "get_thing", "response 200 has an encoding"),
        ("headers", json!({ (FOUND): { "headers": headers } }), "get_thing", "headers of response 200"),
        ("links", json!({ (FOUND): { "links": { "next": {} } } }), "get_thing", "links of response 200"),
        (
            "headers behind two references",
            json!({ (ANSWERS): { "200": response("Second") }, "/components": { "responses": shared } }),
            "get_thing",
            "headers of response 200",
        ),
    ]);
}

#[test]
fn references() {
    let embedded = json!({ "type": "string", "x-embedded-json": "#/components/schemas/Nothing" });
    let one = json!({ "oneOf": [text(), schema("Other")] });
    let other = json!({ "anyOf": [schema("One")] });
    refused(&[
        ("nowhere", json!({ (NEW): { "new": schema("Nothing") } }), "#/components/schemas/Nothing", "points nowhere"),
        ("another file", json!({ (NEW): { "new": { "$ref": "a.yaml#/A" } } }), "a.yaml#/A", "points nowhere"),
        ("embedded JSON", json!({ (NEW): { "new": embedded } }), "#/components/schemas/Nothing", "points nowhere"),
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
            json!({ (ANSWERS): { "200": schema("Thing") } }),
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
        ("itself", json!({ (SCHEMAS): { "One": schema("One") } }), "#/components/schemas/One", "never end"),
        (
            "itself and more",
            json!({ (SCHEMAS): { "One": { "allOf": [text(), schema("One")] } } }),
            "#/components/schemas/One",
            "never end",
        ),
        ("each other", json!({ (SCHEMAS): { "One": one, "Other": other } }), "#/components/schemas/Other", "never end"),
        (
            "a response that is itself",
            json!({ (ANSWERS): { "200": response("A") }, "/components": { "responses": { "A": response("A") } } }),
            "#/components/responses/A",
            "never end",
        ),
    ]);
}

#[test]
fn schemas() {
    let lossy = json!({ "type": "object", "properties": {}, "additionalProperties": true });
    let default = json!({ "description": "All.", "content": { "application/json": { "schema": lossy } } });
    let object = json!({ "type": "object" });
    refused(&[
        (
            "values of a request that give one name",
            json!({ (NEW): { "new": { "type": "string", "enum": ["a b", "a-b"] } } }),
            NEW_PLACE,
            "one Rust name",
        ),
        (
            "schemas that hold themselves, in one",
            json!({ (SCHEMAS): {
                "A": { "properties": { "x": schema("A") } },
                "B": { "properties": { "x": schema("B") } },
                "C": { "allOf": [schema("A"), schema("B")] },
            } }),
            "components.schemas.C",
            "for ever",
        ),
        ("unknown keys are lost", json!({ (NEW): { "new": lossy } }), NEW_PLACE, "additionalProperties: {}"),
        (
            "also under the name of a keyword",
            json!({ (NEW): { "example": lossy } }),
            "components.schemas.NewThing.properties.example",
            "additionalProperties: {}",
        ),
        (
            "also in a shared parameter",
            json!({ "/components": { "parameters": { "default": { "name": "a", "in": "query", "schema": lossy } } } }),
            "components.parameters.default.schema",
            "additionalProperties: {}",
        ),
        (
            "also in a shared request",
            json!({ "/components": { "requestBodies": { "default": default } } }),
            "components.requestBodies.default.content.application/json.schema",
            "additionalProperties: {}",
        ),
        (
            "also in the default response",
            json!({ (ANSWERS): { "default": default } }),
            "paths./things/{id}.get.responses.default.content.application/json.schema",
            "additionalProperties: {}",
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
        ("a type of 3.1", json!({ (NEW): { "new": { "type": "null" } } }), NEW_PLACE, "the type \"null\""),
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
fn named_numbers() {
    let inline = json!({ "type": "integer", "enum": [1] });
    let names = |names: Value| json!({ (CODE): { "x-enum-varnames": names } });
    refused(&[
        ("an integer enum in place", json!({ (NEW): { "new": inline } }), NEW_PLACE, "a component of its own"),
        (
            "one of a parameter",
            json!({ (PART): { "schema": inline } }),
            "paths./things/{id}.get.parameters[1].schema",
            "a component of its own",
        ),
        ("numbers without names", names(Value::Null), CODE_PLACE, "2 numbers and 0 names"),
        ("a name too few", names(json!(["ONE"])), CODE_PLACE, "2 numbers and 1 names"),
        ("a name too many", names(json!(["ONE", "TWO", "SIX"])), CODE_PLACE, "2 numbers and 3 names"),
        ("names without numbers", json!({ (CODE): { "enum": null } }), CODE_PLACE, "0 numbers and 2 names"),
        ("names of texts", json!({ (CODE): { "type": "string" } }), CODE_PLACE, "is no integer"),
        ("small letters", names(json!(["ONE", "two"])), CODE_PLACE, "\"two\" is no Rust constant"),
        ("a digit first", names(json!(["ONE", "2ND"])), CODE_PLACE, "\"2ND\" is no Rust constant"),
        ("a dash", names(json!(["ONE", "T-O"])), CODE_PLACE, "\"T-O\" is no Rust constant"),
        ("no text", names(json!([5, "TWO"])), CODE_PLACE, "is no Rust constant"),
        ("the name of the list of all", names(json!(["ONE", "NAMED"])), CODE_PLACE, "\"NAMED\" is no Rust constant"),
        ("a name twice", names(json!(["ONE", "ONE"])), CODE_PLACE, "a name stands twice"),
        ("a number twice", json!({ (CODE): { "enum": [1, 1] } }), CODE_PLACE, "a number stands twice"),
        ("a fraction", json!({ (CODE): { "enum": [1, 1.5] } }), CODE_PLACE, "no integer of 64 bits"),
        ("a number too large", json!({ (CODE): { "enum": [1, u64::MAX] } }), CODE_PLACE, "no integer of 64 bits"),
        ("a description too few", json!({ (CODE): { "x-enum-descriptions": ["One."] } }), CODE_PLACE, "describes each"),
        ("null as well", json!({ (CODE): { "nullable": true } }), CODE_PLACE, "`nullable`"),
    ]);
}
