//! Comparison of responses with specs. `tests/responses` has responses in the recorded form, with invented values.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::path as here;
use xtask::conform::{Finding, KINDS, conform};
use xtask::document::Document;
use xtask::downgrade::downgrade;
use xtask::severity::Effect::{self, Breaking, Risky, Safe};

/// The documentation of the vendor as a spec.
fn documented() -> Document {
    downgrade(&support::frozen("vendor-3.1.yaml")).unwrap_or_else(|errors| panic!("{errors:#?}")).document
}

fn read_folder(folder: &Path) -> Vec<Document> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    files.iter().map(|file| Document::read_json(file).unwrap_or_else(|error| panic!("{error}"))).collect()
}

fn run_conform(spec: &Document, responses: &[Document]) -> Vec<Finding> {
    conform(spec, None, responses).unwrap_or_else(|error| panic!("{error}"))
}

/// Check, part and number of responses.
fn observed(findings: &[Finding]) -> BTreeSet<(&'static str, &str, usize)> {
    let observed = findings.iter().filter(|finding| finding.responses > 0);
    observed.map(|finding| (finding.check, finding.part.as_str(), finding.responses)).collect()
}

/// The known differences between the documentation and the wire.
const KNOWN: [(&str, &str, usize, &str); 9] = [
    ("type-mismatch", "data.createTime", 4, "times are milliseconds, not text"),
    ("type-mismatch", "data.completeTime", 3, "the same"),
    ("unknown-value", "code", 1, "an unknown task is HTTP 200 with code 422, not 404; a refused key comes with 401"),
    ("unexpected-null", "data", 1, "there may be no task: null"),
    ("required-field-missing", "data", 1, "or absent"),
    (
        "unexpected-null-of-optional",
        "data.completeTime",
        1,
        "nothing about the end is there while a task is generating",
    ),
    ("unexpected-null-of-optional", "data.resultInfoJson", 2, "nor is there a result, also of one that failed"),
    ("type-mismatch", "data.errorCode", 1, "a failed task's code is a number"),
    ("unknown-value", "data.paramJson.speed", 1, "the vendor's own example has a speed that is not listed"),
];

#[test]
fn documentation_has_the_known_differences() {
    let findings = run_conform(&documented(), &read_folder(&here("tests/responses")));
    let known: BTreeSet<_> = KNOWN.iter().map(|(check, part, count, _)| (*check, *part, *count)).collect();
    let differing: Vec<_> = findings.iter().filter(|finding| finding.responses > 0).collect();
    assert_eq!(observed(&findings), known, "{differing:#?}");
    assert_eq!(differing.len(), KNOWN.len() + 1, "401 and 422 are two values: {differing:#?}");
    let unseen: BTreeSet<_> =
        findings.iter().filter(|finding| finding.responses == 0).map(|finding| finding.effect).collect();
    assert_eq!(unseen, [Safe].into(), "an unobserved part is safe");
}

#[test]
fn responses_conform_to_the_spec() {
    for spec in [support::frozen("midapi.yaml"), support::live_spec()] {
        let findings = run_conform(&spec, &read_folder(&here("tests/responses")));
        assert_eq!(
            observed(&findings),
            [("unknown-value-of-open-list", "data.paramJson.speed", 1)].into(),
            "{findings:#?}"
        );
    }
}

/// Recorded responses are not part of the project. `MIDAPI_RECORDED_DIR` is their folder.
#[test]
fn recorded_responses_have_the_known_differences() {
    let Some(folder) = std::env::var_os("MIDAPI_RECORDED_DIR") else { return };
    let recorded = read_folder(Path::new(&folder));
    let findings = run_conform(&support::live_spec(), &recorded);
    assert!(findings.iter().all(|finding| finding.effect < Breaking), "{findings:#?}");
    // The sibling route has a field and parameters of its own.
    let siblings = ["data.paramJson.uploadCn", "data.paramJson.videoUrl", "data.response"];
    let documented = run_conform(&documented(), &recorded);
    let of_this_route =
        documented.iter().filter(|finding| finding.responses > 0 && !siblings.contains(&finding.part.as_str()));
    let found: BTreeSet<_> = of_this_route.map(|finding| (finding.check, finding.part.as_str())).collect();
    // No refused key and no result of a task that runs was recorded.
    let absent = [("required-field-missing", "data"), ("unexpected-null-of-optional", "data.resultInfoJson")];
    let known = KNOWN.iter().map(|(check, part, ..)| (*check, *part)).filter(|known| !absent.contains(known));
    assert_eq!(found, known.collect(), "{documented:#?}");
}

