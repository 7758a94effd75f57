//! `cargo xtask spec`

use clap::Subcommand;

use super::{Outcome, conform, diff, lint};

/// Check the spec, or compare it with recorded responses or another document.
#[derive(Debug, Subcommand)]
pub(crate) enum Options {
    Lint(lint::Options),
    Conform(conform::Options),
    Diff(diff::Options),
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    match options {
        Options::Lint(options) => lint::run(options),
        Options::Conform(options) => conform::run(options),
        Options::Diff(options) => diff::run(options),
    }
}
