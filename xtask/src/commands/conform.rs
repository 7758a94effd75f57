//! `cargo xtask spec conform`

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;
use xtask::conform::{Finding, conform};
use xtask::document::Document;
use xtask::level::Effect;

use super::diff::effect;
use super::{Outcome, path, print};

/// Hold real answers against the spec, and the spec against them.
///
/// An answer is the body of one: a JSON file, as `midapi get --record DIR` writes them. It is taken for HTTP 2XX.
///
/// Exit status: 0 nothing of the level of --fail-on, 1 something or unreadable, 2 wrong usage.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Files, folders of *.json, or - for an answer on standard input.
    #[arg(required = true, value_name = "FILE|DIR|-")]
    answers: Vec<PathBuf>,
    /// The spec to hold them against instead of spec/midapi.yaml.
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// The operation that they answer: `get_record_info` unless given, or the only one.
    #[arg(long, value_name = "ID")]
    operation: Option<String>,
    /// The least effect that fails: safe, risky or breaking. What no answer shows is safe.
    #[arg(long, value_name = "LEVEL", default_value = "risky", value_parser = effect)]
    fail_on: Effect,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let spec = Document::read(&path(options.spec.as_deref(), "spec/midapi.yaml"))?;
    let mut answers = Vec::new();
    for source in &options.answers {
        read(source, &mut answers)?;
    }
    let findings = conform(&spec, options.operation.as_deref(), &answers)?;
    match options.format {
        Format::Text => {
            for finding in &findings {
                print(&format!("{finding}\n"));
            }
            let differing = findings.iter().filter(|finding| finding.answers > 0).count();
            eprintln!(
                "{} answers held against {}: {differing} differences, {} things that none of them shows",
                answers.len(),
                spec.name,
                findings.len() - differing
            );
        }
        Format::Json => print(&format!("{}\n", json!(findings.iter().map(line).collect::<Vec<_>>()))),
    }
    let failed = findings.iter().any(|finding| finding.effect >= options.fail_on);
    Ok(if failed { Outcome::Failed } else { Outcome::Done })
}

fn line(finding: &Finding) -> serde_json::Value {
    json!({
        "check": finding.check, "effect": finding.effect.as_str(), "part": finding.part, "message": finding.message,
        "answers": finding.answers, "file": finding.place.file, "line": finding.place.line,
        "spec_file": finding.spec.file, "spec_line": finding.spec.line,
    })
}

fn read(source: &Path, answers: &mut Vec<Document>) -> Result<(), String> {
    if source == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map_err(|error| format!("cannot read standard input: {error}"))?;
        answers.push(Document::parse_json("standard input", &text)?);
        return Ok(());
    }
    if !source.is_dir() {
        answers.push(Document::read_json(source)?);
        return Ok(());
    }
    let unreadable = |error: io::Error| format!("cannot read {}: {error}", source.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(source).map_err(unreadable)? {
        files.push(entry.map_err(unreadable)?.path());
    }
    files.retain(|file| file.extension().is_some_and(|end| end == "json") && file.is_file());
    files.sort();
    if files.is_empty() {
        return Err(format!("there is no *.json in {}", source.display()));
    }
    for file in files {
        answers.push(Document::read_json(&file)?);
    }
    Ok(())
}
