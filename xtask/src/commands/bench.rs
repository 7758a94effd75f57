//! `cargo xtask bench`

use std::fs;

use xtask::bench::{self, DOCUMENT, Wanted};

use super::{Outcome, print, root};

/// Measure what PERFORMANCE.md tells, and print it as its table.
///
/// Rows are named as in the table; a part of a name means all rows below it: `--only look-ups/64`. Ratios compare rounds that
/// alternate, and figures are medians. Nothing else should run meanwhile.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Measure one row or one group of rows.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Few and short rounds: to see that it works.
    #[arg(long, conflicts_with = "write")]
    quick: bool,
    /// Clean builds too, which take minutes each. `--only builds` and `--write` of everything imply it.
    #[arg(long)]
    builds: bool,
    /// Renew the measured lines in PERFORMANCE.md.
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let root = root();
    let builds = options.builds || (options.write && options.only.is_none());
    let wanted = Wanted { root: &root, only: options.only.as_deref(), quick: options.quick, builds };
    let measured = bench::measure(&wanted)?;
    let (date, machine) = (bench::today(), bench::machine());
    print(&format!("{machine}\n\n{}", bench::HEAD));
    for row in &measured {
        print(&bench::line(row, &date));
    }
    if options.write {
        let path = root.join(DOCUMENT);
        let old = fs::read_to_string(&path).map_err(|error| format!("{DOCUMENT}: {error}"))?;
        let (renewed, missing) = bench::with_rows(&old, &measured, &date, options.only.is_none().then_some(&machine));
        fs::write(&path, renewed).map_err(|error| format!("{DOCUMENT}: {error}"))?;
        if !missing.is_empty() {
            return Err(format!("{DOCUMENT} has no line to renew for: {}", missing.join(", ")));
        }
    }
    Ok(Outcome::Done)
}
