//! Locks between processes: only one process at a time writes the files of a task.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::record::RECORDS;

/// A lock on the files of one task. It is released when it is dropped or when the process ends.
#[derive(Debug)]
pub(crate) struct TaskLock {
    path: PathBuf,
    file: File,
}

impl TaskLock {
    /// Tries to acquire the lock. Returns None if it is held already.
    pub(crate) fn try_acquire(directory: &Path, encoded_id: &str) -> io::Result<Option<Self>> {
        let path = directory.join(RECORDS).join(format!("{encoded_id}.lock"));
        loop {
            let file = File::options().create(true).truncate(false).write(true).open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // The last holder may have removed the file after it was opened here.
            if is_same_file(&file, &path) {
                return Ok(Some(Self { path, file }));
            }
        }
    }
}

impl Drop for TaskLock {
    fn drop(&mut self) {
        // The file is removed before the lock is released: afterwards it may be the lock of another process.
        drop(std::fs::remove_file(&self.path));
        drop(self.file.unlock());
    }
}

#[cfg(unix)]
fn is_same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let (opened, current) = (file.metadata(), std::fs::symlink_metadata(path));
    matches!((opened, current), (Ok(opened), Ok(current)) if opened.dev() == current.dev() && opened.ino() == current.ino())
}

/// Returns true, because on systems other than Unix the name of an open file always refers to that file.
#[cfg(not(unix))]
fn is_same_file(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_holder_waits_for_the_first() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(RECORDS)).unwrap();
        let first = TaskLock::try_acquire(directory.path(), "a").unwrap().unwrap();
        assert!(TaskLock::try_acquire(directory.path(), "a").unwrap().is_none());
        assert!(TaskLock::try_acquire(directory.path(), "b").unwrap().is_some(), "another task");
        drop(first);
        assert!(TaskLock::try_acquire(directory.path(), "a").unwrap().is_some());
        assert_eq!(std::fs::read_dir(directory.path().join(RECORDS)).unwrap().count(), 0, "no lock files are left");
    }
}
