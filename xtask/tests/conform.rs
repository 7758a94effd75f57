//! Answers held against specs. `tests/answers` has the shapes of what was recorded, in words of our own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use xtask::conform::{Finding, KINDS, conform};
use xtask::document::Document;
use xtask::downgrade::downgrade;
use xtask::level::Effect::{self, Breaking, Risky, Safe};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn committed() -> Document {
    Document::read(&here("../spec/midapi.yaml")).expect("the spec")
}

/// The vendor's page as a spec.
fn documented() -> Document {
    let page = Document::read(&here("tests/frozen/vendor-3.1.yaml")).expect("the page");
    downgrade(&page).unwrap_or_else(|errors| panic!("{errors:#?}")).document
}

fn answers(folder: &Path) -> Vec<Document> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    files.iter().map(|file| Document::read_json(file).unwrap_or_else(|error| panic!("{error}"))).collect()
}

fn held(spec: &Document, answers: &[Document]) -> Vec<Finding> {
    conform(spec, None, answers).unwrap_or_else(|error| panic!("{error}"))
}

/// Check, part and how many answers show it.
fn shown(findings: &[Finding]) -> BTreeSet<(&'static str, &str, usize)> {
    let shown = findings.iter().filter(|finding| finding.answers > 0);
    shown.map(|finding| (finding.check, finding.part.as_str(), finding.answers)).collect()
}

/// What is known of the differences between the documentation and the wire.
const KNOWN: [(&str, &str, usize, &str); 9] = [
    ("type-unlisted", "data.createTime", 4, "times are milliseconds, not text"),
    ("type-unlisted", "data.completeTime", 3, "the same"),
    ("value-unlisted", "code", 1, "an unknown task is HTTP 200 with code 422, not 404; a refused key comes with 401"),
    ("null-unlisted", "data", 1, "there may be no task: null"),
    ("field-missing", "data", 1, "or absent"),
    ("optional-null-unlisted", "data.completeTime", 1, "nothing about the end is there while a task is generating"),
    ("optional-null-unlisted", "data.resultInfoJson", 2, "nor is there a result, also of one that failed"),
    ("type-unlisted", "data.errorCode", 1, "a failed task's code is a number"),
    ("value-unlisted", "data.paramJson.speed", 1, "the vendor's own example has a speed that is not listed"),
];

#[test]
fn the_documented_contract_differs_from_the_wire_as_is_known() {
    let findings = held(&documented(), &answers(&here("tests/answers")));
    let known: BTreeSet<_> = KNOWN.iter().map(|(check, part, answers, _)| (*check, *part, *answers)).collect();
    let differing: Vec<_> = findings.iter().filter(|finding| finding.answers > 0).collect();
    assert_eq!(shown(&findings), known, "{differing:#?}");
    assert_eq!(differing.len(), KNOWN.len() + 1, "401 and 422 are two values: {differing:#?}");
    let unseen: BTreeSet<_> =
        findings.iter().filter(|finding| finding.answers == 0).map(|finding| finding.effect).collect();
    assert_eq!(unseen, [Safe].into(), "what nobody has seen is no difference");
}

#[test]
fn the_wire_conforms_to_the_committed_spec() {
    let findings = held(&committed(), &answers(&here("tests/answers")));
    assert_eq!(shown(&findings), [("known-value-unlisted", "data.paramJson.speed", 1)].into(), "{findings:#?}");
}

/// Real answers are no part of the project; where they are, their folder is in `MIDAPI_RECORDED_DIR`.
#[test]
fn recorded_answers_differ_as_the_answers_here_do() {
    let Some(folder) = std::env::var_os("MIDAPI_RECORDED_DIR") else { return };
    let recorded = answers(Path::new(&folder));
    let findings = held(&committed(), &recorded);
    assert!(findings.iter().all(|finding| finding.effect < Breaking), "{findings:#?}");
    // The sibling route has a field and parameters of its own.
    let siblings = ["data.paramJson.uploadCn", "data.paramJson.videoUrl", "data.response"];
    let documented = held(&documented(), &recorded);
    let of_this_route =
        documented.iter().filter(|finding| finding.answers > 0 && !siblings.contains(&finding.part.as_str()));
    let found: BTreeSet<_> = of_this_route.map(|finding| (finding.check, finding.part.as_str())).collect();
    // No refused key and no result of a task that runs was recorded.
    let absent = [("field-missing", "data"), ("optional-null-unlisted", "data.resultInfoJson")];
    let known = KNOWN.iter().map(|(check, part, ..)| (*check, *part)).filter(|known| !absent.contains(known));
    assert_eq!(found, known.collect(), "{documented:#?}");
}

/// A spec with one operation that answers a schema.
fn answering(schema: &Value) -> Document {
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

/// Why, the schema, the answer; check, part and effect of the difference.
type Row<'a> = (&'a str, Value, Value, &'a str, &'a str, Effect);

