//! Checks that the tests that SECURITY.md names exist.

use std::path::Path;

/// The words between back quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn tests_named_in_security_md_exist() {
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
                // A measure can be a command in a script instead of a test in Rust.
                let expected = if file.contains(".rs") { format!("fn {name}(") } else { name.to_owned() };
                assert!(code.contains(&expected), "{file} has no {name}");
                checked += 1;
            }
        }
        assert!(files > 0, "{row}");
    }
    assert!(checked >= 20, "{checked} tests are named");
}
