//! Records of the files that were saved for each task.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use midapi::Task;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The name of the directory of the records, inside the target directory.
pub(crate) const RECORDS: &str = ".midapi";

/// The maximum length of an encoded id, in bytes. If an encoded id is longer, its end is replaced by a hash of the id.
const MAX_ENCODED_BYTES: usize = 160;

/// The record of one task: the task and its saved files. Stored as JSON in `.midapi/<encoded id>.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// The task as it was when its files were saved.
    pub task: Task,
    /// The saved files, in the order of the results.
    pub files: Vec<SavedFile>,
}

/// A file that was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SavedFile {
    /// The number of the result, from 1.
    pub n: usize,
    /// The path, relative to the directory, with `/` between its parts.
    pub path: String,
    /// The size in bytes.
    pub bytes: u64,
    /// The SHA-256 of the content, in hexadecimal.
    pub sha256: String,
    /// The URL that the file was downloaded from.
    pub url: String,
    /// The modification time of the file, as it was when the file was saved.
    pub modified: Timestamp,
}

impl Record {
    /// Whether the record lists a file for each of `count` results.
    pub(crate) fn is_complete(&self, count: usize) -> bool {
        let numbers: HashSet<_> = self.files.iter().map(|file| file.n).collect();
        count > 0 && (1..=count).all(|n| numbers.contains(&n))
    }
}

/// Reads the record of a task. Returns None if the task has no record.
///
/// # Errors
/// If the record exists but cannot be read or parsed.
pub(crate) fn read(directory: &Path, encoded_id: &str) -> io::Result<Option<Record>> {
    match std::fs::read(record_path(directory, encoded_id)) {
        Ok(json) => Ok(Some(serde_json::from_slice(&json)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads all records of a directory, in the order of their file names. Each item has the path of the record.
///
/// # Errors
/// If the directory `.midapi` of the records does not exist or cannot be read. A record that cannot be read or parsed
/// is an error in its item, and does not end the iteration.
pub fn read_records(directory: &Path) -> io::Result<impl Iterator<Item = (PathBuf, io::Result<Record>)> + use<>> {
    let records = directory.join(RECORDS);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(records)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort_unstable();
    Ok(paths.into_iter().map(|path| {
        let record = std::fs::read(&path).and_then(|json| Ok(serde_json::from_slice(&json)?));
        (path, record)
    }))
}

pub(crate) fn record_path(directory: &Path, encoded_id: &str) -> PathBuf {
    directory.join(RECORDS).join(format!("{encoded_id}.json"))
}

/// Encodes an id as a file name. Different ids get different names, even on file systems that ignore case. The name is
/// never one that Windows reserves.
pub(crate) fn encode_id(id: &str) -> String {
    // Names that Windows reserves have at most four characters, or contain a dollar sign, which is always encoded.
    let encode_first = id.len() <= 4;
    let mut encoded = String::with_capacity(id.len());
    for (index, byte) in id.bytes().enumerate() {
        let is_plain = matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') && !(encode_first && index == 0);
        if is_plain {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02x}");
        }
    }
    if encoded.len() > MAX_ENCODED_BYTES {
        encoded.truncate(MAX_ENCODED_BYTES - 65);
        encoded = format!("{encoded}+{}", hex(&Sha256::digest(id)));
    }
    encoded
}

/// Formats bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_ids_never_collide() {
        let long = "x".repeat(200);
        let longer = "x".repeat(201);
        let ids = [
            "abc-d_1", "ABC-d_1", "con", "CON", "a/b", "a%2fb", ".", "..", "猫", "é", "e\u{301}", &long, &longer, "a b",
        ];
        let encoded: Vec<_> = ids.iter().map(|id| encode_id(id)).collect();
        let folded: HashSet<_> = encoded.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(folded.len(), ids.len(), "{encoded:?}");
        assert_eq!(encoded[0], "abc-d_1");
        assert!(
            encoded.iter().all(|name| name.len() <= MAX_ENCODED_BYTES && !name.contains(['/', '.'])),
            "{encoded:?}"
        );
        assert_eq!(encode_id("con"), "%63on", "reserved on Windows");
    }
}
