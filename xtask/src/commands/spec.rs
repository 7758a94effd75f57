//! `cargo xtask spec`

use clap::Subcommand;

use super::{Outcome, conform, diff, lint};

/// Check the spec, or compare it with recorded responses or another document.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Lint(lint::Options),
    Conform(conform::Options),
    Diff(diff::Options),
}

pub(crate) fn run(options: Options) -> Result<Outcome, String> {
    match options.command {
        Command::Lint(options) => lint::run(&options),
        Command::Conform(options) => conform::run(&options),
        Command::Diff(options) => diff::run(&options),
    }
}
