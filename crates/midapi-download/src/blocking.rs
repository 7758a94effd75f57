//! File operations in async code.

use midapi::{Error, ErrorKind};

/// Runs file operations on a thread for blocking work.
pub(crate) async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let ran = tokio::task::spawn_blocking(work).await;
    ran.map_err(|error| Error::new(ErrorKind::Io, "a file operation panicked").with_source(error))
}
