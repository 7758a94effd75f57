//! A vendor's document is lowered, corrected and proposed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use xtask::diff::compare;
use xtask::document::Document;
use xtask::import::{correct, lower};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> Document {
    Document::read(&here(path)).unwrap_or_else(|error| panic!("{error}"))
}

fn document(value: &Value) -> Document {
    Document::parse("vendor.json", &serde_json::to_string_pretty(value).expect("JSON")).expect("a document")
}

#[test]
fn the_vendors_document_imported_and_corrected_is_the_committed_spec() {
    let vendor = read("tests/vendor/look-up.yaml");
    let committed = read("../spec/midapi.yaml");
    assert_eq!(vendor.value["openapi"], "3.1.0");
    let lowered = lower(&vendor).unwrap_or_else(|refusals| panic!("{refusals:#?}"));
    let corrected = correct(lowered.value, &read("../spec/overlay.yaml")).unwrap_or_else(|remark| panic!("{remark}"));
    assert_eq!(corrected.problems, [], "every correction applies");
    let report = compare(&committed, &document(&corrected.value));
    assert_eq!(report.effect(), None, "{}", report.text());
    assert_eq!(corrected.value, committed.value, "to the last word");
    let uncorrected = compare(&committed, &document(&lower(&vendor).expect("lowered").value));
    assert!(uncorrected.changes.len() > 40, "there was something to correct");
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
fn schemas_are_lowered_where_that_can_be_done() {
    let reference = json!({ "$ref": "#/components/schemas/A" });
    let table = [
        ("a type or null", json!({ "type": ["string", "null"] }), json!({ "type": "string", "nullable": true })),
        ("a list of one", json!({ "type": ["string"] }), json!({ "type": "string" })),
        (
            "several types",
            json!({ "type": ["string", "integer", "null"] }),
            json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }], "nullable": true }),
        ),
        ("numbers hold whole ones", json!({ "type": ["integer", "number"] }), json!({ "type": "number" })),
        ("nothing but null", json!({ "type": "null" }), json!({ "nullable": true, "enum": [null] })),
        ("one value", json!({ "const": "x" }), json!({ "type": "string", "enum": ["x"] })),
        ("one number", json!({ "const": 5 }), json!({ "type": "integer", "enum": [5] })),
        (
            "null among values",
            json!({ "type": "string", "enum": ["x", null] }),
            json!({ "type": "string", "enum": ["x"], "nullable": true }),
        ),
        (
            "null or a reference",
            json!({ "anyOf": [reference, { "type": "null" }] }),
            json!({ "allOf": [reference], "nullable": true }),
        ),
        (
            "null or either",
            json!({ "oneOf": [reference, { "type": "string" }, { "type": "null" }] }),
            json!({ "oneOf": [reference, { "type": "string" }], "nullable": true }),
        ),
        (
            "words beside a reference",
            json!({ "$ref": "#/components/schemas/A", "description": "It." }),
            json!({ "allOf": [reference], "description": "It." }),
        ),
        ("an exclusive bound", json!({ "exclusiveMinimum": 5 }), json!({ "minimum": 5, "exclusiveMinimum": true })),
        ("the tighter of two", json!({ "exclusiveMaximum": 5, "maximum": 4 }), json!({ "maximum": 4 })),
        (
            "the other one",
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
            "JSON in a text",
            json!({ "type": "string", "contentMediaType": "application/json", "contentSchema": reference }),
            json!({ "type": "string", "x-embedded-json": "#/components/schemas/A" }),
        ),
        ("anything", json!({ "properties": { "x": true } }), json!({ "properties": { "x": {} } })),
        ("nothing else", json!({ "additionalProperties": false }), json!({ "additionalProperties": false })),
        (
            "in every place",
            json!({ "items": { "type": ["string", "null"] } }),
            json!({ "items": { "type": "string", "nullable": true } }),
        ),
        (
            "data stays as it is",
            json!({ "default": { "const": 5 }, "x-more": { "const": 5 } }),
            json!({ "default": { "const": 5 }, "x-more": { "const": 5 } }),
        ),
        (
            "properties of such names",
            json!({ "properties": { "const": { "type": "string" } } }),
            json!({ "properties": { "const": { "type": "string" } } }),
        ),
        ("a comment", json!({ "$comment": "Why." }), json!({})),
    ];
    for (why, given, expected) in table {
        let lowered = lower(&document(&with_schema(&given))).unwrap_or_else(|refusals| panic!("{why}: {refusals:#?}"));
        assert_eq!(lowered.value["components"]["schemas"]["A"], expected, "{why}");
        assert_eq!(lowered.value["openapi"], "3.0.3", "{why}");
    }
}

