//! `cargo xtask spec`

use clap::Subcommand;

use super::{Outcome, conform, diff, import, lint};

/// Look at the spec, hold it against something, or take in another.
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
    Import(import::Options),
}

pub(crate) fn run(options: Options) -> Result<Outcome, String> {
    match options.command {
        Command::Lint(options) => lint::run(&options),
        Command::Conform(options) => conform::run(&options),
        Command::Diff(options) => diff::run(&options),
        Command::Import(options) => import::run(&options),
    }
}
