//! `cargo xtask regenerate`: generates all files that depend on the spec, step by step.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value};

use crate::document::Document;
use crate::files::{GeneratedFile, read};
use crate::severity::Severity;
use crate::{changelog, codegen, lint};

/// A step of `cargo xtask regenerate`. A later step may read files that an earlier step wrote.
pub struct Step {
    /// The name in messages.
    pub name: &'static str,
    /// The function that generates the files of the step. Its argument is the root folder of the project.
    pub run: fn(&Path) -> Result<Vec<GeneratedFile>, String>,
    /// Whether the step builds crates of the project, which requires an up-to-date client.
    pub builds: bool,
}

/// All steps, in order.
pub const STEPS: &[Step] = &[
    Step { name: "lint", run: lint, builds: false },
    Step { name: "codegen", run: codegen, builds: false },
    Step { name: "changelog", run: changelog, builds: false },
    Step { name: "schemas", run: schemas, builds: true },
    Step { name: "Lua definitions", run: lua_definitions, builds: true },
];

const SPEC: &str = "spec/midapi.yaml";
const BASELINE: &str = "spec/baseline.yaml";
const CHANGELOG: &str = "CHANGELOG.md";
/// The folder of the generated JSON schemas. It contains no other files.
const SCHEMAS: &str = "spec/schemas";

/// Fails if the spec has errors or warnings. Generates no files.
fn lint(root: &Path) -> Result<Vec<GeneratedFile>, String> {
    let findings = lint::lint(&read_spec(root)?);
    let severe = findings.iter().filter(|finding| finding.severity > Severity::Note);
    let severe: Vec<_> = severe.map(ToString::to_string).collect();
    if severe.is_empty() { Ok(Vec::new()) } else { Err(severe.join("\n")) }
}

fn codegen(root: &Path) -> Result<Vec<GeneratedFile>, String> {
    let files = codegen::generate_from(&read_spec(root)?).map_err(|error| error.to_string())?;
    let folder = Path::new("crates/midapi-client/src");
    Ok(files.into_iter().map(|file| GeneratedFile { path: folder.join(file.path), ..file }).collect())
}

/// Builds an example of a crate and runs it in a new process, because xtask does not depend on the crate. Returns the
/// output of the example.
fn run_example(root: &Path, package: &str, features: &str, example: &str) -> Result<Vec<u8>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut run = Command::new(cargo);
    run.args(["run", "--quiet", "-p", package, "--features", features, "--example", example]).current_dir(root);
    let output = run.output().map_err(|error| format!("cannot run cargo: {error}"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(format!("example {example} of {package} failed:\n{}", stderr.trim_end()));
    }
    Ok(output.stdout)
}

fn schemas(root: &Path) -> Result<Vec<GeneratedFile>, String> {
    let output = run_example(root, "midapi", "schemars", "schemas")?;
    let schemas: Map<String, Value> =
        serde_json::from_slice(&output).map_err(|error| format!("the schemas are not a JSON object: {error}"))?;
    let entries = fs::read_dir(root.join(SCHEMAS)).into_iter().flatten();
    let existing = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let obsolete: BTreeSet<_> = existing.filter(|file| !schemas.contains_key(file)).collect();
    let removed = obsolete.into_iter().map(|file| GeneratedFile { path: Path::new(SCHEMAS).join(file), text: None });
    let written = schemas.into_iter().map(|(file, schema)| {
        // Serializing a `Value` cannot fail.
        let text = serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n";
        GeneratedFile { path: Path::new(SCHEMAS).join(file), text: Some(text) }
    });
    Ok(written.chain(removed).collect())
}

fn lua_definitions(root: &Path) -> Result<Vec<GeneratedFile>, String> {
    let output = run_example(root, "midapi-lua", "meta,lua54,vendored", "meta")?;
    let text = String::from_utf8(output).map_err(|error| format!("the definitions are not UTF-8: {error}"))?;
    Ok(vec![GeneratedFile { path: "crates/midapi-lua/library/midapi.lua".into(), text: Some(text) }])
}

fn changelog(root: &Path) -> Result<Vec<GeneratedFile>, String> {
    let baseline = Document::read(&root.join(BASELINE))?;
    let text = read(root, Path::new(CHANGELOG))?.unwrap_or_default();
    let text = changelog::with_entry(&text, &version(root)?, &baseline, &read_spec(root)?)?;
    Ok(vec![GeneratedFile { path: CHANGELOG.into(), text: Some(text) }])
}

/// Returns the files of a release: the spec becomes the baseline, and the entry in the changelog becomes final.
///
/// # Errors
/// If the spec or the changelog cannot be read.
pub fn release(root: &Path) -> Result<Vec<GeneratedFile>, String> {
    let spec = read(root, Path::new(SPEC))?.ok_or("spec/midapi.yaml does not exist")?;
    let header = "# Generated by `cargo xtask regenerate --release` from spec/midapi.yaml. Do not edit.\n\
                  # The spec of the last release, with which the changelog compares the current one.\n";
    let changelog = read(root, Path::new(CHANGELOG))?.unwrap_or_default();
    let file = |path: &str, text| GeneratedFile { path: PathBuf::from(path), text: Some(text) };
    Ok(vec![file(BASELINE, format!("{header}{spec}")), file(CHANGELOG, changelog::released(&changelog)?)])
}

fn read_spec(root: &Path) -> Result<Document, String> {
    Document::read(&root.join(SPEC))
}

/// The version of the packages of the workspace.
fn version(root: &Path) -> Result<String, String> {
    let manifest = read(root, Path::new("Cargo.toml"))?.unwrap_or_default();
    let package = manifest.split("[workspace.package]").nth(1).unwrap_or_default();
    let version = package.lines().find_map(|line| line.strip_prefix("version = \"")?.split('"').next());
    version.map(str::to_owned).ok_or_else(|| "Cargo.toml has no version in [workspace.package]".to_owned())
}
