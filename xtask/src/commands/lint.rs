//! `cargo xtask spec lint`

use std::path::PathBuf;

use xtask::document::Document;
use xtask::level::Level;
use xtask::lint;

use super::{Outcome, path, print};

/// Say what is wrong with the spec, where, and how to mend it.
///
/// Exit status: 0 nothing of the level, 1 something or unreadable, 2 wrong usage.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The document to read instead of spec/midapi.yaml.
    file: Option<PathBuf>,
    /// The least level that fails.
    #[arg(long, value_name = "LEVEL", default_value = "warning", value_parser = level)]
    fail_on: Level,
}

fn level(text: &str) -> Result<Level, String> {
    let levels = [Level::Note, Level::Warning, Level::Error];
    levels.into_iter().find(|level| level.as_str() == text).ok_or_else(|| "note, warning or error".to_owned())
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let document = Document::read(&path(options.file.as_deref(), "spec/midapi.yaml"))?;
    let findings = lint::lint(&document);
    for finding in &findings {
        print(&format!("{finding}\n"));
    }
    let failed = findings.iter().any(|finding| finding.level >= options.fail_on);
    Ok(if failed { Outcome::Failed } else { Outcome::Done })
}
