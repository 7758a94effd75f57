//! The definitions for editors match the code.
#![cfg(feature = "meta")]

const COMMITTED: &str = include_str!("../library/midapi.lua");

#[test]
fn committed_definitions_are_up_to_date() {
    // A checkout on Windows may have other line ends.
    assert_eq!(midapi_lua::definitions(), COMMITTED.replace("\r\n", "\n"), "run `cargo xtask regenerate`");
}

#[test]
fn every_field_has_a_description() {
    let fields: Vec<_> = COMMITTED.lines().filter(|line| line.starts_with("---@field")).collect();
    assert!(fields.len() > 50, "{}", fields.len());
    for line in fields {
        assert!(line.ends_with('.') && line.split_whitespace().count() > 4, "{line}");
        assert!(!line.contains(" any ") || line.contains("[string]"), "{line}: unknown type");
    }
}
