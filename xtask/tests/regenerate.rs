//! All generated files are up to date, and one command generates them.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use xtask::files::{GeneratedFile, diff, write};
use xtask::regenerate::{STEPS, release};

#[test]
fn all_generated_files_are_up_to_date() {
    let (status, out, err) = support::run(&["regenerate", "--check"]);
    assert_eq!((status, &*out), (Some(0), ""), "run cargo xtask regenerate, and commit the files:\n{err}");
}

/// A small project with the frozen spec.
fn project() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let spec = fs::read_to_string(support::path("tests/frozen/midapi.yaml")).expect("the spec");
    for (file, text) in [
        ("spec/midapi.yaml", spec.as_str()),
        ("spec/baseline.yaml", &spec),
        ("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n### Added\n- Something.\n"),
        ("Cargo.toml", "[workspace.package]\nversion = \"0.1.0\"\n"),
    ] {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

/// The files of all steps that build no crate.
fn generate(root: &Path) -> Result<Vec<GeneratedFile>, String> {
    let steps = STEPS.iter().filter(|step| !step.builds);
    steps.map(|step| (step.run)(root)).collect::<Result<Vec<_>, _>>().map(|files| files.concat())
}

fn edit(root: &Path, from: &str, to: &str) {
    let spec = root.join("spec/midapi.yaml");
    let text = fs::read_to_string(&spec).expect("the spec");
    assert!(text.contains(from), "the spec does not contain {from:?}");
    fs::write(spec, text.replace(from, to)).expect("a file");
}

#[test]
fn changed_spec_changes_code_and_changelog() {
    let folder = project();
    let root = folder.path();
    write(root, &generate(root).expect("a valid spec")).expect("written");
    assert_eq!(diff(root, &generate(root).expect("a valid spec")).expect("readable"), "");

    edit(
        root,
        "        errorMessage:\n          description: The",
        "        note:\n          description: A note.\n          type: string\n          nullable: true\n        errorMessage:\n          description: The",
    );
    let stale = diff(root, &generate(root).expect("a valid spec")).expect("readable");
    for words in [
        "+        pub note: ",
        "+### The API",
        "is compatible: the version after 0.1.0 is 0.1.1",
        "components.schemas.TaskRecord.properties.note",
    ] {
        assert!(stale.contains(words), "no {words:?} in\n{stale}");
    }
    let written = write(root, &generate(root).expect("a valid spec")).expect("written");
    let names: Vec<_> = written.iter().map(|path| path.display().to_string()).collect();
    assert_eq!(names, ["crates/midapi-client/src/generated.rs", "CHANGELOG.md"]);

    write(root, &release(root).expect("a release")).expect("written");
    assert_eq!(diff(root, &generate(root).expect("a valid spec")).expect("readable"), "", "the entry is final");
    assert!(fs::read_to_string(root.join("CHANGELOG.md")).expect("a changelog").contains("### The API"));
}

#[test]
fn check_stops_at_incomplete_clients() {
    let folder = project();
    let root = folder.path();
    write(root, &generate(root).expect("a valid spec")).expect("written");
    let client = root.join("crates/midapi-client/src/generated.rs");
    let code = fs::read_to_string(&client).expect("the client");
    fs::write(&client, code.replace("pub struct TaskRecord", "struct Other")).expect("a file");
    let (status, out, err) = support::run_in(root, &["regenerate", "--check"]);
    assert_eq!(status, Some(4), "{err}");
    assert!(out.contains("+    pub struct TaskRecord") && err.contains("skipped schemas"), "{out}\n{err}");
    assert!(!err.contains("cargo") || !err.contains("could not compile"), "no crate is built: {err}");
}

#[test]
fn invalid_spec_is_not_generated_from() {
    let folder = project();
    edit(folder.path(), "                    code: 422", "                    code: none");
    let error = generate(folder.path()).expect_err("an invalid example");
    assert!(error.contains("[example-mismatch]") && error.contains("midapi.yaml:"), "{error}");
}

#[test]
fn generated_files_name_their_command() {
    let code = ["generated.rs", "named.rs", "operations.rs"]
        .map(|file| support::path("../crates/midapi-client/src").join(file));
    let schemas = fs::read_dir(support::path("../spec/schemas")).expect("schemas");
    let schemas = schemas.map(|file| file.expect("a file").path());
    for path in code.into_iter().chain(schemas).chain([support::path("../spec/baseline.yaml")]) {
        let text = fs::read_to_string(&path).expect("a file");
        assert!(text.contains(" by `cargo xtask ") && text.contains("Do not edit"), "{}", path.display());
    }
}

#[test]
fn obsolete_schemas_are_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = PathBuf::from("spec/schemas/old.json");
    let new = [GeneratedFile { path: path.clone(), text: Some("{}\n".into()) }];
    assert_eq!(write(folder.path(), &new).expect("written").len(), 1);
    assert_eq!(write(folder.path(), &new).expect("written"), [] as [PathBuf; 0]);
    let removed = [GeneratedFile { path: path.clone(), text: None }];
    assert!(diff(folder.path(), &removed).expect("readable").contains("-{}"));
    assert_eq!(write(folder.path(), &removed).expect("written"), [path]);
    assert_eq!(write(folder.path(), &removed).expect("written"), [] as [PathBuf; 0]);
}
