//! New operations just work: documented neighbours go into a copy of the spec, and the SDK built on it calls them.
//!
//! It builds the SDK once more, so it is not among the quick tests: `cargo test -p xtask --test new_operations -- --ignored`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use xtask::codegen;
use xtask::diff::compare;
use xtask::document::Document;
use xtask::level::Effect;
use xtask::lint::lint;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the project")
}

/// The committed spec with the neighbours.
fn extended() -> Document {
    let mut spec = Document::read(&root().join("spec/midapi.yaml")).expect("the spec").value;
    let more = Document::read(&root().join("xtask/tests/neighbours/spec.yaml")).expect("the neighbours").value;
    for pointer in ["/paths", "/components/schemas"] {
        let entries = spec.pointer_mut(pointer).and_then(Value::as_object_mut).expect("an object");
        entries.extend(more.pointer(pointer).and_then(Value::as_object).expect("an object").clone());
    }
    Document::parse("extended.yaml", &serde_yaml::to_string(&spec).expect("YAML")).expect("a document")
}

#[test]
fn new_operations_are_sound_and_break_nothing() {
    let extended = extended();
    assert!(lint(&extended).is_empty(), "{:#?}", lint(&extended));
    let committed = Document::read(&root().join("spec/midapi.yaml")).expect("the spec");
    let report = compare(&committed, &extended);
    assert_eq!(report.effect(), Some(Effect::Safe), "{}", report.text());
    let names: Vec<_> = report.rust.expect("names").into_iter().map(|name| name.name).collect();
    for name in ["Client::generate", "Client::generate_upscale", "Client::get_credit", "operations::GENERATE"] {
        assert!(names.iter().any(|known| known == name), "no {name} in {names:?}");
    }
}

/// Copies a folder's files, tests and benches aside.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        match (path.is_dir(), entry.file_name().to_str()) {
            (true, Some("tests" | "examples" | "benches" | "target")) => {}
            (true, _) => copy(&path, &to),
            // What has not changed keeps its date, so that it is not built again.
            (false, _) => write(&to, &fs::read(&path).expect("a file")),
        }
    }
}

fn write(path: &Path, bytes: &[u8]) {
    if fs::read(path).ok().as_deref() != Some(bytes) {
        fs::write(path, bytes).expect("a file");
    }
}

/// The manifest of a crate without its benches and examples, which were not copied.
fn without_targets(manifest: &Path) {
    let text = fs::read_to_string(manifest).expect("a manifest");
    let kept = text.split("\n[[").next().unwrap_or_default();
    write(manifest, format!("{}\n", kept.trim_end()).as_bytes());
}

#[test]
// Ignored because it compiles the SDK and its dependencies anew, which takes longer than all other tests; `.ci/run` runs it.
#[ignore = "builds the SDK once more; .ci/run does"]
fn the_sdk_calls_new_operations_on_the_local_server() {
    let root = root();
    let folder = root.join("target/new-operations");
    for name in ["midapi-client", "midapi", "midapi-mock"] {
        copy(&root.join("crates").join(name), &folder.join("crates").join(name));
        without_targets(&folder.join("crates").join(name).join("Cargo.toml"));
    }
    let files = codegen::generate_from(&extended()).unwrap_or_else(|error| panic!("{error}"));
    for file in files {
        write(&folder.join("crates/midapi-client/src").join(file.name), file.text.as_bytes());
    }

    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("the manifest");
    let manifest = manifest
        .replace(r#"members = ["crates/*", "examples", "xtask"]"#, r#"members = ["crates/*", "probe"]"#)
        .replace("default-members = [\"crates/midapi-cli\"]\n", "");
    assert!(manifest.contains(r#""probe""#), "the workspace's members are written in another way; change this test");
    write(&folder.join("Cargo.toml"), manifest.as_bytes());
    write(&folder.join("Cargo.lock"), &fs::read(root.join("Cargo.lock")).expect("the lock file"));
    fs::create_dir_all(folder.join("probe")).expect("a folder");
    let probe = "[package]\nname = \"probe\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[[bin]]\nname = \"probe\"\npath = \"main.rs\"\n\n\
                 [dependencies]\nmidapi = { path = \"../crates/midapi\", default-features = false }\n\
                 midapi-mock.workspace = true\nserde_json.workspace = true\n\
                 tokio = { workspace = true, features = [\"macros\", \"rt\"] }\n";
    write(&folder.join("probe/Cargo.toml"), probe.as_bytes());
    write(&folder.join("probe/main.rs"), &fs::read(root.join("xtask/tests/neighbours/probe.rs")).expect("the probe"));

    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut run = Command::new(cargo);
    run.args(["run", "--quiet", "--offline", "-p", "probe"]).current_dir(&folder);
    // Dependencies that the project has built are not built again.
    let output = run.env("CARGO_TARGET_DIR", root.join("target")).output().expect("cargo runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{err}");
    assert_eq!(out, "each new operation was called\n");
}
