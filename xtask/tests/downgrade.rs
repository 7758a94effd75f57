//! Conversion of OpenAPI 3.1 documents and Apidog exports to OpenAPI 3.0.

use serde_json::{Value, json};
use xtask::document::Document;
use xtask::downgrade::{downgrade, is_needed};

fn document(value: &Value) -> Document {
    Document::parse("vendor.json", &serde_json::to_string_pretty(value).expect("JSON")).expect("a document")
}

/// A document of 3.1 with a schema `A`.
fn with_schema(schema: &Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "A", "version": "1" },
        "paths": { "/a": { "get": { "operationId": "a", "responses": { "200": { "description": "A.", "content": {
            "application/json": { "schema": { "$ref": "#/components/schemas/A" } },
        } } } } } },
        "components": { "schemas": { "A": schema } },
    })
}

#[test]
fn converts_schema_keywords() {
    let reference = json!({ "$ref": "#/components/schemas/A" });
    let table = [
        ("a nullable type", json!({ "type": ["string", "null"] }), json!({ "type": "string", "nullable": true })),
        ("a list of one", json!({ "type": ["string"] }), json!({ "type": "string" })),
        (
            "several types",
            json!({ "type": ["string", "integer", "null"] }),
            json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }], "nullable": true }),
        ),
        ("numbers hold whole ones", json!({ "type": ["integer", "number"] }), json!({ "type": "number" })),
        ("only null", json!({ "type": "null" }), json!({ "nullable": true, "enum": [null] })),
        ("a constant", json!({ "const": "x" }), json!({ "type": "string", "enum": ["x"] })),
        ("a constant number", json!({ "const": 5 }), json!({ "type": "integer", "enum": [5] })),
        (
            "null among values",
            json!({ "type": "string", "enum": ["x", null] }),
            json!({ "type": "string", "enum": ["x"], "nullable": true }),
        ),
        (
            "a nullable reference",
            json!({ "anyOf": [reference, { "type": "null" }] }),
            json!({ "allOf": [reference], "nullable": true }),
        ),
        (
            "a nullable union",
            json!({ "oneOf": [reference, { "type": "string" }, { "type": "null" }] }),
            json!({ "oneOf": [reference, { "type": "string" }], "nullable": true }),
        ),
        (
            "a description beside a reference",
            json!({ "$ref": "#/components/schemas/A", "description": "It." }),
            json!({ "allOf": [reference], "description": "It." }),
        ),
        ("an exclusive bound", json!({ "exclusiveMinimum": 5 }), json!({ "minimum": 5, "exclusiveMinimum": true })),
        ("the tighter of two", json!({ "exclusiveMaximum": 5, "maximum": 4 }), json!({ "maximum": 4 })),
        (
            "the tighter exclusive one",
            json!({ "exclusiveMaximum": 4, "maximum": 5 }),
            json!({ "maximum": 4, "exclusiveMaximum": true }),
        ),
        ("examples", json!({ "examples": ["x", "y"] }), json!({ "example": "x" })),
        (
            "base64",
            json!({ "type": "string", "contentEncoding": "base64" }),
            json!({ "type": "string", "format": "byte" }),
        ),
        (
            "JSON in a string",
            json!({ "type": "string", "contentMediaType": "application/json", "contentSchema": reference }),
            json!({ "type": "string", "x-embedded-json": "#/components/schemas/A" }),
        ),
        ("the schema true", json!({ "properties": { "x": true } }), json!({ "properties": { "x": {} } })),
        ("a closed object", json!({ "additionalProperties": false }), json!({ "additionalProperties": false })),
        (
            "items",
            json!({ "items": { "type": ["string", "null"] } }),
            json!({ "items": { "type": "string", "nullable": true } }),
        ),
        (
            "data is unchanged",
            json!({ "default": { "const": 5 }, "x-more": { "const": 5 } }),
            json!({ "default": { "const": 5 }, "x-more": { "const": 5 } }),
        ),
        (
            "a property named like a keyword",
            json!({ "properties": { "const": { "type": "string" } } }),
            json!({ "properties": { "const": { "type": "string" } } }),
        ),
        ("a comment", json!({ "$comment": "Why." }), json!({})),
    ];
    for (why, given, expected) in table {
        let converted =
            downgrade(&document(&with_schema(&given))).unwrap_or_else(|errors| panic!("{why}: {errors:#?}"));
        assert_eq!(converted.document.value["components"]["schemas"]["A"], expected, "{why}");
        assert_eq!(converted.document.value["openapi"], "3.0.3", "{why}");
    }
}

#[test]
fn moves_definitions_to_components() {
    let inner = json!({ "type": ["string", "null"] });
    let given = with_schema(&json!({
        "properties": { "x": { "$ref": "#/components/schemas/A/$defs/Inner" } },
        "$defs": { "Inner": inner },
    }));
    let schemas = downgrade(&document(&given)).expect("converted").document.value["components"]["schemas"].clone();
    assert_eq!(schemas["Inner"], json!({ "type": "string", "nullable": true }));
    assert_eq!(schemas["A"], json!({ "properties": { "x": { "$ref": "#/components/schemas/Inner" } } }));

    let mut taken = given;
    taken["components"]["schemas"]["Inner"] = json!({ "type": "integer" });
    let schemas = downgrade(&document(&taken)).expect("converted").document.value["components"]["schemas"].clone();
    assert_eq!(schemas["Inner"], json!({ "type": "integer" }));
    assert_eq!(schemas["A"]["properties"]["x"]["$ref"], "#/components/schemas/AInner", "the short name is in use");
}

