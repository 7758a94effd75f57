//! `cargo xtask codegen`

use std::path::PathBuf;

use xtask::codegen;

use super::{Outcome, path, print};

/// Generate crates/midapi-client from spec/midapi.yaml.
///
/// Exit status: 0 done or in step, 1 failed, 2 wrong usage, 4 (`--check`) the generated files are out of step.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write nothing; say whether the generated files are in step with the spec, and how they differ.
    #[arg(long)]
    check: bool,
    /// The spec to read instead of spec/midapi.yaml.
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// The folder to write to instead of crates/midapi-client/src.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let spec = path(options.spec.as_deref(), "spec/midapi.yaml");
    let out = path(options.out.as_deref(), "crates/midapi-client/src");
    let files = codegen::generate(&spec).map_err(|error| error.to_string())?;
    if !options.check {
        for path in codegen::write(&files, &out).map_err(|error| error.to_string())? {
            eprintln!("wrote {}", path.display());
        }
        return Ok(Outcome::Done);
    }
    let diff = codegen::diff(&files, &out).map_err(|error| error.to_string())?;
    if diff.is_empty() {
        return Ok(Outcome::Done);
    }
    print(&diff);
    eprintln!("error: generated files are out of step with {}", spec.display());
    eprintln!("  mend it with: cargo xtask codegen");
    Ok(Outcome::OutOfStep)
}
