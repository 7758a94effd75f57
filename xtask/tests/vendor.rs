//! Comparison of the spec with documents of the vendor, and known deviations.

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::{frozen, read};
use xtask::diff::deviations::Deviations;
use xtask::diff::{Report, are_revisions, compare_structures};
use xtask::document::Document;
use xtask::severity::Effect;

const OPERATION: &str = "/paths/~1api~1v1~1mj~1record-info/get";
const SCHEMA: &str = "/paths/~1api~1v1~1mj~1record-info/get/responses/200/content/application~1json/schema";
const TASK: &str =
    "/paths/~1api~1v1~1mj~1record-info/get/responses/200/content/application~1json/schema/properties/data/properties";

fn compared(vendor: &Document, spec: &Document) -> Report {
    compare_structures(vendor, spec).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn deviations(file: &Document) -> Deviations {
    Deviations::parse(file).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// The page of the vendor with changed entries, by the pointer of their holder. Null removes an entry.
fn changed_page(changes: &Value) -> Document {
    read(&support::changed_in(frozen("vendor-apidog.yaml").value, changes))
}

/// The rules and the last part of the path of each change.
fn shown(report: &Report) -> BTreeSet<(&'static str, String)> {
    let last = |part: &str| part.rsplit('.').next().unwrap_or_default().to_owned();
    report.changes.iter().map(|change| (change.check, last(&change.part))).collect()
}

#[test]
fn finds_exactly_the_known_deviations() {
    let table = [
        ("operation-renamed", "operationId", "names of operations are ours"),
        ("server-added", "servers", "each vendor names its own server"),
        ("status-removed", "500", "errors arrive with HTTP 200"),
        ("property-became-required", "code", "every response has a code"),
        ("optional-became-nullable", "msg", "a message may be missing"),
        ("optional-became-nullable", "data", "null for an unknown id"),
        ("optional-became-nullable", "taskId", "no field is guaranteed"),
        ("optional-became-nullable", "taskType", "no field is guaranteed"),
        ("optional-became-nullable", "paramJson", "no field is guaranteed"),
        ("optional-became-nullable", "createTime", "no field is guaranteed"),
        ("optional-became-nullable", "completeTime", "null while the task is running"),
        ("optional-became-nullable", "resultInfoJson", "null without results"),
        ("optional-became-nullable", "resultUrls", "no field is guaranteed"),
        ("optional-became-nullable", "resultUrl", "no field is guaranteed"),
        ("optional-became-nullable", "successFlag", "no field is guaranteed"),
        ("type-changed", "createTime", "milliseconds on the wire"),
        ("type-changed", "completeTime", "milliseconds on the wire"),
        ("type-changed", "errorCode", "a name in callbacks"),
        ("type-changed", "resultInfoJson", "JSON text is accepted"),
        ("type-changed", "items", "plain URLs are accepted"),
        ("limit-added", "taskType", "values of other pages"),
    ];
    let report = compared(&frozen("vendor-apidog.yaml"), &frozen("midapi.yaml"));
    let expected: BTreeSet<_> = table.iter().map(|(check, part, _)| (*check, (*part).to_owned())).collect();
    assert_eq!(shown(&report), expected, "{}", report.text());
    assert_eq!(report.changes.len(), table.len(), "{}", report.text());

    let filtered = deviations(&frozen("known-deviations.yaml")).filter(report);
    assert_eq!(filtered.report.effect(), None, "{}", filtered.report.text());
    assert_eq!((filtered.ignored, filtered.stale), (table.len(), vec![]));
}

#[test]
fn live_spec_has_no_unknown_deviation() {
    let live = Document::read(&support::path("../spec/known-deviations.yaml")).expect("the known deviations");
    let report = compared(&frozen("vendor-apidog.yaml"), &support::live_spec());
    let filtered = deviations(&live).filter(report);
    assert!(filtered.report.effect() < Some(Effect::Risky), "{}", filtered.report.text());
    assert_eq!(filtered.stale, [], "an entry of spec/known-deviations.yaml matches no change");
}

#[test]
fn vendor_changes_are_found_despite_deviations() {
    let string = json!({ "type": "string" });
    let results = format!("{TASK}/resultInfoJson/properties/resultUrls/items/properties");
    let error_code = json!({ "errorCode": { "type": "boolean" } });
    let table = [
        ("a new field", json!({ (TASK): { "progress": string } }), "property-removed", "progress"),
        ("a new field below a union", json!({ (results): { "width": string } }), "property-removed", "width"),
        ("a field less", json!({ (TASK): { "taskType": null } }), "property-added", "taskType"),
        ("another type", json!({ (TASK): { "taskId": { "type": "integer" } } }), "type-changed", "taskId"),
        (
            "a code",
            json!({ (SCHEMA.to_owned() + "/properties/code"): { "enum": [200, 451] } }),
            "enum-value-removed",
            "code",
        ),
        (
            "a flag",
            json!({ (format!("{TASK}/successFlag")): { "enum": [0, 1, 2, 3, 4] } }),
            "enum-value-removed",
            "successFlag",
        ),
        ("a parameter", json!({ (OPERATION): { "parameters": [] } }), "required-parameter-added", "parameters"),
        (
            "a method",
            json!({ (OPERATION): { "requestBody": { "content": {} } } }),
            "request-body-removed",
            "requestBody",
        ),
        ("a type within a known deviation", json!({ (TASK): error_code }), "type-changed", "errorCode"),
        (
            "another key",
            json!({ "/components/securitySchemes/BearerAuth": { "scheme": "basic" } }),
            "security-changed",
            "security",
        ),
    ];
    for (why, change, check, part) in table {
        let report = compared(&changed_page(&change), &frozen("midapi.yaml"));
        assert!(shown(&report).contains(&(check, part.to_owned())), "{why}: {}", report.text());
    }
}

#[test]
fn reads_each_dialect_of_the_vendor() {
    for name in ["vendor-apidog.yaml", "vendor-3.1.yaml", "vendor-3.0.yaml"] {
        let (vendor, spec) = (frozen(name), frozen("midapi.yaml"));
        assert!(!are_revisions(&vendor, &spec), "{name}");
        let report = compared(&vendor, &spec);
        let times = shown(&report).into_iter().filter(|(check, _)| *check == "type-changed");
        let times: Vec<_> = times.map(|(_, part)| part).collect();
        assert!(times.contains(&"createTime".to_owned()), "{name}: {}", report.text());
        let unmatched = ["property-removed", "property-added", "schema-removed"];
        assert!(report.changes.iter().all(|change| !unmatched.contains(&change.check)), "{name}: {}", report.text());
    }
    assert!(are_revisions(&frozen("midapi.yaml"), &support::live_spec()));
}

#[test]
fn inline_and_named_schemas_are_equal() {
    let spec = frozen("midapi.yaml");
    let mut renamed = spec.value.to_string();
    for name in ["RecordInfoResponse", "TaskRecord", "Timestamp", "ResultInfo", "BodyCode", "SuccessFlag"] {
        renamed = renamed.replace(name, &format!("Other{name}"));
    }
    let renamed = Document::parse("renamed.json", &renamed).expect("a document");
    let report = compared(&renamed, &spec);
    assert!(report.changes.is_empty(), "{}", report.text());
}

#[test]
fn recursive_schemas_are_compared() {
    let recursive = |name: &str| {
        let node = json!({ "type": "object", "properties": {
            "next": { "$ref": format!("#/components/schemas/{name}") }, "code": { "type": "integer" },
        } });
        support::changed(&json!({
            "/components/schemas": { name: node, "Thing": null, "Code": null, "Problem": null, "NewThing": null },
            "/paths": { "/things/{id}": null, "/nodes": { "get": { "operationId": "node", "responses": { "200": {
                "description": "A node.",
                "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } },
            } } } } },
        }))
    };
    let report = compared(&read(&recursive("Node")), &read(&recursive("Item")));
    assert!(report.changes.is_empty(), "{}", report.text());
}

#[test]
fn other_operations_are_not_compared() {
    let other = json!({ "get": { "operationId": "other", "responses": { "200": { "description": "Other." } } } });
    let report = compared(&changed_page(&json!({ "/paths": { "/other": other } })), &frozen("midapi.yaml"));
    let uncovered: Vec<_> = report.changes.iter().filter(|change| change.check == "operation-uncovered").collect();
    assert_eq!(uncovered.len(), 1, "{}", report.text());
    assert_eq!((uncovered[0].effect, &*uncovered[0].part), (Effect::Safe, "paths./other.get"));

    let page = frozen("vendor-apidog.yaml");
    let mut extended = frozen("midapi.yaml").value;
    extended["paths"]["/other"] = other.clone();
    let report = compared(&page, &read(&extended));
    assert!(report.changes.iter().all(|change| !change.part.contains("/other")), "{}", report.text());

    let lookup = "/api/v1/mj/record-info";
    let errors = compare_structures(
        &changed_page(&json!({ "/paths": { lookup: null, "/other": other } })),
        &frozen("midapi.yaml"),
    );
    let errors = errors.expect_err("no common operation");
    assert!(errors.len() == 1 && errors[0].message.contains("none of its operations (GET /other)"), "{errors:#?}");
}

#[test]
fn unsupported_keywords_are_reported_once() {
    let page = changed_page(&json!({ (TASK): { "taskId": { "patternProperties": {} } } }));
    let errors = compare_structures(&page, &frozen("midapi.yaml")).expect_err("an unsupported keyword");
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].to_string().starts_with("things.json:") && errors[0].message.contains("patternProperties"));
    let swagger = Document::parse("swagger.yaml", "swagger: '2.0'\n").expect("a document");
    let errors = compare_structures(&swagger, &frozen("midapi.yaml")).expect_err("another format");
    assert!(errors[0].message.contains("use OpenAPI 3.0 or 3.1"), "{errors:#?}");
}

