//! The lines of the table, and PERFORMANCE.md, in which they are renewed one by one. What is written around them is by hand.

use std::process::Command;

use super::row::{Measured, rows};

/// The document.
pub const DOCUMENT: &str = "PERFORMANCE.md";

/// The head of the table.
pub const HEAD: &str =
    "| row | what | figure | beside the peer: median (lowest to highest) | goal | date |\n|---|---|---|---|---|---|\n";

/// How the line of the machine begins.
const MACHINE: &str = "Machine of the last whole run: ";

/// The line of a row.
pub fn line(measured: &Measured, date: &str) -> String {
    let row = rows().into_iter().find(|row| row.key == measured.key);
    let what = row.as_ref().map(|row| row.what.clone()).unwrap_or_default();
    let goal = row.and_then(|row| row.goal).zip(measured.counts).map(|(goal, counts)| goal.verdict(counts));
    let Measured { key, figure, beside, .. } = measured;
    format!("| `{key}` | {what} | {figure} | {beside} | {} | {date} |\n", goal.unwrap_or_default())
}

/// The document with these lines in place of the old ones of the same rows, and the names of the rows that it has no line for. The
/// machine's line is renewed if there is one, which is right where all rows are.
pub fn with_rows(document: &str, measured: &[Measured], date: &str, machine: Option<&str>) -> (String, Vec<String>) {
    let mut missing: Vec<_> = measured.iter().map(|measured| measured.key.clone()).collect();
    let renewed = document.split_inclusive('\n').map(|old| {
        let row = measured.iter().find(|measured| old.starts_with(&format!("| `{}` |", measured.key)));
        if let Some(measured) = row {
            missing.retain(|key| *key != measured.key);
            return line(measured, date);
        }
        match machine {
            Some(machine) if old.starts_with(MACHINE) => format!("{MACHINE}{machine}\n"),
            _ => old.to_owned(),
        }
    });
    (renewed.collect(), missing)
}

/// Today, as the system says it.
pub fn today() -> String {
    said("date", &["+%F"]).unwrap_or_else(|| "?".into())
}

/// What figures depend on: the processor, its cores, the system and the compiler.
pub fn machine() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo").ok();
    let processor = processor.as_deref().and_then(|text| text.lines().find_map(|line| line.strip_prefix("model name")));
    let processor = processor.map_or("an unknown processor", |name| name.trim_start_matches(['\t', ' ', ':']));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let compiler = said("rustc", &["--version"]).unwrap_or_default();
    format!("{processor}, {cores} cores, {} {}; {compiler}", std::env::consts::OS, std::env::consts::ARCH)
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_that_were_measured_are_renewed() {
        let document = "By hand.\n\nMachine of the last whole run: old\n\n| `decode/task` | old |\n| `decode/record` | old |\nTried.\n";
        let measured = [Measured::new("decode/task", "new"), Measured::new("decode/params", "new")];
        let (renewed, missing) = with_rows(document, &measured, "2026-11-24", Some("new"));
        assert!(renewed.contains("Machine of the last whole run: new\n"), "{renewed}");
        assert!(
            renewed.contains("| `decode/task` | the same") && renewed.contains("| `decode/record` | old |\nTried.")
        );
        assert_eq!(missing, ["decode/params"]);
        let (renewed, _) = with_rows(document, &measured, "2026-11-24", None);
        assert!(renewed.contains("run: old\n"), "other rows may be of another machine: {renewed}");
    }
}
