//! Scenario files of the mock server.

use std::io::ErrorKind;

use midapi_mock::MockServer;

use crate::spec::with_temporary_file;

/// Checks the reading of a scenario file.
///
/// # Panics
/// If the error of a rejected file is not of the kind `InvalidData`, or does not start with the path of the file.
pub fn check_scenario(bytes: &[u8]) {
    with_temporary_file(bytes, |path| {
        let Err(error) = MockServer::builder().scenario_file(path) else { return };
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
        assert!(error.to_string().starts_with(&format!("{}: ", path.display())), "{error}");
    });
}