#[test]
fn definitions_become_components() {
    let inner = json!({ "type": ["string", "null"] });
    let given = with_schema(&json!({
        "properties": { "x": { "$ref": "#/components/schemas/A/$defs/Inner" } },
        "$defs": { "Inner": inner },
    }));
    let schemas = lower(&document(&given)).expect("lowered").value["components"]["schemas"].clone();
    assert_eq!(schemas["Inner"], json!({ "type": "string", "nullable": true }));
    assert_eq!(schemas["A"], json!({ "properties": { "x": { "$ref": "#/components/schemas/Inner" } } }));

    let mut taken = given;
    taken["components"]["schemas"]["Inner"] = json!({ "type": "integer" });
    let schemas = lower(&document(&taken)).expect("lowered").value["components"]["schemas"].clone();
    assert_eq!(schemas["Inner"], json!({ "type": "integer" }));
    assert_eq!(schemas["A"]["properties"]["x"]["$ref"], "#/components/schemas/AInner", "a name that is taken");
}

#[test]
fn what_has_no_words_in_3_0_is_refused_with_its_line() {
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
    .map(|keyword| (*keyword, with_schema(&json!({ *keyword: {} })), "3.0 has no"))
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
        ("pathItems", items, "no path items"),
        ("type", with_schema(&json!({ "type": ["string", "integer"], "maxLength": 5 })), "maxLength beside a list"),
        ("contentSchema", with_schema(&json!({ "type": "string", "contentSchema": {} })), "as a reference"),
        ("contentEncoding", with_schema(&json!({ "type": "string", "contentEncoding": "quoted-printable" })), "quoted"),
        ("$defs", with_schema(&json!({ "items": { "$defs": { "X": {} } } })), "component schemas only"),
        ("not", with_schema(&json!({ "not": false })), "takes no value"),
        ("openapi", json!({ "openapi": "2.0" }), "3.0.x and 3.1.x"),
    ]);
    for (keyword, given, words) in rows {
        let vendor = document(&given);
        let refusals = lower(&vendor).expect_err(keyword);
        let text = serde_json::to_string_pretty(&given).expect("JSON");
        let met = refusals.iter().any(|refusal| {
            let line = text.lines().nth(refusal.place.line - 1).unwrap_or_default();
            refusal.message.contains(words) && line.trim_start().starts_with(&format!("\"{keyword}\""))
        });
        assert!(met, "{keyword}: {refusals:#?}");
    }
}

fn overlay(actions: &Value) -> Document {
    let value = json!({ "overlay": "1.0.0", "info": { "title": "O", "version": "1" }, "actions": actions });
    Document::parse("overlay.json", &serde_json::to_string_pretty(&value).expect("JSON")).expect("a document")
}

#[test]
fn actions_change_what_they_target() {
    let base = json!({ "a": { "x": 1, "y": [1, 2, 3] }, "b": [{ "n": "p", "v": 1 }, { "n": "q", "v": 2 }] });
    let table = [
        ("an entry more", json!({ "target": "$.a", "update": { "z": 5 } }), "/a/z", json!(5)),
        (
            "an entry in an entry",
            json!({ "target": "$", "update": { "a": { "x": 2 } } }),
            "/a",
            json!({ "x": 2, "y": [1, 2, 3] }),
        ),
        ("a list grows", json!({ "target": "$.a", "update": { "y": [4] } }), "/a/y", json!([1, 2, 3, 4])),
        ("an item more", json!({ "target": "$.b", "update": { "n": "r" } }), "/b/2", json!({ "n": "r" })),
        ("by a filter", json!({ "target": "$.b[?@.n == 'q']", "update": { "v": 7 } }), "/b/1/v", json!(7)),
        ("out", json!({ "target": "$.a.x", "remove": true }), "/a", json!({ "y": [1, 2, 3] })),
        ("items out, from behind", json!({ "target": "$.a.y[0,1]", "remove": true }), "/a/y", json!([3])),
        (
            "everything below",
            json!({ "target": "$.b[*].v", "remove": true }),
            "/b",
            json!([{ "n": "p" }, { "n": "q" }]),
        ),
    ];
    for (why, mut action, pointer, expected) in table {
        action["description"] = json!("A source.");
        let corrected =
            correct(base.clone(), &overlay(&json!([action]))).unwrap_or_else(|remark| panic!("{why}: {remark}"));
        assert_eq!(corrected.problems, [], "{why}");
        assert_eq!(corrected.value.pointer(pointer), Some(&expected), "{why}");
    }
}

