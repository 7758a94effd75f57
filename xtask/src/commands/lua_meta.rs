//! `cargo xtask lua-meta`

use xtask::regenerate::{diff, lua_definitions, write};

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

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let root = root();
    let made = lua_definitions(&root)?;
    if !options.check {
        for path in write(&root, &made)? {
            eprintln!("wrote {}", path.display());
        }
        return Ok(Outcome::Done);
    }
    let diff = diff(&root, &made)?;
    if diff.is_empty() {
        return Ok(Outcome::Done);
    }
    print(&diff);
    eprintln!("error: the definitions for Lua are out of step");
    eprintln!("  mend it with: cargo xtask lua-meta");
    Ok(Outcome::OutOfStep)
}
