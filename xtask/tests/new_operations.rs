//! New operations need no hand-written code: midapi-client and the SDK compile with them.
//!
//! The slow tests build crates: `cargo test -p xtask --test new_operations -- --ignored`. `.ci/run` runs them.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use xtask::codegen;
use xtask::diff::compare;
use xtask::document::Document;
use xtask::files;
use xtask::lint::lint;
use xtask::severity::Effect;

/// A spec with the operations of `tests/operations/spec.yaml`.
fn extended(spec: &Document) -> Document {
    let mut value = spec.value.clone();
    let more = Document::read(&support::path("tests/operations/spec.yaml")).expect("the operations").value;
    for pointer in ["/paths", "/components/schemas"] {
        let entries = value.pointer_mut(pointer).and_then(Value::as_object_mut).expect("an object");
        entries.extend(more.pointer(pointer).and_then(Value::as_object).expect("an object").clone());
    }
    Document::parse("extended.yaml", &serde_yaml::to_string(&value).expect("YAML")).expect("a document")
}

#[test]
fn new_operations_are_compatible() {
    let spec = support::frozen("midapi.yaml");
    let extended = extended(&spec);
    assert!(lint(&extended).is_empty(), "{:#?}", lint(&extended));
    let report = compare(&spec, &extended);
    assert_eq!(report.effect(), Some(Effect::Safe), "{}", report.text());
    let names: Vec<_> = report.rust.expect("names").into_iter().map(|name| name.name).collect();
    for name in ["Client::generate", "Client::generate_upscale", "Client::get_credit", "operations::GENERATE"] {
        assert!(names.iter().any(|known| known == name), "no {name} in {names:?}");
    }
}

fn root() -> PathBuf {
    support::path("..").canonicalize().expect("the project")
}

/// A workspace in the target folder with copies of crates, in which the client is generated from a spec.
struct Workspace {
    root: PathBuf,
    folder: PathBuf,
}

impl Workspace {
    fn create(name: &str, crates: &[&str], members: &str, spec: &Document) -> Self {
        let root = root();
        let folder = root.join("target").join(name);
        for name in crates {
            let to = folder.join("crates").join(name);
            copy(&root.join("crates").join(name), &to);
            remove_targets(&to.join("Cargo.toml"));
        }
        let generated = codegen::generate_from(spec).unwrap_or_else(|error| panic!("{error}"));
        files::write(&folder.join("crates/midapi-client/src"), &generated).expect("written");
        let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("the manifest");
        let lines = manifest.lines().filter(|line| !line.starts_with("default-members"));
        let lines = lines.map(|line| if line.starts_with("members = ") { members } else { line });
        write(&folder.join("Cargo.toml"), (lines.collect::<Vec<_>>().join("\n") + "\n").as_bytes());
        write(&folder.join("Cargo.lock"), &fs::read(root.join("Cargo.lock")).expect("the lock file"));
        Self { root, folder }
    }

    /// Runs cargo. The target folder is that of the project, so that dependencies are built once.
    fn cargo(&self, arguments: &[&str]) -> String {
        let mut run = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        run.args(arguments).current_dir(&self.folder).env("CARGO_TARGET_DIR", self.root.join("target"));
        let output = run.output().expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// Copies a folder without tests, examples and benchmarks.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        match (path.is_dir(), entry.file_name().to_str()) {
            (true, Some("tests" | "examples" | "benches" | "target")) => {}
            (true, _) => copy(&path, &to),
            (false, _) => write(&to, &fs::read(&path).expect("a file")),
        }
    }
}

/// Writes a file. An unchanged file keeps its time, so that cargo does not build it again.
fn write(path: &Path, bytes: &[u8]) {
    if fs::read(path).ok().as_deref() != Some(bytes) {
        fs::write(path, bytes).expect("a file");
    }
}

/// Removes the benchmarks and examples from a manifest, which were not copied.
fn remove_targets(manifest: &Path) {
    let text = fs::read_to_string(manifest).expect("a manifest");
    let kept = text.split("\n[[").next().unwrap_or_default();
    let dependencies = kept.split("\n[dev-dependencies]").next().unwrap_or_default();
    write(manifest, format!("{}\n", dependencies.trim_end()).as_bytes());
}

/// A spec without any operation or schema of the API.
fn foreign_spec() -> Document {
    let either = json!({ "oneOf": [{ "title": "Number", "type": "integer" }, { "title": "Text", "type": "string" }] });
    let list = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Either" } });
    support::read(&support::changed(&json!({
        "/components/schemas": { "Either": either },
        "/components/schemas/Thing/properties": { "parts": list },
    })))
}

#[test]
fn foreign_spec_is_valid() {
    let spec = foreign_spec();
    assert!(codegen::generate_from(&spec).is_ok());
    assert!(!spec.value.to_string().contains("record"), "no part of the lookup");
}

#[test]
// Ignored because it builds a generated crate, which takes longer than the quick test command may; `.ci/run` runs it.
#[ignore = "builds midapi-client again; .ci/run runs it"]
fn hand_written_client_knows_no_operation() {
    let members = r#"members = ["crates/*"]"#;
    let workspace = Workspace::create("foreign-client", &["midapi-client"], members, &foreign_spec());
    workspace.cargo(&["check", "--quiet", "--offline", "-p", "midapi-client"]);
}

#[test]
// Ignored because it builds the SDK with a generated crate, which takes over a minute; `.ci/run` runs it.
#[ignore = "builds the SDK again; .ci/run runs it"]
fn sdk_calls_new_operations() {
    let crates = ["midapi-client", "midapi", "midapi-mock"];
    let members = r#"members = ["crates/*", "probe"]"#;
    let workspace = Workspace::create("new-operations", &crates, members, &extended(&support::live_spec()));
    let probe = workspace.folder.join("probe");
    fs::create_dir_all(&probe).expect("a folder");
    let manifest = "[package]\nname = \"probe\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[[bin]]\nname = \"probe\"\n\
                    path = \"main.rs\"\n\n[dependencies]\n\
                    midapi = { path = \"../crates/midapi\", default-features = false }\n\
                    midapi-mock.workspace = true\nserde_json.workspace = true\n\
                    tokio = { workspace = true, features = [\"macros\", \"rt\"] }\n";
    write(&probe.join("Cargo.toml"), manifest.as_bytes());
    write(&probe.join("main.rs"), &fs::read(support::path("tests/operations/probe.rs")).expect("the probe"));
    let output = workspace.cargo(&["run", "--quiet", "--offline", "-p", "probe"]);
    assert_eq!(output, "all new operations were called\n");
}
