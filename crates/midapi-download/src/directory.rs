//! The target directory: its layout, leftovers of killed processes, and the state of recorded files.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use midapi::{Error, ErrorKind};
use sha2::{Digest, Sha256};

use crate::lock::TaskLock;
use crate::record::{self, RECORDS, Record, SavedFile, hex};

/// The suffix of the names of temporary files.
pub(crate) const TEMPORARY: &str = ".part";

/// Creates the target directory and the directory of the records, and removes temporary files of killed processes.
pub(crate) fn prepare(root: &Path) -> Result<(), Error> {
    let describe = |error| io_error("create", root, error);
    fs::create_dir_all(root).map_err(describe)?;
    let records = root.join(RECORDS);
    ensure_directory(&records).map_err(|error| io_error("create", &records, error))?;
    // Detects a directory that cannot be written, before any request is sent.
    drop(
        tempfile::Builder::new()
            .suffix(TEMPORARY)
            .tempfile_in(&records)
            .map_err(|error| io_error("write to", &records, error))?,
    );
    remove_leftovers(root).map_err(|error| io_error("read", &records, error))
}

/// Removes temporary files whose task is not locked by another process.
fn remove_leftovers(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root.join(RECORDS))? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| name.ends_with(TEMPORARY)) else { continue };
        let Some((encoded_id, _)) = name.split_once('.').filter(|(id, _)| !id.is_empty()) else { continue };
        if let Some(_lock) = TaskLock::try_acquire(root, encoded_id)? {
            drop(fs::remove_file(entry.path()));
        }
    }
    Ok(())
}

/// Creates a directory if it does not exist. Fails if the path is a symbolic link.
pub(crate) fn ensure_directory(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if fs::symlink_metadata(path)?.is_dir() {
                Ok(())
            } else {
                Err(io::Error::new(io::ErrorKind::NotADirectory, "not a directory; symbolic links are not followed"))
            }
        }
        created => created,
    }
}

/// The state of a recorded file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileState {
    /// The size and the modification time are as recorded.
    Unchanged,
    /// The content is as recorded, but the modification time differs, for example after the directory was copied.
    Touched,
    /// The content differs from the record, or the path is not a regular file.
    Changed,
    Missing,
}

/// Compares a file with its record. The content is read only if the size is equal and the modification time differs.
pub(crate) fn file_state(root: &Path, file: &SavedFile) -> io::Result<FileState> {
    let Some(path) = resolve(root, &file.path) else { return Ok(FileState::Missing) };
    let metadata = match fs::symlink_metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(FileState::Missing);
        }
        Err(error) => return Err(error),
    };
    if !metadata.is_file() || metadata.len() != file.bytes {
        return Ok(FileState::Changed);
    }
    if Timestamp::try_from(metadata.modified()?).is_ok_and(|modified| modified == file.modified) {
        return Ok(FileState::Unchanged);
    }
    Ok(if hash_file(&path)? == file.sha256 { FileState::Touched } else { FileState::Changed })
}

/// Reads the record of a task. Returns None if the record does not exist, belongs to another id, or cannot be parsed.
/// Saved files of the task are then recognized by their bytes.
pub(crate) fn read_record(root: &Path, id: &str, encoded_id: &str) -> Result<Option<Record>, Error> {
    match record::read(root, encoded_id) {
        Ok(record) => Ok(record.filter(|record| record.task.id() == id)),
        Err(error)
            if error.kind() == std::io::ErrorKind::InvalidData || error.kind() == std::io::ErrorKind::UnexpectedEof =>
        {
            tracing::warn!(task.id = id, error = %error, "ignoring a record that cannot be read");
            Ok(None)
        }
        Err(error) => Err(io_error("read", &record::record_path(root, encoded_id), error).with_task_id(id)),
    }
}

/// Returns the state of each recorded file. The key is the number of the result that the file belongs to, from 1.
pub(crate) fn file_states(root: &Path, record: &Record, id: &str) -> Result<HashMap<usize, FileState>, Error> {
    let state = |file: &SavedFile| {
        let state =
            file_state(root, file).map_err(|error| io_error("read", &root.join(&file.path), error).with_task_id(id))?;
        Ok((file.n, state))
    };
    record.files.iter().map(state).collect()
}

/// Resolves the path of a recorded file. Records are not trusted: returns None if the path leads outside of the
/// directory, contains a name that starts with a dot, or leads through a symbolic link.
pub(crate) fn resolve(root: &Path, path: &str) -> Option<PathBuf> {
    let mut resolved = root.to_owned();
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        // Saved files never have a name that starts with a dot.
        if part.is_empty() || part.starts_with('.') || part.contains(['\\', ':', '\0']) {
            return None;
        }
        resolved.push(part);
        if parts.peek().is_some() && fs::symlink_metadata(&resolved).is_ok_and(|metadata| !metadata.is_dir()) {
            return None;
        }
    }
    Some(resolved)
}

/// Returns the SHA-256 of a file in hexadecimal.
pub(crate) fn hash_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hasher.finalize())),
            bytes => hasher.update(&buffer[..bytes]),
        }
    }
}

/// Flushes the names in a directory to the disk. Errors are ignored, because some file systems do not support this.
pub(crate) fn sync_directory(path: &Path) {
    if cfg!(unix) {
        drop(File::open(path).and_then(|directory| directory.sync_all()));
    }
}

/// Creates the error of a failed file operation.
pub(crate) fn io_error(verb: &str, path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot {verb} {}: {error}", path.display())).with_source(error)
}

/// Whether an error means that no other file can be saved either, because the disk is full or read-only.
pub(crate) fn ends_downloads(error: &Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    source.is_some_and(|source| {
        matches!(
            source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::ReadOnlyFilesystem
        )
    })
}
