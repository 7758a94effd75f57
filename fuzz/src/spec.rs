//! Specs that xtask reads.

use std::io::Write;
use std::path::Path;

/// Checks how a spec is read and which parts of it are reported as unsupported. The generator itself is not run.
///
/// # Panics
/// If it is rejected without a reason or without the name of the file.
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
