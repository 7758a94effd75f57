//! `cargo xtask regenerate`

use xtask::regenerate::{STEPS, release};

use super::{Outcome, root, write_or_check};

/// Generate the client, the schemas, the Lua definitions and the changelog entry from the spec.
///
/// Exit status: 0 success, 1 failure, 2 wrong usage, 4 (--check) a generated file is stale.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write no files; print the differences between the existing and the generated files
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
            eprintln!("skipped {}: this step needs an up-to-date client", step.name);
            continue;
        }
        let files = (step.run)(&root).map_err(|message| format!("{}: {message}", step.name))?;
        if write_or_check(&root, &files, options.check, step.name)? == Outcome::Stale {
            stale.push(step.name);
        }
    }
    if options.release {
        write_or_check(&root, &release(&root)?, false, "the release")?;
    }
    if stale.is_empty() {
        return Ok(Outcome::Done);
    }
    eprintln!("  help: run cargo xtask regenerate");
    Ok(Outcome::Stale)
}
