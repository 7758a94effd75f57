//! `cargo xtask spec diff`

use std::path::PathBuf;

use clap::ValueEnum;
use xtask::diff;
use xtask::document::Document;
use xtask::level::Effect;

use super::{Outcome, path, print, root};

/// Say what changed between two specs, and what that does to those who use the API.
///
/// Exit status: 0 nothing of the level of --fail-on, 1 something or unreadable, 2 wrong usage.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// A file, or git:REV for spec/midapi.yaml as it was there.
    old: String,
    /// A file, or git:REV; spec/midapi.yaml unless given.
    new: Option<String>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The least effect that fails: safe, risky or breaking. Nothing fails unless given.
    #[arg(long, value_name = "LEVEL", value_parser = effect)]
    fail_on: Option<Effect>,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Markdown,
    Json,
}

pub(crate) fn effect(text: &str) -> Result<Effect, String> {
    let effects = [Effect::Safe, Effect::Risky, Effect::Breaking];
    effects.into_iter().find(|effect| effect.as_str() == text).ok_or_else(|| "safe, risky or breaking".to_owned())
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let old = Document::read_or_show(&options.old, &root())?;
    let new = match &options.new {
        Some(new) => Document::read_or_show(new, &root())?,
        None => Document::read(&path(None::<PathBuf>.as_deref(), "spec/midapi.yaml"))?,
    };
    let report = diff::compare(&old, &new);
    match options.format {
        Format::Text => print(&report.text()),
        Format::Markdown => print(&report.markdown()),
        Format::Json => print(&format!("{}\n", report.json())),
    }
    let failed = options.fail_on.is_some_and(|least| report.effect().is_some_and(|effect| effect >= least));
    Ok(if failed { Outcome::Failed } else { Outcome::Done })
}
