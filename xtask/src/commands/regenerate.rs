//! `cargo xtask regenerate`

use xtask::files::{diff, write};
use xtask::regenerate::{STEPS, release};

use super::{Outcome, print, root};

/// Generate the client, schemas, Lua definitions and the changelog entry from the spec.
///
/// Exit status: 0 success, 1 failure, 2 wrong usage, 4 (--check) a generated file is stale.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write nothing; show the differences to the generated files
    #[arg(long)]
    check: bool,
    /// Make the spec the baseline of the next changelog entry
    #[arg(long, conflicts_with = "check")]
    release: bool,
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let root = root();
    let mut stale = Vec::new();
    for step in STEPS {
        if step.builds && stale.contains(&"codegen") {
            eprintln!("skipped {}: it needs an up-to-date client", step.name);
            continue;
        }
        let files = (step.run)(&root).map_err(|message| format!("{}: {message}", step.name))?;
        if options.check {
            let diff = diff(&root, &files)?;
            if !diff.is_empty() {
                stale.push(step.name);
                print(&diff);
                eprintln!("error: {} is stale", step.name);
            }
        } else {
            report(&write(&root, &files)?);
        }
    }
    if options.release {
        report(&write(&root, &release(&root)?)?);
    }
    if stale.is_empty() {
        return Ok(Outcome::Done);
    }
    eprintln!("  help: run cargo xtask regenerate");
    Ok(Outcome::Stale)
}

fn report(written: &[std::path::PathBuf]) {
    for path in written {
        eprintln!("wrote {}", path.display());
    }
}