#[test]
fn corrections_that_do_not_apply_are_told() {
    let base = json!({ "a": { "x": 1 } });
    let table = [
        ("no match", json!({ "target": "$.b", "description": "S.", "update": {} }), "matches nothing"),
        ("no change", json!({ "target": "$.a", "description": "S.", "update": { "x": 1 } }), "changes nothing"),
        (
            "a number",
            json!({ "target": "$.a.x", "description": "S.", "update": { "y": 1 } }),
            "neither an object nor a list",
        ),
        ("no source", json!({ "target": "$.a", "update": { "x": 2 } }), "no description"),
        ("no target", json!({ "description": "S.", "remove": true }), "no target"),
        ("no path", json!({ "target": "a..", "description": "S.", "remove": true }), "no JSONPath"),
        ("neither", json!({ "target": "$.a", "description": "S." }), "either update or remove"),
        (
            "both",
            json!({ "target": "$.a", "description": "S.", "remove": true, "update": {} }),
            "either update or remove",
        ),
        ("a misspelt keyword", json!({ "target": "$.a", "description": "S.", "udpate": {} }), "udpate is no keyword"),
    ];
    for (why, action, words) in table {
        let good = json!({ "target": "$.a", "description": "S.", "update": { "z": 1 } });
        let corrected =
            correct(base.clone(), &overlay(&json!([action, good]))).unwrap_or_else(|remark| panic!("{why}: {remark}"));
        let [problem] = &corrected.problems[..] else { panic!("{why}: {:#?}", corrected.problems) };
        assert!(problem.message.contains(words), "{why}: {problem}");
        assert_eq!(problem.place.to_string(), "overlay.json:3", "{why}");
        assert_eq!(corrected.value["a"]["z"], 1, "{why}: the others apply");
    }
    for (why, value) in
        [("another version", json!({ "overlay": "2.0.0" })), ("no action", json!({ "overlay": "1.0.0" }))]
    {
        let odd = Document::parse("overlay.json", &value.to_string()).expect("JSON");
        assert!(correct(base.clone(), &odd).is_err_and(|remark| remark.place.file == "overlay.json"), "{why}");
    }
}

/// The command, with what it printed and its exit status.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["spec", "import"]).args(arguments).output();
    let output = output.expect("the command runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_writes_a_proposal_with_the_diff() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("proposal.yaml");
    let out_text = out.to_str().expect("a path of UTF-8");
    let vendor = here("tests/vendor/look-up.yaml");
    let vendor = vendor.to_str().expect("a path of UTF-8");

    let (code, report, err) = run(&[vendor, "--out", out_text]);
    assert_eq!((code, report.as_str()), (Some(0), ""), "{err}");
    assert!(err.contains("it says what") && err.contains("info.summary"), "{err}");
    assert_eq!(Document::read(&out).expect("a proposal").value, read("../spec/midapi.yaml").value);
    assert!(fs::read_to_string(&out).expect("a proposal").starts_with("# Made by `cargo xtask spec import` from "));

    let moved = folder.path().join("moved.yaml");
    let text = fs::read_to_string(vendor).expect("the document").replace("waterMark:", "watermark:");
    fs::write(&moved, text.replace("resultUrls:", "urls:")).expect("a file");
    let (code, report, err) = run(&[moved.to_str().expect("a path of UTF-8"), "--out", out_text]);
    assert_eq!(code, Some(1), "{err}");
    assert!(report.contains("[property-removed]") && report.contains("waterMark"), "{report}");
    assert!(err.contains("overlay.yaml:") && err.contains("matches nothing"), "{err}");

    let nowhere = folder.path().join("nowhere.yaml");
    let (code, _, err) = run(&[nowhere.to_str().expect("a path of UTF-8")]);
    assert!(code == Some(1) && err.contains("cannot read"), "{err}");
}
