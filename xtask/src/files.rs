//! Generated files: comparison with the files on disk, and writing.

use std::path::{Path, PathBuf};
use std::{fs, io};

use similar::TextDiff;

/// A generated file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// The path, relative to a root folder.
    pub path: PathBuf,
    /// The whole text. None if the file must not exist.
    pub text: Option<String>,
}

/// Reads a file. None if it does not exist.
///
/// # Errors
/// If the file exists and cannot be read. The message has its path.
pub fn read(root: &Path, path: &Path) -> Result<Option<String>, String> {
    match fs::read_to_string(root.join(path)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot read {}: {error}", root.join(path).display())),
    }
}

/// Writes the files that differ, and removes files that must not exist. Returns the paths of the written and the
/// removed files.
///
/// # Errors
/// If a file cannot be read, written or removed. The message has its path.
pub fn write(root: &Path, files: &[GeneratedFile]) -> Result<Vec<PathBuf>, String> {
    let mut written = Vec::new();
    for GeneratedFile { path, text } in files {
        if read(root, path)? == *text {
            continue;
        }
        let full = root.join(path);
        let result = match text {
            Some(text) => full.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&full, text)),
            None => fs::remove_file(&full),
        };
        result.map_err(|error| format!("cannot write {}: {error}", full.display()))?;
        written.push(path.clone());
    }
    Ok(written)
}

/// Returns a unified diff from the files on disk to the generated files. Empty if all files are up to date.
///
/// # Errors
/// If a file cannot be read. The message has its path.
pub fn diff(root: &Path, files: &[GeneratedFile]) -> Result<String, String> {
    let mut text = String::new();
    for GeneratedFile { path, text: generated } in files {
        let (current, generated) = (read(root, path)?.unwrap_or_default(), generated.clone().unwrap_or_default());
        if current != generated {
            let (old, new) = (path.display().to_string(), format!("{} (generated)", path.display()));
            text.push_str(&TextDiff::from_lines(&current, &generated).unified_diff().header(&old, &new).to_string());
        }
    }
    Ok(text)
}
