//! `cargo xtask spec`

use clap::Subcommand;

use super::{Outcome, diff, lint};

/// Look at the spec, hold it against something, or take in another.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Lint(lint::Options),
    Diff(diff::Options),
}

pub(crate) fn run(options: Options) -> Result<Outcome, String> {
    match options.command {
        Command::Lint(options) => lint::run(&options),
        Command::Diff(options) => diff::run(&options),
    }
}
