//! Relaxation of responses. Requests keep their enums and limits.

mod support;

use std::fs;

use serde_json::{Value, json};
use support::at;
use xtask::{codegen, relax};

/// A schema with every keyword that becomes a validator or a narrow type.
fn strict() -> Value {
    json!({
        "type": "string",
        "description": "Kept.",
        "nullable": true,
        "x-extensible-enum": ["a"],
        "enum": ["a"],
        "format": "date-time",
        "pattern": "^a$",
        "minLength": 1,
        "maxLength": 2,
        "minimum": 1,
        "maximum": 2,
        "exclusiveMinimum": true,
        "exclusiveMaximum": true,
        "multipleOf": 2,
        "minItems": 1,
        "maxItems": 2,
        "uniqueItems": true,
        "minProperties": 1,
        "maxProperties": 2,
    })
}

fn relaxed() -> Value {
    json!({ "type": "string", "description": "Kept.", "nullable": true, "x-extensible-enum": ["a"] })
}

#[test]
fn relaxes_responses_at_any_depth() {
    let thing = "/components/schemas/Thing";
    let table: &[(&str, &str, Value, &str)] = &[
        ("the schema itself", thing, strict(), ""),
        ("a property", thing, json!({ "properties": { "a": strict() } }), "/properties/a"),
        (
            "a property of a property",
            thing,
            json!({ "properties": { "a": { "properties": { "b": strict() } } } }),
            "/properties/a/properties/b",
        ),
        (
            "a property with the name of a keyword",
            thing,
            json!({ "properties": { "enum": strict() } }),
            "/properties/enum",
        ),
        ("an item", thing, json!({ "type": "array", "items": strict() }), "/items"),
        ("one of several", thing, json!({ "oneOf": [{ "type": "integer" }, strict()] }), "/oneOf/1"),
        ("any of several", thing, json!({ "anyOf": [strict()] }), "/anyOf/0"),
        ("all of several", thing, json!({ "allOf": [strict()] }), "/allOf/0"),
        ("an entry of a map", thing, json!({ "additionalProperties": strict() }), "/additionalProperties"),
        (
            "an inline schema of a response",
            "/paths/~1things~1{id}/get/responses/200/content/application~1json/schema",
            json!({ "properties": { "a": strict() } }),
            "/properties/a",
        ),
        (
            "a response of an error",
            "/components/schemas/Problem",
            json!({ "properties": { "why": strict() } }),
            "/properties/why",
        ),
        (
            "a shared response",
            "/components/responses/Shared/content/application~1json/schema",
            json!({ "items": strict() }),
            "/items",
        ),
        ("a schema that only a shared response names", "/components/schemas/Deep", strict(), ""),
        ("embedded JSON", "/components/schemas/Embedded", json!({ "properties": { "a": strict() } }), "/properties/a"),
    ];
    for (why, pointer, schema, below) in table {
        let mut document = support::document();
        at(&mut document, "/paths/~1things~1{id}/post/responses")["201"] =
            json!({ "$ref": "#/components/responses/Shared" });
        let shared = json!({ "schema": { "items": { "$ref": "#/components/schemas/Deep" } } });
        at(&mut document, "/components")["responses"] =
            json!({ "Shared": { "description": "Shared.", "content": { "application/json": shared } } });
        at(&mut document, "/components/schemas")["Deep"] =
            json!({ "type": "string", "x-embedded-json": "#/components/schemas/Embedded" });
        at(&mut document, "/components/schemas")["Embedded"] = json!({});
        *at(&mut document, pointer) = schema.clone();

        relax::relax(&mut document);

        assert_eq!(*at(&mut document, &format!("{pointer}{below}")), relaxed(), "{why}");
    }
}

#[test]
fn responses_may_gain_fields() {
    let mut document = support::document();
    at(&mut document, "/components/schemas/Thing")["additionalProperties"] = json!(false);
    at(&mut document, "/components/schemas/Problem")["additionalProperties"] = json!({});

    relax::relax(&mut document);

    let schemas = at(&mut document, "/components/schemas");
    assert!(schemas["Thing"].get("additionalProperties").is_none(), "a closed object fails on a new field");
    assert_eq!(schemas["Problem"]["additionalProperties"], json!({}), "a map of unknown fields is kept");
}

