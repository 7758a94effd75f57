//! Specs that xtask reads.

use std::io::Write;
use std::path::Path;

/// Checks the reading of a spec and the search for unsupported parts. The generator itself is not run.
///
/// # Panics
/// If a finding has no text, or the error of a rejected file does not contain the path of the file.
pub fn check_spec(bytes: &[u8]) {
    with_temporary_file(bytes, |path| match xtask::spec::read(path) {
        Ok(document) => {
            for finding in xtask::unsupported::find(&document) {
                assert!(!finding.to_string().trim().is_empty());
            }
        }
        Err(error) => assert!(error.contains(&path.display().to_string()), "{error}"),
    });
}

/// Calls a function with the path of a file that contains the bytes.
pub(crate) fn with_temporary_file(bytes: &[u8], read: impl FnOnce(&Path)) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file can be created");
    file.write_all(bytes).expect("a temporary file can be written");
    read(file.path());
}
