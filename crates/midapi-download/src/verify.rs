//! Verification of a directory against its records.

use std::io;
use std::path::Path;

use midapi::Error;

use crate::directory::{hash_file, io_error, resolve};
use crate::record::{SavedFile, read_records};

/// A difference between a directory and its records.
#[derive(Debug)]
#[non_exhaustive]
pub struct Difference {
    /// The id of the task. None if the record cannot be read.
    pub id: Option<String>,
    /// The path of the file, or of a record that cannot be read. Relative to the directory.
    pub path: String,
    /// The kind of the difference.
    pub kind: DifferenceKind,
}

/// The kind of a [`Difference`].
#[derive(Debug)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// The file does not exist.
    Missing,
    /// The file has other content, or is not a regular file.
    Changed,
    /// The file or the record cannot be read.
    Unreadable(io::Error),
}

/// The result of [`verify`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Verification {
    /// The number of records that can be read, one per task.
    pub tasks: usize,
    /// The number of recorded files.
    pub files: usize,
    /// The differences, in the order of the records.
    pub differences: Vec<Difference>,
}

/// Hashes every recorded file of a directory and compares it with its record. Blocks the thread, sends no request, and
/// changes no file.
///
/// # Errors
/// [`ErrorKind::Io`](midapi::ErrorKind::Io) if the directory `.midapi` of the records does not exist or cannot be
/// listed.
pub fn verify(directory: &Path) -> Result<Verification, Error> {
    let records = read_records(directory).map_err(|error| io_error("read the records of", directory, error))?;
    let mut verification = Verification::default();
    for (path, record) in records {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let path = relative(directory, &path);
                verification.differences.push(Difference { id: None, path, kind: DifferenceKind::Unreadable(error) });
                continue;
            }
        };
        verification.tasks += 1;
        for file in record.files {
            verification.files += 1;
            if let Some(kind) = compare(directory, &file) {
                let id = Some(record.task.id().to_owned());
                verification.differences.push(Difference { id, path: file.path, kind });
            }
        }
    }
    Ok(verification)
}

fn compare(directory: &Path, file: &SavedFile) -> Option<DifferenceKind> {
    let Some(path) = resolve(directory, &file.path) else { return Some(DifferenceKind::Missing) };
    match std::fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Some(DifferenceKind::Missing),
        Err(error) => return Some(DifferenceKind::Unreadable(error)),
        Ok(metadata) if !metadata.is_file() || metadata.len() != file.bytes => return Some(DifferenceKind::Changed),
        Ok(_) => {}
    }
    match hash_file(&path) {
        Err(error) => Some(DifferenceKind::Unreadable(error)),
        Ok(sha256) => (sha256 != file.sha256).then_some(DifferenceKind::Changed),
    }
}

fn relative(directory: &Path, path: &Path) -> String {
    path.strip_prefix(directory).unwrap_or(path).display().to_string()
}
