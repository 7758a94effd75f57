//! `cargo xtask lua-meta`

use xtask::files::{diff, write};
use xtask::regenerate::lua_definitions;

use super::{Outcome, print, root};

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
    let files = lua_definitions(&root)?;
    if !options.check {
        for path in write(&root, &files)? {
            eprintln!("wrote {}", path.display());
        }
        return Ok(Outcome::Done);
    }
    let diff = diff(&root, &files)?;
    if diff.is_empty() {
        return Ok(Outcome::Done);
    }
    print(&diff);
    eprintln!("error: the Lua definitions are stale");
    eprintln!("  help: run cargo xtask lua-meta");
    Ok(Outcome::Stale)
}
