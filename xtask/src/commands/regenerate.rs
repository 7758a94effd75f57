//! `cargo xtask regenerate`

use xtask::regenerate::{STEPS, diff, release, write};

use super::{Outcome, print, root};

/// Make everything that is made from the spec: client, schemas, definitions for Lua, the changelog's entry on the API.
///
/// Exit status: 0 done or in step, 1 failed, 2 wrong usage, 4 (`--check`) something is out of step.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write nothing; say what is out of step, and how it differs.
    #[arg(long)]
    check: bool,
    /// At a release: take the spec as the one from which the changelog counts from now on.
    #[arg(long, conflicts_with = "check")]
    release: bool,
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let root = root();
    let mut in_step = true;
    for step in STEPS {
        let files = (step.make)(&root).map_err(|message| format!("{}: {message}", step.name))?;
        if options.check {
            let diff = diff(&root, &files)?;
            if !diff.is_empty() {
                in_step = false;
                print(&diff);
                eprintln!("error: {} is out of step with spec/midapi.yaml", step.name);
            }
        } else {
            said(&write(&root, &files)?);
        }
    }
    if options.release {
        said(&write(&root, &release(&root)?)?);
    }
    if in_step {
        return Ok(Outcome::Done);
    }
    eprintln!("  mend it with: cargo xtask regenerate");
    Ok(Outcome::OutOfStep)
}

fn said(written: &[std::path::PathBuf]) {
    for path in written {
        eprintln!("wrote {}", path.display());
    }
}