#[test]
fn each_kind_of_difference_is_told() {
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
        ("another type", object(json!({ "a": text() })), json!({ "a": 5 }), "type-unlisted", "a", Breaking),
        ("none of a union", union.clone(), json!(true), "type-unlisted", "the answer", Breaking),
        (
            "a fraction",
            object(json!({ "a": { "type": "integer" } })),
            json!({ "a": 1.5 }),
            "type-unlisted",
            "a",
            Breaking,
        ),
        ("an item", json!({ "type": "array", "items": text() }), json!(["x", 1]), "type-unlisted", "[]", Breaking),
        ("absent", required.clone(), json!({}), "field-missing", "a", Breaking),
        ("absent, by one part of two", combined, json!({ "b": "x" }), "field-missing", "a", Breaking),
        ("null in a place that has to be filled", required, json!({ "a": null }), "null-unlisted", "a", Breaking),
        ("null in another", object(json!({ "a": text() })), json!({ "a": null }), "optional-null-unlisted", "a", Risky),
        ("a field more", object(json!({ "a": text() })), json!({ "b": 1 }), "field-unlisted", "b", Risky),
        ("a field more that is kept", kept, json!({ "b": 1 }), "kept-field-unlisted", "b", Safe),
        (
            "a value",
            object(json!({ "a": { "type": "string", "enum": ["x"] } })),
            json!({ "a": "y" }),
            "value-unlisted",
            "a",
            Risky,
        ),
        ("a value of an open list", listed.clone(), json!({ "a": "z" }), "known-value-unlisted", "a", Safe),
        ("another format", time, json!({ "a": "today" }), "format-differs", "a", Risky),
        ("too long", short, json!({ "a": "xyz" }), "limit-exceeded", "a", Risky),
        ("just too small", exclusive, json!({ "a": 2 }), "limit-exceeded", "a", Risky),
        ("no JSON in a text", embedded.clone(), json!({ "a": "{" }), "embedded-json-unreadable", "a", Risky),
        ("another type in a text", embedded, json!({ "a": "{\"x\":\"y\"}" }), "type-unlisted", "a.x", Breaking),
        ("a field that nobody has seen", object(json!({ "a": text() })), json!({}), "field-unseen", "a", Safe),
        ("a value that nobody has seen", listed, json!({ "a": "x" }), "value-unseen", "a", Safe),
        ("a form that nobody has seen", union, json!(5), "form-unseen", "the answer", Safe),
        (
            "a null that nobody has seen",
            object(json!({ "a": { "type": "string", "nullable": true } })),
            json!({ "a": "x" }),
            "null-unseen",
            "a",
            Safe,
        ),
    ];
    let mut tried = BTreeSet::new();
    for (why, schema, answer, check, part, effect) in table {
        let answer = Document::parse_json("answer.json", &answer.to_string()).expect("JSON");
        let findings = held(&answering(&schema), &[answer]);
        let met = findings
            .iter()
            .any(|finding| (finding.check, finding.part.as_str(), finding.effect) == (check, part, effect));
        assert!(met, "{why}: {findings:#?}");
        tried.insert(check);
    }
    tried.insert("status-unseen");
    assert_eq!(tried, KINDS.iter().map(|kind| kind.check).collect(), "every kind is tried");
}

#[test]
fn what_conforms_is_not_told() {
    let other = json!({ "$ref": "#/components/schemas/Other" });
    let table = [
        ("anything where anything may be", json!({}), json!({ "a": [null, 1, "x"] })),
        ("a whole number where any may be", json!({ "type": "number" }), json!(5)),
        ("null of a wrapped reference", json!({ "nullable": true, "allOf": [other] }), json!(null)),
        ("the second form", json!({ "oneOf": [other, { "type": "string" }] }), json!("x")),
    ];
    for (why, schema, answer) in table {
        let answer = Document::parse_json("answer.json", &answer.to_string()).expect("JSON");
        let findings = held(&answering(&schema), &[answer]);
        assert_eq!(shown(&findings), BTreeSet::new(), "{why}");
    }
}

#[test]
fn schemas_that_hold_themselves_end() {
    let tree = json!({ "type": "object", "properties": { "next": { "$ref": "#/components/schemas/Tree" } } });
    let mut spec = answering(&json!({ "$ref": "#/components/schemas/Tree" }));
    spec.value["components"]["schemas"]["Tree"] = tree;
    let answer = Document::parse_json("answer.json", "{\"next\":{\"next\":{\"next\":{}}}}").expect("JSON");
    assert_eq!(shown(&held(&spec, &[answer])), BTreeSet::new());
    let round = answering(&json!({ "$ref": "#/components/schemas/Round" }));
    let mut round = round;
    round.value["components"]["schemas"]["Round"] = json!({ "oneOf": [{ "$ref": "#/components/schemas/Round" }] });
    let refused = conform(&round, None, &[]).expect_err("it goes round");
    assert!(refused.contains("a.json:") && refused.contains("never end"), "{refused}");
}

/// The command, with what it printed and its exit status.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["spec", "conform"]).args(arguments).output();
    let output = output.expect("the command runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_takes_files_and_folders() {
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
    let good = here("tests/answers");
    let good = good.to_str().expect("a path of UTF-8");
    let table: &[(&str, &[&str], i32, &str)] = &[
        ("a folder", &[good], 0, "7 answers held against"),
        ("nothing of the level", &[good, "--fail-on", "risky"], 0, "1 differences"),
        ("something of it", &[good, "--fail-on", "safe"], 1, "7 answers"),
        ("JSON", &[good, "--format", "json"], 0, "\"check\":\"known-value-unlisted\""),
        ("the line of a difference", &[&odd], 1, "odd.json:4: data.successFlag: string where the spec has integer"),
        ("no JSON", &[&text], 1, "text.json:1: not JSON"),
        ("no text", &[&binary], 1, "cannot read"),
        ("nothing", &[&empty], 1, "empty.json:1: not JSON"),
        ("too deep", &[&deep], 1, "deep.json:1: not JSON: recursion limit"),
        ("no file", &["nowhere.json"], 1, "cannot read nowhere.json"),
        ("no such operation", &[good, "--operation", "get_thing"], 1, "there are: get_record_info"),
        ("no answer", &[], 2, "Usage"),
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