fn entry(id: &str, path: &str) -> Value {
    json!({ "id": id, "path": path, "reason": "A reason." })
}

fn file(entries: &[Value]) -> Document {
    read(&json!({ "deviations": entries }))
}

#[test]
fn stale_deviations_are_reported() {
    let spec = frozen("midapi.yaml");
    let lookup = "paths./api/v1/mj/record-info.get";
    let table = [
        ("a change that exists", entry("server-added", "servers"), 0),
        ("a change that does not exist", entry("server-removed", "servers"), 1),
        ("a pattern that matches", entry("type-changed", "*.createTime"), 0),
        ("a pattern that matches nothing", entry("type-changed", "*.createTimes"), 1),
        ("another rule", entry("format-changed", "*.createTime"), 1),
        ("a part of the operation", entry("type-changed", &format!("{lookup}.gone")), 1),
        ("another operation", entry("type-changed", "paths./api/v1/mj/generate.post.*"), 0),
    ];
    for (why, entry, expected) in table {
        let report = compared(&frozen("vendor-apidog.yaml"), &spec);
        let stale = deviations(&file(&[entry])).filter(report).stale;
        assert_eq!(stale.len(), expected, "{why}: {stale:#?}");
        assert!(stale.iter().all(|stale| stale.place.file == "things.json" && stale.place.line == 3), "{why}");
    }
}

