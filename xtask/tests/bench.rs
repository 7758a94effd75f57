//! PERFORMANCE.md has a line for each row that can be measured, and for no other.

use std::path::Path;

use xtask::bench::{DOCUMENT, rows};

#[test]
fn the_document_has_the_rows_of_the_command() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(DOCUMENT);
    let document = std::fs::read_to_string(path).unwrap();
    let told = document.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    // Other tables of it have no slash in their names.
    let told: Vec<_> = told.filter(|name| name.contains('/')).collect();
    let rows = rows();
    let can: Vec<_> = rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(told, can, "{DOCUMENT} and `cargo xtask bench` differ: one line a row, in their order");
    for row in &rows {
        let line = document.lines().find(|line| line.starts_with(&format!("| `{}` |", row.key))).unwrap();
        assert!(line.contains(&row.what), "{DOCUMENT} describes another {}: {line}", row.key);
        assert!(row.goal.is_none() || line.contains(": m"), "{DOCUMENT} does not say whether the goal is met: {line}");
    }
}
