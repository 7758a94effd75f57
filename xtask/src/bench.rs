//! What PERFORMANCE.md tells, as rows that anyone can measure again. The programs that do the work are those of
//! `crates/midapi-bench`, and whatever else is installed; here they are run in turns, and their figures made into ratios.

mod builds;
mod counts;
mod decode;
mod document;
mod look_ups;
mod process;
mod programs;
mod row;
mod spread;
mod start_up;

pub use document::{DOCUMENT, HEAD, line, machine, today, with_rows};
pub use row::{Goal, Measured, Row, rows};
pub use spread::Spread;

use std::path::Path;

/// What is to be measured.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The project's folder.
    pub root: &'a Path,
    /// A row or a group of rows; all if there is none.
    pub only: Option<&'a str>,
    /// Fewer and shorter rounds: to see that it works, not to believe.
    pub quick: bool,
    /// Clean builds too, which take minutes each.
    pub builds: bool,
}

impl Wanted<'_> {
    /// Whether a row is wanted: all of `look-ups/64` is by that name.
    pub fn row(&self, key: &str) -> bool {
        self.only.is_none_or(|only| key.strip_prefix(only).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }

    /// Whether any row of a group is.
    fn group(&self, group: &str) -> bool {
        rows().iter().any(|row| row.key.starts_with(group) && self.row(&row.key))
    }

    /// As many rounds, or few.
    const fn rounds(&self, rounds: usize) -> usize {
        if self.quick { 3 } else { rounds }
    }
}

/// Measures.
///
/// # Errors
/// If no row has the name, or a program of ours does not build or run. Others that are missing are told in their rows.
pub fn measure(wanted: &Wanted<'_>) -> Result<Vec<Measured>, String> {
    if !rows().iter().any(|row| wanted.row(&row.key)) {
        let groups = "look-ups, look-ups/64, look-ups/64/sdk, decode, allocations, instructions, start-up, builds";
        return Err(format!("no row is called {:?}; rows and groups of them are called {groups}", wanted.only));
    }
    let mut measured = Vec::new();
    if wanted.group("look-ups/") {
        measured.extend(look_ups::measure(wanted)?);
    }
    if wanted.group("decode/") {
        measured.extend(decode::measure(wanted)?);
    }
    if wanted.group("allocations/") || wanted.group("instructions/") {
        measured.extend(counts::measure(wanted)?);
    }
    if wanted.group("start-up/") {
        measured.extend(start_up::measure(wanted)?);
    }
    if wanted.builds || wanted.only.is_some_and(|only| only.starts_with("builds")) {
        measured.extend(builds::measure(wanted)?);
    }
    Ok(measured)
}
