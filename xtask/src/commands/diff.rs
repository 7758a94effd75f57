//! `cargo xtask spec diff`

use std::path::PathBuf;

use clap::ValueEnum;
use xtask::diagnostic::Diagnostic;
use xtask::diff::deviations::Deviations;
use xtask::diff::{are_revisions, compare, compare_structures};
use xtask::document::Document;
use xtask::severity::Effect;

use super::{Outcome, parse_effect, path, print, root};

/// Compare two documents and show the effect of each change on programs.
///
/// Reads OpenAPI 3.0, OpenAPI 3.1 and exports of Apidog. Two revisions of one spec are compared by the names of their
/// schemas, and the report includes the changes of the generated Rust names. A document of the vendor is compared by
/// structure, and only in the operations that both documents have.
///
/// Exit status: 0 success, 1 a change at least as severe as --fail-on, a stale entry of --ignore, or an unreadable
/// document, 2 wrong usage.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The old document or the vendor's document: a file, or git:REV for spec/midapi.yaml at a Git revision
    old: String,
    /// The new document: a file, or git:REV for spec/midapi.yaml at a Git revision. Defaults to the file
    /// spec/midapi.yaml
    new: Option<String>,
    /// File of known deviations to leave out, such as spec/known-deviations.yaml. An entry that matches no change is an
    /// error
    #[arg(long, value_name = "FILE")]
    ignore: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Fail on changes of this effect or worse: safe, risky or breaking. By default, changes are not a failure
    #[arg(long, value_name = "EFFECT", value_parser = parse_effect)]
    fail_on: Option<Effect>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let old = Document::read_or_show(&options.old, &root())?;
    let new = match &options.new {
        Some(new) => Document::read_or_show(new, &root())?,
        None => Document::read(&path(None, "spec/midapi.yaml"))?,
    };
    let mut report = if are_revisions(&old, &new) {
        compare(&old, &new)
    } else {
        compare_structures(&old, &new).map_err(|errors| lines("the documents cannot be compared", &errors))?
    };
    let mut stale = Vec::new();
    if let Some(file) = &options.ignore {
        let invalid = |errors: Vec<Diagnostic>| lines("invalid known deviations", &errors);
        let filtered = Deviations::parse(&Document::read(file)?).map_err(invalid)?.filter(report);
        eprintln!("{} known deviations ignored", filtered.ignored);
        (report, stale) = (filtered.report, filtered.stale);
    }
    match options.format {
        Format::Text => print(&report.text()),
        Format::Markdown => print(&report.markdown()),
        Format::Json => print(&format!("{}\n", report.json())),
    }
    if !stale.is_empty() {
        return Err(lines("stale known deviations", &stale));
    }
    let failed = options.fail_on.is_some_and(|least| report.effect().is_some_and(|effect| effect >= least));
    Ok(if failed { Outcome::Failed } else { Outcome::Done })
}

fn lines(title: &str, diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<_> = diagnostics.iter().map(|diagnostic| format!("\n  {diagnostic}")).collect();
    format!("{title}:{}", lines.concat())
}
