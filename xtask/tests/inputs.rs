//! Documents in unusual forms are read, or rejected with one reason and its line.

mod support;

use serde_json::json;
use xtask::codegen;
use xtask::diff::{compare, compare_structures};
use xtask::document::Document;
use xtask::lint::lint;

fn yaml() -> String {
    std::fs::read_to_string(support::path("tests/frozen/midapi.yaml")).expect("the spec")
}

fn parse(text: &str) -> Document {
    Document::parse("spec.yaml", text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn byte_order_mark_is_ignored() {
    let (plain, marked) = (parse(&yaml()), parse(&format!("\u{feff}{}", yaml())));
    assert_eq!(plain.value, marked.value);
    assert_eq!(plain.place("/paths"), marked.place("/paths"));
    let response = Document::parse_json("a.json", "\u{feff}{\"code\": 200}").expect("JSON");
    assert_eq!(response.value, json!({ "code": 200 }));
}

#[test]
fn surrogate_pairs_of_json_are_read() {
    let text = "{\"openapi\": \"3.0.3\",\n\"info\": {\"title\": \"\\ud83d\\ude00 \\\\ud83d \\u00e9\", \"version\": \"1\"},\n\"paths\": {}}";
    let document = parse(text);
    assert_eq!(document.value["info"]["title"], "\u{1f600} \\ud83d é");
    assert_eq!(document.place("/paths").line, 3, "lines after the pair are known");
    assert!(codegen::generate_from(&document).is_ok());
    let response = Document::parse_json("a.json", "{\n\"a\": \"\\ud83d\\ude00\",\n\"b\": 1}").expect("JSON");
    assert_eq!((response.value["a"].as_str(), response.place("/b").line), (Some("\u{1f600}"), 3));
    let error = Document::parse("spec.json", "{\n\"a\": \"\\ud83d alone\"}").expect_err("half of a pair");
    assert!(error.starts_with("spec.json:2: ") && error.lines().count() == 1, "{error}");
}

#[test]
fn large_integers_are_read_or_rejected() {
    for number in ["18446744073709551616", "-9223372036854775809", "123456789012345678901234567890123456789012345678"] {
        let text = yaml().replace("  version: 1.0.0\n", &format!("  version: 1.0.0\n  x-large: {number}\n"));
        assert!(text.contains("x-large"));
        match Document::parse("spec.yaml", &text) {
            Ok(document) => assert!(document.value["info"]["x-large"].is_number(), "{number}"),
            Err(error) => assert!(
                error.starts_with("spec.yaml:") && error.contains("64 bits") && error.lines().count() == 1,
                "{number}: {error}"
            ),
        }
        let response = Document::parse_json("a.json", &format!("{{\"code\": {number}}}")).expect("JSON");
        assert!(response.value["code"].is_number());
    }
}

#[test]
fn unquoted_version_is_read() {
    let vendor = std::fs::read_to_string(support::path("tests/frozen/vendor-3.1.yaml")).expect("a document");
    let start = vendor.lines().find(|line| line.starts_with("openapi:")).expect("a version");
    let (quoted, unquoted) = (parse(&vendor), parse(&vendor.replace(start, "openapi: 3.1")));
    let spec = support::frozen("midapi.yaml");
    let report = |document: &Document| compare_structures(document, &spec).expect("a report").text();
    assert_eq!(report(&quoted), report(&unquoted));
    let error = codegen::generate_from(&parse(&vendor.replace(start, "openapi: 3.1"))).expect_err("another version");
    assert!(error.to_string().contains("version 3.1 is not supported"), "{error}");
}

#[test]
fn empty_maps_mean_nothing() {
    let get = "/paths/~1things~1{id}/get";
    let with = support::changed(&json!({
        (get): { "callbacks": {} },
        "/paths/~1things~1{id}/get/responses/200": { "headers": {}, "links": {} },
        "/components": { "headers": {}, "callbacks": {}, "links": {}, "examples": {} },
    }));
    let (with, without) = (support::read(&with), support::read(&support::document()));
    let code = |document: &Document| codegen::generate_from(document).expect("code");
    assert_eq!(code(&with), code(&without));
    let checks = |document: &Document| lint(document).into_iter().map(|found| found.check).collect::<Vec<_>>();
    assert_eq!(checks(&with), checks(&without));
    assert!(compare(&without, &with).changes.is_empty(), "{}", compare(&without, &with).text());
    assert!(compare(&with, &without).changes.is_empty());
}

#[test]
fn keys_that_differ_by_quotes_are_duplicates() {
    let operation = "operationId: a, responses: {200: {description: One.}, '200': {description: Two.}}";
    let text = format!("openapi: 3.0.3\ninfo: {{title: A, version: '1'}}\npaths:\n  /a:\n    get: {{{operation}}}\n");
    let error = Document::parse("spec.yaml", &text).expect_err("a status twice");
    assert!(error.starts_with("spec.yaml:5: ") && error.contains("duplicate") && error.contains("200"), "{error}");
}

#[test]
fn broken_response_does_not_end_conform() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = |name: &str| {
        std::fs::copy(support::path("tests/responses").join(name), folder.path().join(name)).expect("a file")
    };
    copy("finished.json");
    copy("generating.json");
    let spec = support::path("tests/frozen/midapi.yaml");
    let arguments =
        ["spec", "conform", "--spec", spec.to_str().expect("UTF-8"), folder.path().to_str().expect("UTF-8")];
    assert_eq!(support::run(&arguments).0, Some(0));
    for (name, bytes) in [("a.json", &b"{\"code\": "[..]), ("b.json", b"\xff\xfe"), ("c.json", b"")] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        let (status, _, err) = support::run(&arguments);
        assert_eq!(status, Some(1), "{name}: {err}");
        assert!(err.contains("2 responses compared") && err.contains(name), "{name}: {err}");
        std::fs::remove_file(path).expect("removed");
    }
}