#[test]
fn reports_unsupported_keywords_with_lines() {
    let mut rows: Vec<(&str, Value, &str)> = [
        "$anchor",
        "$dynamicRef",
        "$id",
        "contains",
        "dependentRequired",
        "if",
        "patternProperties",
        "prefixItems",
        "propertyNames",
        "unevaluatedProperties",
    ]
    .iter()
    .map(|keyword| (*keyword, with_schema(&json!({ *keyword: {} })), "OpenAPI 3.0 has no"))
    .collect();
    let mut hooks = with_schema(&json!({}));
    hooks["webhooks"] = json!({ "done": {} });
    let mut dialect = with_schema(&json!({}));
    dialect["jsonSchemaDialect"] = json!("https://example.com/dialect");
    let mut items = with_schema(&json!({}));
    items["components"]["pathItems"] = json!({ "a": {} });
    rows.extend([
        ("webhooks", hooks, "no webhooks"),
        ("jsonSchemaDialect", dialect, "dialect"),
        ("pathItems", items, "no reusable path items"),
        ("type", with_schema(&json!({ "type": ["string", "integer"], "maxLength": 5 })), "maxLength beside a list"),
        ("contentSchema", with_schema(&json!({ "type": "string", "contentSchema": {} })), "a reference to a component"),
        (
            "contentEncoding",
            with_schema(&json!({ "type": "string", "contentEncoding": "quoted-printable" })),
            "quoted-printable",
        ),
        (
            "$defs",
            with_schema(&json!({ "items": { "$defs": { "X": {} } } })),
            "only at the top level of a component schema",
        ),
        ("not", with_schema(&json!({ "not": false })), "no schema `false`"),
        ("openapi", json!({ "openapi": "2.0" }), "use OpenAPI 3.0 or 3.1"),
    ]);
    for (keyword, given, words) in rows {
        let vendor = document(&given);
        let errors = downgrade(&vendor).expect_err(keyword);
        let text = serde_json::to_string_pretty(&given).expect("JSON");
        let met = errors.iter().any(|error| {
            let line = text.lines().nth(error.place.line - 1).unwrap_or_default();
            error.message.contains(words) && line.trim_start().starts_with(&format!("\"{keyword}\""))
        });
        assert!(met, "{keyword}: {errors:#?}");
    }
}

#[test]
fn removes_apidog_keywords() {
    let apidog = json!({ "schemeGroups": [] });
    let given = json!({
        "openapi": "3.0.1",
        "paths": { "/a": { "get": {
            "callbacks": {},
            "security": [{ "BearerAuth": [], "x-apidog": apidog }],
            "x-apidog-folder": "a",
            "x-run-in-apidog": "https://example.com",
            "responses": { "200": {
                "headers": {},
                "x-apidog-name": "",
                "content": { "application/json": { "schema": {
                    "x-apidog-orders": ["headers"],
                    "properties": { "headers": { "type": "object", "examples": [{ "x-apidog": 1 }] } },
                } } },
            } },
        } } },
        "components": { "securitySchemes": { "BearerAuth": { "type": "bearer", "scheme": "bearer" } } },
    });
    let converted = downgrade(&document(&given)).expect("converted").document.value;
    let operation = &converted["paths"]["/a"]["get"];
    assert_eq!(operation["security"], json!([{ "BearerAuth": [] }]));
    let schema = json!({ "properties": { "headers": { "type": "object", "example": { "x-apidog": 1 } } } });
    let response = json!({ "content": { "application/json": { "schema": schema } } });
    assert_eq!(operation, &json!({ "security": [{ "BearerAuth": [] }], "responses": { "200": response } }));
    assert_eq!(converted["components"]["securitySchemes"]["BearerAuth"]["type"], "http");
}

#[test]
fn recognizes_documents_that_need_conversion() {
    let table = [
        ("a document of 3.0", json!({ "openapi": "3.0.3" }), false),
        ("a document of 3.1", json!({ "openapi": "3.1.0" }), true),
        ("an unquoted version", json!({ "openapi": 3.1 }), true),
        ("a keyword of Apidog", json!({ "openapi": "3.0.1", "paths": { "/a": { "x-apidog-status": "x" } } }), true),
        (
            "a scheme of type bearer",
            json!({ "openapi": "3.0.1", "components": { "securitySchemes": { "a": { "type": "bearer" } } } }),
            true,
        ),
    ];
    for (why, value, expected) in table {
        assert_eq!(is_needed(&document(&value)), expected, "{why}");
    }
    let unquoted = document(&json!({ "openapi": 3.1, "paths": {} }));
    assert_eq!(downgrade(&unquoted).expect("converted").document.value["openapi"], "3.0.3");
}

#[test]
fn valid_documents_stay_unchanged() {
    let spec = Document::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/midapi.yaml").as_ref()).expect("the spec");
    let converted = downgrade(&spec).expect("converted");
    assert_eq!((converted.document.value, converted.notes), (spec.value, vec![]));
}
