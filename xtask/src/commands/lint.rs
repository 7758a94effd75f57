//! `cargo xtask spec lint`

use std::path::PathBuf;

use xtask::document::Document;
use xtask::lint::lint;
use xtask::severity::Severity;

use super::{Outcome, path, print};

/// Check the spec, and print each finding with its line number and a suggestion.
///
/// Exit status: 0 success, 1 a finding at least as severe as --fail-on, or an unreadable document, 2 wrong usage.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Document to check. Defaults to spec/midapi.yaml
    file: Option<PathBuf>,
    /// Fail on findings of this severity or worse: note, warning or error
    #[arg(long, value_name = "SEVERITY", default_value = "warning", value_parser = parse_severity)]
    fail_on: Severity,
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    let all = [Severity::Note, Severity::Warning, Severity::Error];
    all.into_iter().find(|severity| severity.as_str() == text).ok_or_else(|| "use note, warning or error".to_owned())
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let document = Document::read(&path(options.file.as_deref(), "spec/midapi.yaml"))?;
    let findings = lint(&document);
    for finding in &findings {
        print(&format!("{finding}\n"));
    }
    let failed = findings.iter().any(|finding| finding.severity >= options.fail_on);
    Ok(if failed { Outcome::Failed } else { Outcome::Done })
}
