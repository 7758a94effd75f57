//! The changelog entry about the API.

use xtask::changelog::{Step, released, with_entry};
use xtask::document::Document;

fn document(title: &str, path: &str) -> Document {
    let text = format!(
        "openapi: 3.0.3\ninfo: {{title: {title}, version: '1'}}\npaths:\n  {path}:\n    get:\n      operationId: a\n      \
         responses: {{'204': {{description: Done.}}}}\n"
    );
    Document::parse("spec.yaml", &text).expect("a document")
}

#[test]
fn next_version_follows_cargo_rules() {
    let table = [
        (Step::None, "0.1.0", None),
        (Step::Compatible, "0.1.0", Some("0.1.1")),
        (Step::Breaking, "0.1.9", Some("0.2.0")),
        (Step::Compatible, "1.2.3", Some("1.3.0")),
        (Step::Breaking, "1.2.3", Some("2.0.0")),
        (Step::Breaking, "soon", None),
    ];
    for (step, version, next) in table {
        assert_eq!(step.next(version).as_deref(), next, "{step:?} after {version}");
    }
}

#[test]
fn entry_follows_the_spec() {
    let changelog = "# Changelog\n\n## [Unreleased]\n\n### Added\n- Something.\n";
    let base = document("Things", "/a");
    let entry = |changelog: &str, spec: &Document| with_entry(changelog, "0.1.0", &base, spec).expect("a changelog");
    assert_eq!(entry(changelog, &base), changelog, "nothing changed");

    let renamed = entry(changelog, &document("Goods", "/a"));
    assert!(renamed.contains("the version after 0.1.0 is 0.1.1.\n\n- safe:\n  - `info.title`"), "{renamed}");
    let moved = entry(&renamed, &document("Things", "/b"));
    assert!(moved.contains("is 0.2.0") && !moved.contains("info.title"), "{moved}");
    assert_eq!(entry(&moved, &document("Things", "/b")), moved, "a second run changes nothing");
    assert_eq!(entry(&moved, &base), changelog, "no change, no entry");
    let at_release = released(&moved).expect("a changelog");
    assert!(at_release.contains("### The API") && !at_release.contains("<!--"), "{at_release}");
    assert!(with_entry("# Nothing\n", "0.1.0", &base, &document("Goods", "/a")).is_err());
    assert!(released(&moved.replace("<!-- End", "<!-- No end")).is_err());
}