/// A spec with one operation whose response has a schema.
fn spec_of(schema: &Value) -> Document {
    let other = json!({ "type": "object", "properties": { "x": { "type": "integer" } } });
    let document = json!({
        "openapi": "3.0.3",
        "info": { "title": "A", "version": "1" },
        "paths": { "/a": { "get": { "operationId": "a", "responses": {
            "200": { "description": "A.", "content": { "application/json": { "schema": schema } } },
        } } } },
        "components": { "schemas": { "Other": other } },
    });
    Document::parse("a.json", &serde_json::to_string_pretty(&document).expect("JSON")).expect("a document")
}

/// The case, the schema, the response; the expected check, part and effect.
type Row<'a> = (&'a str, Value, Value, &'a str, &'a str, Effect);

#[test]
fn finds_each_kind_of_difference() {
    let text = || json!({ "type": "string" });
    let object = |properties: Value| json!({ "type": "object", "properties": properties });
    let required = json!({ "type": "object", "required": ["a"], "properties": { "a": text() } });
    let union = json!({ "oneOf": [{ "type": "integer" }, { "type": "string" }] });
    let kept = json!({ "type": "object", "properties": { "a": text() }, "additionalProperties": {} });
    let embedded = object(json!({ "a": { "type": "string", "x-embedded-json": "#/components/schemas/Other" } }));
    let listed = object(json!({ "a": { "type": "string", "x-extensible-enum": ["x", "y"] } }));
    let short = object(json!({ "a": { "type": "string", "maxLength": 2 } }));
    let exclusive = object(json!({ "a": { "type": "number", "minimum": 2, "exclusiveMinimum": true } }));
    let time = object(json!({ "a": { "type": "string", "format": "date-time" } }));
    let combined = json!({ "allOf": [required, object(json!({ "b": text() }))] });
    let table: Vec<Row<'_>> = vec![
        ("another type", object(json!({ "a": text() })), json!({ "a": 5 }), "type-mismatch", "a", Breaking),
        ("none of a union", union.clone(), json!(true), "type-mismatch", "the response", Breaking),
        (
            "a fraction",
            object(json!({ "a": { "type": "integer" } })),
            json!({ "a": 1.5 }),
            "type-mismatch",
            "a",
            Breaking,
        ),
        ("an item", json!({ "type": "array", "items": text() }), json!(["x", 1]), "type-mismatch", "[]", Breaking),
        ("absent", required.clone(), json!({}), "required-field-missing", "a", Breaking),
        ("absent, by one part of two", combined, json!({ "b": "x" }), "required-field-missing", "a", Breaking),
        ("null in a place that has to be filled", required, json!({ "a": null }), "unexpected-null", "a", Breaking),
        (
            "null in another",
            object(json!({ "a": text() })),
            json!({ "a": null }),
            "unexpected-null-of-optional",
            "a",
            Risky,
        ),
        ("a field more", object(json!({ "a": text() })), json!({ "b": 1 }), "unknown-field", "b", Risky),
        ("a field more that is kept", kept, json!({ "b": 1 }), "unknown-field-kept", "b", Safe),
        (
            "a value",
            object(json!({ "a": { "type": "string", "enum": ["x"] } })),
            json!({ "a": "y" }),
            "unknown-value",
            "a",
            Risky,
        ),
        ("a value of an open list", listed.clone(), json!({ "a": "z" }), "unknown-value-of-open-list", "a", Safe),
        ("another format", time, json!({ "a": "today" }), "format-mismatch", "a", Risky),
        ("too long", short, json!({ "a": "xyz" }), "limit-exceeded", "a", Risky),
        ("just too small", exclusive, json!({ "a": 2 }), "limit-exceeded", "a", Risky),
        ("no JSON in a text", embedded.clone(), json!({ "a": "{" }), "invalid-embedded-json", "a", Risky),
        ("another type in a text", embedded, json!({ "a": "{\"x\":\"y\"}" }), "type-mismatch", "a.x", Breaking),
        ("a field in no response", object(json!({ "a": text() })), json!({}), "field-not-observed", "a", Safe),
        ("a value in no response", listed, json!({ "a": "x" }), "value-not-observed", "a", Safe),
        ("a form in no response", union, json!(5), "alternative-not-observed", "the response", Safe),
        (
            "a null in no response",
            object(json!({ "a": { "type": "string", "nullable": true } })),
            json!({ "a": "x" }),
            "null-not-observed",
            "a",
            Safe,
        ),
    ];
    let mut tested = BTreeSet::new();
    for (why, schema, response, check, part, effect) in table {
        let response = Document::parse_json("response.json", &response.to_string()).expect("JSON");
        let findings = run_conform(&spec_of(&schema), &[response]);
        let is_found = findings
            .iter()
            .any(|finding| (finding.check, finding.part.as_str(), finding.effect) == (check, part, effect));
        assert!(is_found, "{why}: {findings:#?}");
        tested.insert(check);
    }
    tested.insert("status-not-observed");
    assert_eq!(tested, KINDS.iter().map(|kind| kind.check).collect(), "every kind is tested");
}

