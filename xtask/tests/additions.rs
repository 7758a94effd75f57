//! The additions of CONTRIBUTING.md: an operation and a nullable property, in a copy of the files of the project.

mod support;

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use xtask::conform::conform;
use xtask::diff::deviations::Deviations;
use xtask::diff::{compare, compare_structures};
use xtask::document::Document;
use xtask::files::{GeneratedFile, diff, write};
use xtask::lint::lint;
use xtask::regenerate::STEPS;
use xtask::severity::Effect;

/// The operation of the guide, with the names of an API that does not exist.
const OPERATION: &str = "  /api/v1/additions/count:
    get:
      operationId: count_additions
      summary: Counts the additions.
      responses:
        '200':
          description: The number of additions.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/AdditionCount'
";
const SCHEMA: &str = "    AdditionCount:
      description: The number of additions.
      type: object
      properties:
        count:
          description: The number.
          type: integer
          format: int64
          nullable: true
";
const PROPERTY: &str = "        additionNote:
          description: A note.
          type: string
          nullable: true
";

/// A copy of the live files that the steps read.
fn project() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["spec/midapi.yaml", "spec/baseline.yaml", "spec/known-deviations.yaml", "CHANGELOG.md", "Cargo.toml"] {
        let to = folder.path().join(file);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(support::path("..").join(file), to).expect("a file");
    }
    folder
}

/// Inserts text into the spec.
fn insert(root: &Path, after: &str, text: &str) {
    let path = root.join("spec/midapi.yaml");
    let spec = fs::read_to_string(&path).expect("the spec");
    let (before, rest) = spec.split_once(after).unwrap_or_else(|| panic!("the spec has no {after:?}"));
    fs::write(path, format!("{before}{after}{text}{rest}")).expect("a file");
}

fn generate(root: &Path) -> Vec<GeneratedFile> {
    let steps = STEPS.iter().filter(|step| !step.builds);
    let files = steps.map(|step| (step.run)(root).unwrap_or_else(|error| panic!("{}: {error}", step.name)));
    files.flatten().collect()
}

#[test]
fn additions_pass_all_checks() {
    let folder = project();
    let root = folder.path();
    write(root, &generate(root)).expect("written");
    insert(root, "\npaths:\n", OPERATION);
    insert(root, "\n  schemas:\n", SCHEMA);
    let task = "      description: A task. While it is running, its completion time, results and errors are null.\n      type: object\n      properties:\n";
    insert(root, task, PROPERTY);

    let spec = Document::read(&root.join("spec/midapi.yaml")).expect("the spec");
    assert!(lint(&spec).is_empty(), "{:#?}", lint(&spec));

    let stale = diff(root, &generate(root)).expect("readable");
    for words in ["+    pub async fn count_additions", "+        pub addition_note: ", "+pub const COUNT_ADDITIONS: "] {
        assert!(stale.contains(words), "no {words:?} in\n{stale}");
    }
    write(root, &generate(root)).expect("written");
    assert_eq!(diff(root, &generate(root)).expect("readable"), "", "all files are up to date");

    let report = compare(&support::live_spec(), &spec);
    assert_eq!(report.effect(), Some(Effect::Safe), "{}", report.text());

    let responses = fs::read_dir(support::path("tests/responses")).expect("responses");
    let responses = responses.map(|file| Document::read_json(&file.expect("a file").path()).expect("JSON"));
    let findings = conform(&spec, None, &responses.collect::<Vec<_>>()).expect("comparable");
    assert!(findings.iter().all(|finding| finding.effect == Effect::Safe), "{findings:#?}");

    let known = Document::read(&root.join("spec/known-deviations.yaml")).expect("the known deviations");
    let report = compare_structures(&support::frozen("vendor-apidog.yaml"), &spec).expect("comparable");
    let filtered = Deviations::parse(&known).expect("valid entries").filter(report);
    assert!(filtered.report.effect() < Some(Effect::Risky), "{}", filtered.report.text());
    assert_eq!(filtered.stale, []);
}
