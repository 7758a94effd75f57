//! Specs that xtask reads.

use std::io::Write;
use std::path::Path;

/// Takes a spec, as YAML, up to the generator, which is not ours.
///
/// # Panics
/// If it is refused without a reason.
pub fn spec(bytes: &[u8]) {
    in_file(bytes, |path| match xtask::spec::read(path) {
        Ok(document) => {
            for found in xtask::unsupported::find(&document) {
                assert!(!found.to_string().trim().is_empty());
            }
        }
        Err(why) => assert!(why.contains(&path.display().to_string()), "{why}"),
    });
}

/// Bytes as a file.
pub(crate) fn in_file(bytes: &[u8], read: impl FnOnce(&Path)) {
    let mut file = tempfile::NamedTempFile::new().expect("a file can be made");
    file.write_all(bytes).expect("and written");
    read(file.path());
}