#[test]
fn invalid_deviations_are_errors() {
    let table = [
        ("no list", json!({}), "a list of entries is required"),
        ("no reason", json!({ "deviations": [{ "id": "type-changed", "path": "a" }] }), "reason is required"),
        (
            "an empty reason",
            json!({ "deviations": [{ "id": "type-changed", "path": "a", "reason": " " }] }),
            "reason is",
        ),
        ("an unknown rule", json!({ "deviations": [entry("types-changed", "a")] }), "\"types-changed\" is not a rule"),
        ("a misspelled key", json!({ "deviations": [{ "ids": "x" }] }), "unknown key"),
        ("an entry that is text", json!({ "deviations": ["type-changed"] }), "id is required"),
    ];
    for (why, value, words) in table {
        let errors = Deviations::parse(&read(&value)).expect_err(why);
        assert!(errors.iter().any(|error| error.message.contains(words)), "{why}: {errors:#?}");
    }
}

#[test]
fn command_ignores_known_deviations() {
    let folder = tempfile::tempdir().expect("a folder");
    let stale = folder.path().join("stale.json");
    std::fs::write(&stale, json!({ "deviations": [entry("server-removed", "servers")] }).to_string()).expect("a file");
    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, "{}").expect("a file");
    let path = |name: &str| support::path("tests/frozen").join(name).to_str().expect("UTF-8").to_owned();
    let (vendor, spec, known) = (path("vendor-apidog.yaml"), path("midapi.yaml"), path("known-deviations.yaml"));
    let (stale, broken) = (stale.to_str().expect("UTF-8"), broken.to_str().expect("UTF-8"));
    let table: &[(&[&str], i32, &str)] = &[
        (&["--ignore", &known, "--fail-on", "safe"], 0, "21 known deviations ignored"),
        (&["--fail-on", "breaking"], 1, "[type-changed]"),
        (&["--ignore", stale], 1, "no server-removed change matches the entry; remove the entry"),
        (&["--ignore", broken], 1, "broken.json:1: deviations: a list of entries is required"),
        (&["--ignore", "nowhere.yaml"], 1, "cannot read nowhere.yaml"),
        (&["--ignore", &known, "--format", "json"], 0, "\"changes\":[]"),
    ];
    for (arguments, status, words) in table {
        let (code, out, err) = support::run(&[&["spec", "diff", &vendor, &spec], *arguments].concat());
        assert_eq!(code, Some(*status), "{arguments:?}: {out}{err}");
        assert!(format!("{out}{err}").contains(words), "{arguments:?}: no {words:?} in {out}{err}");
    }
}
