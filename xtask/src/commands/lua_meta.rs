//! `cargo xtask lua-meta`

use std::process::{Command, Stdio};

use super::{Outcome, print, root};

/// Write the definitions for Lua editors, crates/midapi-lua/library/midapi.lua, from the types of the SDK and the functions of the
/// bridge.
///
/// Exit status: 0 done or in step, 1 failed, 2 wrong usage, 4 (`--check`) the definitions are out of step.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write nothing; say whether the definitions are in step, and how they differ.
    #[arg(long)]
    check: bool,
}

/// Where the definitions are kept.
const KEPT: &str = "crates/midapi-lua/library/midapi.lua";

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let made = made()?;
    let path = root().join(KEPT);
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    if kept == made {
        return Ok(Outcome::Done);
    }
    if !options.check {
        std::fs::write(&path, made).map_err(|error| format!("{}: {error}", path.display()))?;
        eprintln!("wrote {}", path.display());
        return Ok(Outcome::Done);
    }
    let diff = similar::TextDiff::from_lines(&kept, &made);
    print(&diff.unified_diff().header(KEPT, &format!("{KEPT} (to be)")).to_string());
    eprintln!("error: the definitions for Lua are out of step");
    eprintln!("  mend it with: cargo xtask lua-meta");
    Ok(Outcome::OutOfStep)
}

/// The definitions, as the crate makes them.
fn made() -> Result<String, String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()).args(["run", "--quiet", "--package", "midapi-lua"]);
    cargo.args(["--features", "meta,lua54,vendored", "--example", "meta"]);
    let output = cargo.stderr(Stdio::inherit()).output().map_err(|error| format!("cargo cannot be run: {error}"))?;
    if !output.status.success() {
        return Err("the definitions were not made; cargo says why above".into());
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}
