//! The definitions for editors are those of this code.
#![cfg(feature = "meta")]

const KEPT: &str = include_str!("../library/midapi.lua");

#[test]
fn the_definitions_that_are_kept_are_in_step() {
    // A checkout on Windows may have other line ends.
    assert_eq!(midapi_lua::definitions(), KEPT.replace("\r\n", "\n"), "mend it with: cargo xtask lua-meta");
}

#[test]
fn every_field_and_option_has_its_words() {
    let fields: Vec<_> = KEPT.lines().filter(|line| line.starts_with("---@field")).collect();
    assert!(fields.len() > 50, "{}", fields.len());
    for line in fields {
        assert!(line.ends_with('.') && line.split_whitespace().count() > 4, "{line}");
        assert!(!line.contains(" any ") || line.contains("[string]"), "{line}: its type is not known");
    }
}
