//! All that is made from the spec is in step with it, and comes to be by one command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use xtask::regenerate::{Made, STEPS, diff, release, write};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn everything_is_in_step() {
    let run = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["regenerate", "--check"]).output().expect("it runs");
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert_eq!(
        (run.status.code(), &*out),
        (Some(0), ""),
        "run cargo xtask regenerate, and commit what it writes:\n{err}"
    );
}

/// A copy of what the steps read, but for those that need the whole project: schemas and definitions.
fn project() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["spec/midapi.yaml", "spec/baseline.yaml", "CHANGELOG.md", "Cargo.toml"] {
        let to = folder.path().join(file);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(root().join(file), to).expect("a file");
    }
    folder
}

fn made(root: &Path) -> Result<Vec<Made>, String> {
    let steps = STEPS.iter().filter(|step| !["schemas", "lua-meta"].contains(&step.name));
    steps.map(|step| (step.make)(root)).collect::<Result<Vec<_>, _>>().map(|files| files.concat())
}

fn edit(root: &Path, from: &str, to: &str) {
    let spec = root.join("spec/midapi.yaml");
    let text = fs::read_to_string(&spec).expect("the spec");
    assert!(text.contains(from), "the spec has no {from:?} now; change this test");
    fs::write(spec, text.replace(from, to)).expect("a file");
}

#[test]
fn a_changed_spec_changes_code_and_changelog_until_the_release() {
    let folder = project();
    let root = folder.path();
    write(root, &made(root).expect("a sound spec")).expect("written");
    assert_eq!(diff(root, &made(root).expect("a sound spec")).expect("readable"), "");

    edit(
        root,
        "        errorMessage:\n          description: Why",
        "        note:\n          description: A note.\n          type: string\n          nullable: true\n        errorMessage:\n          description: Why",
    );
    let out_of_step = diff(root, &made(root).expect("a sound spec")).expect("readable");
    for words in [
        "+        pub note: ",
        "+### The API",
        "breaks no program: after 0.1.0 comes 0.1.1",
        "components.schemas.TaskRecord.properties.note",
    ] {
        assert!(out_of_step.contains(words), "no {words:?} in\n{out_of_step}");
    }
    let written = write(root, &made(root).expect("a sound spec")).expect("written");
    let names: Vec<_> = written.iter().map(|path| path.display().to_string()).collect();
    assert_eq!(names, ["crates/midapi-client/src/generated.rs", "CHANGELOG.md"]);

    write(root, &release(root).expect("a release")).expect("written");
    assert_eq!(
        diff(root, &made(root).expect("a sound spec")).expect("readable"),
        "",
        "the entry stays, and is made no more"
    );
    assert!(fs::read_to_string(root.join("CHANGELOG.md")).expect("a changelog").contains("### The API"));
}

#[test]
fn a_spec_with_something_to_mend_is_not_generated_from() {
    let folder = project();
    edit(folder.path(), "                    code: 422", "                    code: none");
    let error = made(folder.path()).expect_err("an example is wrong");
    assert!(error.contains("[example-mismatch]") && error.contains("midapi.yaml:"), "{error}");
}

#[test]
fn every_made_file_says_what_made_it() {
    let committed =
        ["generated.rs", "named.rs", "operations.rs"].map(|file| root().join("crates/midapi-client/src").join(file));
    let schemas = fs::read_dir(root().join("spec/schemas")).expect("schemas").map(|file| file.expect("a file").path());
    for path in committed.into_iter().chain(schemas).chain([root().join("spec/baseline.yaml")]) {
        let text = fs::read_to_string(&path).expect("a file");
        assert!(text.contains("ade by `cargo xtask ") && text.contains("Do not edit"), "{}", path.display());
    }
}

#[test]
fn what_is_no_schema_any_more_goes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = PathBuf::from("spec/schemas/old.json");
    let new = Made { path: path.clone(), text: Some("{}\n".into()) };
    let new = [new];
    assert_eq!(write(folder.path(), &new).expect("written").len(), 1);
    assert_eq!(write(folder.path(), &new).expect("written"), [] as [PathBuf; 0]);
    let gone = [Made { path: path.clone(), text: None }];
    assert!(diff(folder.path(), &gone).expect("readable").contains("-{}"));
    assert_eq!(write(folder.path(), &gone).expect("written"), [path]);
    assert_eq!(write(folder.path(), &gone).expect("written"), [] as [PathBuf; 0]);
}
