//! `cargo xtask codegen`

use std::path::PathBuf;

use xtask::codegen::generate;

use super::{Outcome, path, write_or_check};

/// Generate crates/midapi-client from spec/midapi.yaml.
///
/// Exit status: 0 success, 1 failure, 2 wrong usage, 4 (--check) a generated file is stale.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write no files; print the differences between the existing and the generated files
    #[arg(long)]
    check: bool,
    /// Spec to read. Defaults to spec/midapi.yaml
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// Folder to write to. Defaults to crates/midapi-client/src
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let spec = path(options.spec.as_deref(), "spec/midapi.yaml");
    let out = path(options.out.as_deref(), "crates/midapi-client/src");
    let files = generate(&spec).map_err(|error| error.to_string())?;
    let name = format!("{} (generated from {})", out.display(), spec.display());
    let outcome = write_or_check(&out, &files, options.check, &name)?;
    if outcome == Outcome::Stale {
        eprintln!("  help: run cargo xtask codegen");
    }
    Ok(outcome)
}
