//! `cargo xtask lua-meta`

use xtask::regenerate::lua_definitions;

use super::{Outcome, root, write_or_check};

/// Generate the definitions for Lua editors, crates/midapi-lua/library/midapi.lua.
///
/// Exit status: 0 success, 1 failure, 2 wrong usage, 4 (--check) the definitions are stale.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write nothing; show the differences to the generated definitions
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let root = root();
    let outcome = write_or_check(&root, &lua_definitions(&root)?, options.check, "the Lua definitions")?;
    if outcome == Outcome::Stale {
        eprintln!("  help: run cargo xtask lua-meta");
    }
    Ok(outcome)
}
