//! The restrictions on the downloads of a script in a sandbox.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::runtime::error::ScriptError;

/// Characters that a directory name must not contain, because some file systems give them a special meaning.
const FORBIDDEN: &[char] = &['\\', ':', '*', '?', '"', '<', '>', '|'];

/// The restrictions on the downloads of all clients of a script.
#[derive(Clone)]
pub(crate) struct DownloadPolicy(Arc<Inner>);

struct Inner {
    /// The directory that the host allows. Without it, the script cannot download.
    directory: Option<PathBuf>,
    limit: u64,
    /// The bytes that may still be received.
    remaining: AtomicU64,
}

/// The error of a script that has received more bytes than its limit.
pub(crate) struct LimitExceeded(u64);

impl DownloadPolicy {
    #[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
    pub(crate) fn new(directory: Option<PathBuf>, limit: u64) -> Self {
        Self(Arc::new(Inner { directory, limit, remaining: AtomicU64::new(limit) }))
    }

    /// Returns the directory for the option `to`, which is the allowed directory or a path below it.
    pub(crate) fn resolve(&self, function: &'static str, to: Option<&str>) -> Result<PathBuf, ScriptError> {
        let Some(directory) = &self.0.directory else {
            return Err(ScriptError::Usage(format!("'{function}' is not allowed in a sandbox")));
        };
        let path = to.map_or_else(|| Ok(directory.clone()), |to| join(directory, to));
        path.map_err(|detail| ScriptError::argument(function, 2, &format!("option 'to': {detail}")))
    }

    /// Counts received bytes. Returns an error if they exceed the limit.
    pub(crate) fn consume(&self, bytes: u64) -> Result<(), LimitExceeded> {
        let remaining = &self.0.remaining;
        let update =
            remaining.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |rest| Some(rest.saturating_sub(bytes)));
        if update.is_ok_and(|rest| rest >= bytes) { Ok(()) } else { Err(LimitExceeded(self.0.limit)) }
    }
}

/// Appends a relative path to the allowed directory. Rejects `..` and symbolic links, which could lead out of the
/// directory. Also rejects names that begin with a dot, such as `.midapi`, the directory of the download records.
fn join(directory: &Path, to: &str) -> Result<PathBuf, &'static str> {
    let mut path = directory.to_owned();
    for name in to.split('/') {
        if name.is_empty() || name.starts_with('.') || name.contains(FORBIDDEN) || name.contains(char::is_control) {
            return Err("in a sandbox, only a relative path of plain names is allowed, such as 'cats/may'");
        }
        path.push(name);
        if path.is_symlink() {
            return Err("symbolic links are not followed in a sandbox");
        }
    }
    Ok(path)
}

impl From<&LimitExceeded> for ScriptError {
    fn from(exceeded: &LimitExceeded) -> Self {
        Self::Usage(format!("script exceeded its download limit of {} bytes", exceeded.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        for (to, is_allowed) in [
            ("cats", true),
            ("cats/large ones", true),
            ("", false),
            (".", false),
            ("..", false),
            ("cats/../..", false),
            ("/etc", false),
            ("cats//dogs", false),
            ("cats/", false),
            (".midapi", false),
            ("C:\\cats", false),
            ("C:cats", false),
            ("..\\cats", false),
            ("cats\0", false),
        ] {
            let path = join(directory.path(), to);
            assert_eq!(path.is_ok(), is_allowed, "{to:?}: {path:?}");
            assert!(path.is_err() || path.unwrap().starts_with(directory.path()), "{to:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn symbolic_links_are_rejected() {
        let directory = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/", directory.path().join("out")).unwrap();
        assert!(join(directory.path(), "out").is_err());
        assert!(join(directory.path(), "out/tmp").is_err());
    }
}
