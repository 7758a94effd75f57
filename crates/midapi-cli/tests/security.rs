//! What SECURITY.md promises is tested where it says.

use std::path::Path;

/// The words between back quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_test_that_security_md_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| threat"));
    let mut checked = 0;
    for row in rows {
        let tests = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap();
        let mut files = 0;
        for part in tests.split("; ") {
            let mut words = quoted(part);
            let file = words.next().unwrap_or_else(|| panic!("no file in {part:?} of {row}"));
            let code = std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            files += 1;
            for name in words {
                // A gate is no function; its command stands in a script.
                let held = if file.contains(".rs") { format!("fn {name}(") } else { name.to_owned() };
                assert!(code.contains(&held), "{file} has no {name}");
                checked += 1;
            }
        }
        assert!(files > 0, "{row}");
    }
    assert!(checked >= 20, "{checked} tests are named");
}
