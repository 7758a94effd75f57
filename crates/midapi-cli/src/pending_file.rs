//! The file of pending ids.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A file of ids that is replaced atomically, so that it never contains an incomplete list.
#[derive(Debug)]
pub(crate) struct PendingFile {
    path: PathBuf,
    /// A lock that is held while the file is replaced.
    replacing: Mutex<()>,
}

impl PendingFile {
    /// Checks that the file can be written, without changing its content.
    pub(crate) fn new(path: PathBuf) -> io::Result<Self> {
        let file = Self { path, replacing: Mutex::new(()) };
        match file.regular_target()? {
            Some(target) => {
                let temporary = temporary_path(&target);
                File::create(&temporary)?;
                fs::remove_file(&temporary)?;
            }
            None => drop(File::options().write(true).open(&file.path)?),
        }
        Ok(file)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the content with these ids, one per line.
    pub(crate) fn save(&self, ids: &[String]) -> io::Result<()> {
        let mut lines = ids.join("\n");
        if !lines.is_empty() {
            lines.push('\n');
        }
        let _guard = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(target) = self.regular_target()? else {
            return File::options().write(true).open(&self.path)?.write_all(lines.as_bytes());
        };
        let temporary = temporary_path(&target);
        let replaced =
            write_synced(&temporary, &target, lines.as_bytes()).and_then(|()| fs::rename(&temporary, &target));
        if replaced.is_err() {
            drop(fs::remove_file(&temporary));
        }
        replaced
    }

    /// The path of the regular file to replace, with links resolved. None for a device or a pipe, which can only be
    /// written to.
    fn regular_target(&self) -> io::Result<Option<PathBuf>> {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => fs::canonicalize(&self.path).map(Some),
            Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Some(self.path.clone())),
            Err(error) => Err(error),
        }
    }
}

/// Writes a file to the disk, with the permissions of the target if the target exists.
fn write_synced(path: &Path, target: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    if let Ok(metadata) = fs::metadata(target) {
        file.set_permissions(metadata.permissions())?;
    }
    file.write_all(content)?;
    file.sync_all()
}

/// A temporary path in the folder of the target, because a file cannot be renamed to another file system.
fn temporary_path(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}