#[test]
fn conforming_responses_have_no_findings() {
    let other = json!({ "$ref": "#/components/schemas/Other" });
    let table = [
        ("anything where anything may be", json!({}), json!({ "a": [null, 1, "x"] })),
        ("a whole number where any may be", json!({ "type": "number" }), json!(5)),
        ("null of a wrapped reference", json!({ "nullable": true, "allOf": [other] }), json!(null)),
        ("the second form", json!({ "oneOf": [other, { "type": "string" }] }), json!("x")),
    ];
    for (why, schema, response) in table {
        let response = Document::parse_json("response.json", &response.to_string()).expect("JSON");
        let findings = run_conform(&spec_of(&schema), &[response]);
        assert_eq!(observed(&findings), BTreeSet::new(), "{why}");
    }
}

#[test]
fn supports_recursive_schemas() {
    let tree = json!({ "type": "object", "properties": { "next": { "$ref": "#/components/schemas/Tree" } } });
    let mut spec = spec_of(&json!({ "$ref": "#/components/schemas/Tree" }));
    spec.value["components"]["schemas"]["Tree"] = tree;
    let response = Document::parse_json("response.json", "{\"next\":{\"next\":{\"next\":{}}}}").expect("JSON");
    assert_eq!(observed(&run_conform(&spec, &[response])), BTreeSet::new());
    let round = spec_of(&json!({ "$ref": "#/components/schemas/Round" }));
    let mut round = round;
    round.value["components"]["schemas"]["Round"] = json!({ "oneOf": [{ "$ref": "#/components/schemas/Round" }] });
    let error = conform(&round, None, &[]).expect_err("a cycle");
    assert!(error.contains("a.json:") && error.contains("never ends"), "{error}");
}

/// Runs `spec conform`.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    support::run(&[&["spec", "conform"], arguments].concat())
}

#[test]
fn command_reads_files_and_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file");
        path.to_str().expect("a path of UTF-8").to_owned()
    };
    let odd = file("odd.json", b"{\n\"code\": 200,\n\"data\": {\n\"successFlag\": \"done\"}}");
    let text = file("text.json", b"not JSON");
    let binary = file("binary.json", b"\xff\xfe\x00");
    let empty = file("empty.json", b"");
    let deep = file("deep.json", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).as_bytes());
    let good = here("tests/responses");
    let good = good.to_str().expect("a path of UTF-8");
    let table: &[(&str, &[&str], i32, &str)] = &[
        ("a folder", &[good], 0, "7 responses compared with"),
        ("no finding of the effect", &[good, "--fail-on", "risky"], 0, "1 differences"),
        ("a finding of the effect", &[good, "--fail-on", "safe"], 1, "7 responses"),
        ("JSON", &[good, "--format", "json"], 0, "\"check\":\"unknown-value-of-open-list\""),
        ("the line of a difference", &[&odd], 1, "odd.json:4: data.successFlag: string instead of integer"),
        ("no JSON", &[&text], 1, "text.json:1: not JSON"),
        ("no text", &[&binary], 1, "cannot read"),
        ("nothing", &[&empty], 1, "empty.json:1: not JSON"),
        ("too deep", &[&deep], 1, "deep.json:1: not JSON: recursion limit"),
        ("no file", &["nowhere.json"], 1, "cannot read nowhere.json"),
        ("no such operation", &[good, "--operation", "get_thing"], 1, "known: get_record_info"),
        ("no response", &[], 2, "Usage"),
        ("a broken file beside others", &[&text, good], 1, "7 responses compared with"),
    ];
    for (why, arguments, status, words) in table {
        let (code, out, err) = run(arguments);
        assert_eq!(code, Some(*status), "{why}: {err}");
        assert!(
            format!("{out}{err}").contains(words) && !err.contains("panicked"),
            "{why}: no {words:?} in {out}{err}"
        );
    }
}
