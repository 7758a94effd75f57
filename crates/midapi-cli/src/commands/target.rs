//! The target of downloads: a directory, or a prefix of an object store.

use std::path::{Path, PathBuf};

use midapi::{Client, Error};
use midapi_download::Downloader;

/// The target of downloads.
pub(super) struct Target {
    to: PathBuf,
    #[cfg(feature = "object-store")]
    store: Option<(midapi_download::ObjectTarget, Spool)>,
}

/// The directory of files that are not uploaded yet.
#[cfg(feature = "object-store")]
enum Spool {
    /// The directory in `MIDAPI_SPOOL`.
    Permanent(PathBuf),
    /// A private directory that is removed when the command ends.
    Temporary(tempfile::TempDir),
}

impl Target {
    /// Parses a directory or URL.
    ///
    /// # Errors
    /// If the target is a URL: this build supports only directories. The message does not contain the URL.
    #[cfg(not(feature = "object-store"))]
    pub(super) fn parse(to: PathBuf) -> Result<Self, Error> {
        if is_url(&to) {
            let message = "this build of midapi saves to directories only; for URLs of object stores, install it with: \
                cargo install --locked --path crates/midapi-cli --features object-store";
            return Err(Error::new(midapi::ErrorKind::Usage, message));
        }
        Ok(Self { to })
    }

    /// Parses a directory or URL.
    ///
    /// # Errors
    /// If the URL or the settings of the object store are invalid, or if the directory that holds files until their
    /// upload cannot be created.
    #[cfg(feature = "object-store")]
    pub(super) fn parse(to: PathBuf) -> Result<Self, Error> {
        if !is_url(&to) {
            return Ok(Self { to, store: None });
        }
        let target = midapi_download::ObjectTarget::from_url(&to.to_string_lossy())?;
        let spool = match std::env::var_os("MIDAPI_SPOOL").filter(|path| !path.is_empty()) {
            Some(path) => Spool::Permanent(path.into()),
            None => Spool::Temporary(tempfile::Builder::new().prefix("midapi-spool-").tempdir().map_err(|error| {
                let message = format!("cannot create a temporary directory for uploads: {error}");
                Error::new(midapi::ErrorKind::Io, message)
            })?),
        };
        Ok(Self { to: target.to_string().into(), store: Some((target, spool)) })
    }

    /// Creates the downloader.
    pub(super) fn downloader(&self, client: &Client) -> Downloader {
        #[cfg(feature = "object-store")]
        if let Some((target, spool)) = &self.store {
            let spool = match spool {
                Spool::Permanent(path) => path,
                Spool::Temporary(directory) => directory.path(),
            };
            return Downloader::new(client, spool).upload_to(target.clone());
        }
        Downloader::new(client, &self.to)
    }

    /// The directory, or the URL without a slash at its end.
    pub(super) fn path(&self) -> &Path {
        &self.to
    }
}

fn is_url(to: &Path) -> bool {
    to.to_string_lossy().contains("://")
}
