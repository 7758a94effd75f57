//! Scenario files of the local server.

use std::io::ErrorKind;

use midapi_mock::MockServer;

use crate::spec::in_file;

/// Takes a scenario file.
///
/// # Panics
/// If it is refused with something else than a reason and the file's name.
pub fn scenario(bytes: &[u8]) {
    in_file(bytes, |path| {
        let Err(error) = MockServer::builder().scenario_file(path) else { return };
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
        assert!(error.to_string().starts_with(&format!("{}: ", path.display())), "{error}");
    });
}
