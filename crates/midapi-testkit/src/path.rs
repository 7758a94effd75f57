//! The rules for the paths of saved files.

/// Checks the relative path of a saved file by the rules of Windows, which are the strictest.
///
/// # Panics
/// If the path is longer than 4096 bytes, or if a name in the path is empty, is longer than 240 bytes, is reserved,
/// contains a forbidden character, or starts or ends with a character that is forbidden there.
pub fn check_path(path: &str) {
    assert!(path.len() <= 4096, "{path:?}");
    for name in path.split('/') {
        assert!(!name.is_empty() && name.len() <= 240, "{path:?}");
        assert!(!name.starts_with(['.', '-', '~', ' ']) && !name.ends_with(['.', ' ']), "{path:?}");
        let is_forbidden =
            |c: char| c.is_control() || "<>:\"/\\|?*".contains(c) || matches!(c, '\u{202a}'..='\u{202e}');
        assert!(!name.contains(is_forbidden), "{path:?}");
        let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
        let reserved = ["con", "prn", "aux", "nul", "com1", "com9", "lpt1", "lpt9"];
        assert!(!reserved.contains(&stem.as_str()), "{path:?}");
    }
}
