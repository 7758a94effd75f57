//! `cargo xtask spec conform`

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;
use xtask::conform::{Finding, conform};
use xtask::document::Document;
use xtask::severity::Effect;

use super::{Outcome, parse_effect, path, print};

/// Compare recorded responses with the spec, and list the parts of the spec that no response contains.
///
/// Each file contains the JSON body of one response, as written by `midapi get ID --record DIR`. All responses are
/// treated as HTTP 2XX.
///
/// Exit status: 0 success, 1 a difference at least as severe as --fail-on, or an unreadable file, 2 wrong usage.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Files, folders of *.json, or - for standard input
    #[arg(required = true, value_name = "FILE|DIR|-")]
    responses: Vec<PathBuf>,
    /// Spec to compare with. Defaults to spec/midapi.yaml
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// Id of the operation that returned the responses. Defaults to the only operation of the spec, or to
    /// `get_record_info` if the spec has several
    #[arg(long, value_name = "ID")]
    operation: Option<String>,
    /// Fail on differences of this effect or worse: safe, risky or breaking
    #[arg(long, value_name = "EFFECT", default_value = "risky", value_parser = parse_effect)]
    fail_on: Effect,
    /// Output format
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
    let (mut responses, mut errors) = (Vec::new(), Vec::new());
    for source in &options.responses {
        read(source, &mut responses, &mut errors);
    }
    let findings = conform(&spec, options.operation.as_deref(), &responses)?;
    match options.format {
        Format::Text => {
            for finding in &findings {
                print(&format!("{finding}\n"));
            }
            let differences = findings.iter().filter(|finding| finding.responses > 0).count();
            eprintln!(
                "{} responses compared with {}: {differences} differences, {} parts not observed",
                responses.len(),
                spec.name,
                findings.len() - differences
            );
        }
        Format::Json => print(&format!("{}\n", json!(findings.iter().map(to_json).collect::<Vec<_>>()))),
    }
    if !errors.is_empty() {
        return Err(errors.join("\nerror: "));
    }
    let failed = findings.iter().any(|finding| finding.effect >= options.fail_on);
    Ok(if failed { Outcome::Failed } else { Outcome::Done })
}

fn to_json(finding: &Finding) -> serde_json::Value {
    json!({
        "check": finding.check, "effect": finding.effect.as_str(), "part": finding.part, "message": finding.message,
        "responses": finding.responses, "file": finding.place.file, "line": finding.place.line,
        "spec_file": finding.spec.file, "spec_line": finding.spec.line,
    })
}

/// Reads the responses of a file, a folder or standard input. After an invalid file, the other files are still read.
fn read(source: &Path, responses: &mut Vec<Document>, errors: &mut Vec<String>) {
    let documents = if source == Path::new("-") {
        vec![read_stdin()]
    } else if source.is_dir() {
        match json_files(source) {
            Ok(files) if files.is_empty() => vec![Err(format!("no *.json in {}", source.display()))],
            Ok(files) => files.iter().map(|file| Document::read_json(file)).collect(),
            Err(error) => vec![Err(format!("cannot read {}: {error}", source.display()))],
        }
    } else {
        vec![Document::read_json(source)]
    };
    for document in documents {
        match document {
            Ok(document) => responses.push(document),
            Err(error) => errors.push(error),
        }
    }
}

fn read_stdin() -> Result<Document, String> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).map_err(|error| format!("cannot read standard input: {error}"))?;
    Document::parse_json("standard input", &text)
}

fn json_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|end| end == "json") && file.is_file());
    files.sort();
    Ok(files)
}
