//! `cargo xtask regenerate`: everything that is made from the spec, step by step.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use serde_json::{Map, Value};
use similar::TextDiff;

use crate::document::Document;
use crate::level::Level;
use crate::{changelog, codegen, lint};

/// A file to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its path within the project.
    pub path: PathBuf,
    /// All of its text; none if it should not be there.
    pub text: Option<String>,
}

/// A step: its name, and what it makes of a project. Those after it may rest on what it wrote.
pub struct Step {
    /// What it is called.
    pub name: &'static str,
    /// Makes the files of the project in a folder.
    pub make: fn(&Path) -> Result<Vec<Made>, String>,
}

/// All steps, in order.
pub const STEPS: &[Step] = &[
    Step { name: "lint", make: lint },
    Step { name: "codegen", make: codegen },
    Step { name: "schemas", make: schemas },
    Step { name: "lua-meta", make: lua_definitions },
    Step { name: "changelog", make: changelog },
];

/// The folder of the schemas; no other file is in it.
const SCHEMAS: &str = "spec/schemas";

/// Makes nothing: a spec that has something to mend is not generated from.
fn lint(root: &Path) -> Result<Vec<Made>, String> {
    let findings = lint::lint(&spec(root)?);
    let grave: Vec<_> =
        findings.iter().filter(|finding| finding.level > Level::Note).map(ToString::to_string).collect();
    if grave.is_empty() { Ok(Vec::new()) } else { Err(grave.join("\n")) }
}

fn codegen(root: &Path) -> Result<Vec<Made>, String> {
    let files = codegen::generate_from(&spec(root)?).map_err(|error| error.to_string())?;
    let folder = Path::new("crates/midapi-client/src");
    Ok(files.into_iter().map(|file| Made { path: folder.join(file.name), text: Some(file.text) }).collect())
}

/// What an example of a crate prints; cargo has it built first. The types are the crate's, which xtask does not depend on.
fn printed(root: &Path, package: &str, features: &str, example: &str) -> Result<Vec<u8>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut run = Command::new(cargo);
    run.args(["run", "--quiet", "-p", package, "--features", features, "--example", example]).current_dir(root);
    let output = run.output().map_err(|error| format!("cargo cannot be run: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("example {example} of {package} failed:\n{}", said.trim_end()));
    }
    Ok(output.stdout)
}

fn schemas(root: &Path) -> Result<Vec<Made>, String> {
    let printed = printed(root, "midapi", "schemars", "schemas")?;
    let schemas: Map<String, Value> =
        serde_json::from_slice(&printed).map_err(|error| format!("the schemas are no JSON object: {error}"))?;
    let folder = root.join(SCHEMAS);
    let there =
        fs::read_dir(&folder).into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let left: BTreeSet<_> = there.filter(|file| !schemas.contains_key(file)).collect();
    let gone = left.into_iter().map(|file| Made { path: Path::new(SCHEMAS).join(file), text: None });
    let made = schemas.into_iter().map(|(file, schema)| {
        // A value can always be written.
        let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
        Made { path: Path::new(SCHEMAS).join(file), text: Some(text + "\n") }
    });
    Ok(made.chain(gone).collect())
}

/// The definitions for Lua editors.
///
/// # Errors
/// In words, if the crate does not build.
pub fn lua_definitions(root: &Path) -> Result<Vec<Made>, String> {
    let printed = printed(root, "midapi-lua", "meta,lua54,vendored", "meta")?;
    let text = String::from_utf8(printed).map_err(|error| format!("the definitions are not UTF-8: {error}"))?;
    Ok(vec![Made { path: "crates/midapi-lua/library/midapi.lua".into(), text: Some(text) }])
}

fn changelog(root: &Path) -> Result<Vec<Made>, String> {
    let baseline = Document::read(&root.join("spec/baseline.yaml"))?;
    let text = read(root, Path::new("CHANGELOG.md"))?.unwrap_or_default();
    let text = changelog::with_entry(&text, &version(root)?, &baseline, &spec(root)?)?;
    Ok(vec![Made { path: "CHANGELOG.md".into(), text: Some(text) }])
}

/// What is written at a release: the spec becomes the baseline, and the changelog's entry is made no more.
///
/// # Errors
/// In words.
pub fn release(root: &Path) -> Result<Vec<Made>, String> {
    let spec = read(root, Path::new("spec/midapi.yaml"))?.ok_or("there is no spec/midapi.yaml")?;
    let head = "# Made by `cargo xtask regenerate --release` from spec/midapi.yaml: the spec as last released, from which the\n\
                # changelog's entry on the API counts. Do not edit.\n";
    let text = read(root, Path::new("CHANGELOG.md"))?.unwrap_or_default();
    Ok(vec![
        Made { path: "spec/baseline.yaml".into(), text: Some(format!("{head}{spec}")) },
        Made { path: "CHANGELOG.md".into(), text: Some(changelog::released(&text)?) },
    ])
}

fn spec(root: &Path) -> Result<Document, String> {
    Document::read(&root.join("spec/midapi.yaml"))
}

/// The version of the workspace's packages.
fn version(root: &Path) -> Result<String, String> {
    let manifest = read(root, Path::new("Cargo.toml"))?.unwrap_or_default();
    let package = manifest.split("[workspace.package]").nth(1).unwrap_or_default();
    let line = package.lines().find_map(|line| line.strip_prefix("version = \"")?.split('"').next());
    line.map(str::to_owned).ok_or_else(|| "Cargo.toml has no version in [workspace.package]".to_owned())
}

/// A file of the project; none if it is not there.
fn read(root: &Path, path: &Path) -> Result<Option<String>, String> {
    match fs::read_to_string(root.join(path)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
    }
}

/// Writes the files that differ, and returns their paths.
///
/// # Errors
/// In words, with the file.
pub fn write(root: &Path, files: &[Made]) -> Result<Vec<PathBuf>, String> {
    let mut written = Vec::new();
    for Made { path, text } in files {
        if read(root, path)? == *text {
            continue;
        }
        let full = root.join(path);
        let done = match text {
            Some(text) => full.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&full, text)),
            None => fs::remove_file(&full),
        };
        done.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        written.push(path.clone());
    }
    Ok(written)
}

/// A unified diff from what is there to what should be; empty when they are in step.
///
/// # Errors
/// In words, with the file.
pub fn diff(root: &Path, files: &[Made]) -> Result<String, String> {
    let mut text = String::new();
    for Made { path, text: made } in files {
        let (there, made) = (read(root, path)?.unwrap_or_default(), made.clone().unwrap_or_default());
        if there != made {
            let (old, new) = (path.display().to_string(), format!("{} (to be)", path.display()));
            text.push_str(&TextDiff::from_lines(&there, &made).unified_diff().header(&old, &new).to_string());
        }
    }
    Ok(text)
}