#[test]
fn keeps_properties_named_like_keywords() {
    let mut document = support::document();
    let text = json!({ "type": "string" });
    let names = json!({ "enum": text, "format": text, "pattern": text, "maximum": text, "additionalProperties": text });
    at(&mut document, "/components/schemas/Thing")["properties"] = names.clone();

    relax::relax(&mut document);

    assert_eq!(*at(&mut document, "/components/schemas/Thing/properties"), names);
}

#[test]
fn requests_keep_their_limits() {
    let table: &[(&str, &str)] = &[
        ("a property of a request's schema", "/components/schemas/NewThing/properties/name"),
        ("an inline schema of a request", "/paths/~1things~1{id}/post/requestBody/content/application~1json/schema"),
        ("a parameter", "/paths/~1things~1{id}/get/parameters/1/schema"),
        ("a parameter of the path", "/paths/~1things~1{id}/parameters/0/schema"),
        ("a shared parameter", "/components/parameters/Part/schema"),
    ];
    for (why, pointer) in table {
        let mut document = support::document();
        let part = json!({ "name": "part", "in": "query", "schema": {} });
        at(&mut document, "/components")["parameters"] = json!({ "Part": part });
        *at(&mut document, pointer) = strict();

        relax::relax(&mut document);

        // Dates become strings.
        let mut kept = strict();
        kept.as_object_mut().expect("an object").remove("format");
        assert_eq!(*at(&mut document, pointer), kept, "{why}");
    }
}

#[test]
fn relaxes_schemas_shared_with_requests() {
    let mut document = support::document();
    *at(&mut document, "/paths/~1things~1{id}/get/responses/404/content/application~1json/schema") =
        json!({ "$ref": "#/components/schemas/NewThing" });

    relax::relax(&mut document);

    assert_eq!(*at(&mut document, "/components/schemas/NewThing/properties/name"), json!({ "type": "string" }));
}

#[test]
fn generated_responses_accept_unknown_values() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("things.yaml");
    let mut document = support::document();
    let millis = json!({ "type": "integer", "format": "int32", "minimum": 1 });
    at(&mut document, "/components/schemas/Thing/properties")["millis"] = millis;
    at(&mut document, "/components/schemas/Thing/properties")["inner"] =
        json!({ "$ref": "#/components/schemas/Thing" });
    fs::write(&path, document.to_string()).expect("a file");
    let files = codegen::generate(&path).expect("generated code");
    let text = |name: &str| {
        let file = files.iter().find(|file| file.path.ends_with(name)).expect("a generated file");
        file.text.clone().expect("a text")
    };
    let (client, named) = (text("generated.rs"), text("named.rs"));

    let (client, named) = (client.as_str(), named.as_str());
    let table = [
        ("a number is any number", named, "#[serde(transparent)]\npub struct Code(pub i64);", true),
        ("with names for some", named, "/// `2`: The second.\n    pub const TWO: Self = Self(2);", true),
        ("and a name to show", named, "Self::TWO => Some(\"two\"),", true),
        ("the response has that type", client, "pub code: ::std::option::Option<crate::Code>", true),
        ("and there is no other", client, "Code(", false),
        ("text is any text", client, "struct ThingName", false),
        ("and milliseconds have 64 bits", client, "pub millis: ::std::option::Option<i64>", true),
        ("a thing may hold another", client, "pub inner: ::std::option::Option<::std::boxed::Box<Thing>>", true),
        ("a request's text is checked", client, "struct NewThingName(", true),
        ("a parameter's too", client, "struct GetThingPart(", true),
    ];
    for (why, text, part, there) in table {
        assert_eq!(text.contains(part), there, "{why}: {part:?}");
    }
}

#[test]
fn unsupported_limits_are_removed() {
    let mut document = support::changed(&json!({
        "/components/schemas/NewThing": {
            "required": ["name", "given", "key"],
            "properties": {
                "name": { "type": "string", "minLength": 0 },
                "given": { "type": "string", "readOnly": true },
                "key": { "type": "string", "writeOnly": true },
                "pair": { "type": "array", "minItems": 2, "maxItems": 2 },
            },
        },
    }));
    relax::relax(&mut document);
    let schema = at(&mut document, "/components/schemas/NewThing").clone();
    assert_eq!(schema["required"], json!(["name"]));
    assert_eq!(schema["properties"]["name"], json!({ "type": "string" }));
    assert_eq!(schema["properties"]["pair"], json!({ "type": "array" }));
}
