//! `cargo xtask spec import`

use std::fs;
use std::path::PathBuf;

use xtask::diff;
use xtask::document::Document;
use xtask::import::{Remark, correct, lower};

use super::{Outcome, path, print};

/// Take in a vendor's document: lower it to OpenAPI 3.0, correct it, and write a proposal with the diff to the spec.
///
/// The spec stays as it is. A correction that no longer applies is reported, and fails.
///
/// Exit status: 0 written, 1 something could not be lowered, corrected or written, 2 wrong usage.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The vendor's document: OpenAPI 3.0 or 3.1, JSON or YAML.
    file: PathBuf,
    /// The corrections to apply instead of spec/overlay.yaml.
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,
    /// The spec to compare with instead of spec/midapi.yaml.
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// Where to write the proposal instead of spec/proposal.yaml.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let vendor = Document::read(&options.file)?;
    let overlay = Document::read(&path(options.overlay.as_deref(), "spec/overlay.yaml"))?;
    let spec = Document::read(&path(options.spec.as_deref(), "spec/midapi.yaml"))?;
    let out = path(options.out.as_deref(), "spec/proposal.yaml");
    let lowered = lower(&vendor)
        .map_err(|refusals| format!("{} cannot be lowered to OpenAPI 3.0:\n{}", vendor.name, lines(&refusals)))?;
    if !lowered.notes.is_empty() {
        eprintln!("left out of {}:\n{}", vendor.name, lines(&lowered.notes));
    }
    let corrected = correct(lowered.value, &overlay).map_err(|remark| remark.to_string())?;
    let yaml =
        serde_yaml::to_string(&corrected.value).map_err(|error| format!("no proposal can be written: {error}"))?;
    let head = format!(
        "# Made by `cargo xtask spec import` from {} and {}. A proposal: take over what is right, by hand.\n",
        vendor.name, overlay.name
    );
    let text = format!("{head}{yaml}");
    let unwritable = |error| format!("cannot write {}: {error}", out.display());
    fs::write(&out, &text).map_err(unwritable)?;
    eprintln!("wrote {}", out.display());
    let proposal = Document::parse(out.display().to_string(), &text)?;
    let report = diff::compare(&spec, &proposal);
    print(&report.text());
    if report.effect().is_none() {
        eprintln!("it says what {} says", spec.name);
    }
    if corrected.problems.is_empty() {
        return Ok(Outcome::Done);
    }
    Err(format!("corrections that do not apply any more:\n{}", lines(&corrected.problems)))
}

fn lines(remarks: &[Remark]) -> String {
    remarks.iter().map(|remark| format!("  {remark}")).collect::<Vec<_>>().join("\n")
}
