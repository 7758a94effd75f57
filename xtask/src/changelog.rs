//! The changelog's entry on the API: what changed in the spec since the last release, and the version that it asks for.

use crate::diff::{Report, compare};
use crate::document::Document;
use crate::level::Effect;

/// What begins and ends the entry; everything between is made.
const BEGIN: &str =
    "<!-- Made by `cargo xtask regenerate` from spec/baseline.yaml and spec/midapi.yaml. Do not edit. -->\n";
const END: &str = "<!-- End of what is made. -->\n";
const UNRELEASED: &str = "## [Unreleased]\n";

/// What a version has to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing changed that asks for a version.
    None,
    /// Programs go on as they are.
    Compatible,
    /// Programs may have to change.
    Breaking,
}

impl Step {
    /// The step that a report asks for.
    pub fn of(report: &Report) -> Self {
        match report.effect() {
            None => Self::None,
            Some(Effect::Safe | Effect::Risky) => Self::Compatible,
            Some(Effect::Breaking) => Self::Breaking,
        }
    }

    /// The next version after one of `MAJOR.MINOR.PATCH`, as cargo counts: before 1.0 the minor is the one that breaks.
    ///
    /// None if nothing has to change, or the version is no such.
    pub fn next(self, version: &str) -> Option<String> {
        let numbers: Vec<u64> = version.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [major, minor, patch] = numbers[..] else { return None };
        match (self, major) {
            (Self::None, _) => None,
            (Self::Breaking, 0) => Some(format!("0.{}.0", minor + 1)),
            (Self::Breaking, _) => Some(format!("{}.0.0", major + 1)),
            (Self::Compatible, 0) => Some(format!("0.{minor}.{}", patch + 1)),
            (Self::Compatible, _) => Some(format!("{major}.{}.0", minor + 1)),
        }
    }
}

/// The changelog with the entry that it should have; as it is, but for the entry, if nothing changed.
///
/// # Errors
/// In words, if it has no place for the entry.
pub fn with_entry(changelog: &str, version: &str, baseline: &Document, spec: &Document) -> Result<String, String> {
    let bare = without_entry(changelog)?;
    let report = compare(baseline, spec);
    let step = Step::of(&report);
    let Some(next) = step.next(version) else { return Ok(bare) };
    let (before, after) = bare.split_once(UNRELEASED).ok_or("CHANGELOG.md has no \"## [Unreleased]\"")?;
    let what = match step {
        Step::Breaking => "may break programs",
        _ => "breaks no program",
    };
    let list = report.markdown();
    Ok(format!(
        "{before}{UNRELEASED}\n{BEGIN}### The API\nWhat changed in the spec {what}: after {version} comes {next}.\n\n{list}{END}{after}"
    ))
}

/// The changelog at a release: the entry stays, and is made no more.
///
/// # Errors
/// As [`with_entry`].
pub fn released(changelog: &str) -> Result<String, String> {
    without_entry(changelog)?;
    Ok(changelog.replacen(BEGIN, "", 1).replacen(END, "", 1))
}

fn without_entry(changelog: &str) -> Result<String, String> {
    let Some((before, rest)) = changelog.split_once(BEGIN) else { return Ok(changelog.to_owned()) };
    let Some((_, after)) = rest.split_once(END) else {
        return Err(format!("CHANGELOG.md: the made entry has no end ({})", END.trim()));
    };
    // The blank line before the entry belongs to it.
    Ok(format!("{}{after}", before.strip_suffix('\n').unwrap_or(before)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(title: &str, path: &str) -> Document {
        let text = format!(
            "openapi: 3.0.3\ninfo: {{title: {title}, version: '1'}}\npaths:\n  {path}:\n    get:\n      operationId: a\n      \
             responses: {{'204': {{description: Done.}}}}\n"
        );
        Document::parse("spec.yaml", &text).expect("a document")
    }

    #[test]
    fn a_version_steps_as_cargo_counts() {
        let table = [
            (Step::None, "0.1.0", None),
            (Step::Compatible, "0.1.0", Some("0.1.1")),
            (Step::Breaking, "0.1.9", Some("0.2.0")),
            (Step::Compatible, "1.2.3", Some("1.3.0")),
            (Step::Breaking, "1.2.3", Some("2.0.0")),
            (Step::Breaking, "soon", None),
        ];
        for (step, version, next) in table {
            assert_eq!(step.next(version).as_deref(), next, "{step:?} after {version}");
        }
    }

    #[test]
    fn the_entry_comes_follows_and_goes() {
        let changelog = "# Changelog\n\n## [Unreleased]\n\n### Added\n- Something.\n";
        let base = document("Things", "/a");
        let entry =
            |changelog: &str, spec: &Document| with_entry(changelog, "0.1.0", &base, spec).expect("a place for it");
        assert_eq!(entry(changelog, &base), changelog, "nothing changed");

        let renamed = entry(changelog, &document("Goods", "/a"));
        assert!(renamed.contains("after 0.1.0 comes 0.1.1.\n\n- safe:\n  - `info.title`"), "{renamed}");
        let moved = entry(&renamed, &document("Things", "/b"));
        assert!(moved.contains("comes 0.2.0") && !moved.contains("info.title"), "{moved}");
        assert_eq!(entry(&moved, &document("Things", "/b")), moved, "made again it is the same");
        assert_eq!(entry(&moved, &base), changelog, "and it goes");
        let at_release = released(&moved).expect("a changelog");
        assert!(at_release.contains("### The API") && !at_release.contains("<!--"), "{at_release}");
        assert!(with_entry("# Nothing\n", "0.1.0", &base, &document("Goods", "/a")).is_err());
        assert!(released(&moved.replace("<!-- End", "<!-- No end")).is_err());
    }
}
