//! The outcome of a download.

use midapi::{Error, ErrorKind, Status, Task};
use serde::{Serialize, Serializer};

use crate::record::SavedFile;

/// The outcome of the download of one task. Serializes to the line that `midapi download --json` prints.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The id of the task.
    pub id: String,
    /// The outcome of each result file, in the order of the results. Empty if the task has no results, or could not be
    /// requested.
    pub files: Vec<FileOutcome>,
    /// The error of the task: it has no results, it could not be requested, or its record could not be written.
    #[serde(serialize_with = "serialize_error")]
    pub error: Option<Error>,
}

/// The outcome of one result file.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FileOutcome {
    /// The number of the result, from 1.
    pub n: usize,
    /// The URL of the file.
    pub url: String,
    /// The path, relative to the directory, with `/` between its parts. None for a failure.
    pub path: Option<String>,
    /// The size in bytes. None for a failure or a preview.
    pub bytes: Option<u64>,
    /// The SHA-256 of the content, in hexadecimal. None for a failure or a preview.
    pub sha256: Option<String>,
    /// The status: whether the file was saved, was there already, failed, or is only planned.
    pub outcome: FileStatus,
    /// The error if the status is [`FileStatus::Failed`], otherwise None.
    #[serde(serialize_with = "serialize_error")]
    pub error: Option<Error>,
}

/// The status of a result file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FileStatus {
    /// Downloaded, verified and saved.
    Saved,
    /// Already in the directory.
    Exists,
    /// Not saved.
    Failed,
    /// Not downloaded: the outcome is that of a [preview](crate::Downloader::preview).
    Planned,
}

impl Outcome {
    /// Creates the outcome of a task that could not be requested. The id is taken from the error.
    pub fn from_error(error: Error) -> Self {
        Self { id: error.task_id().unwrap_or_default().to_owned(), files: Vec::new(), error: Some(error) }
    }

    /// The first error: the error of the task, or that of the first file that failed.
    pub fn first_error(&self) -> Option<&Error> {
        self.error.as_ref().or_else(|| self.files.iter().find_map(|file| file.error.as_ref()))
    }

    /// Converts to a result: the files, or an error if the task or any file failed.
    ///
    /// # Errors
    /// The [first error](Self::first_error).
    pub fn into_result(self) -> Result<Vec<FileOutcome>, Error> {
        match self.first_error() {
            Some(error) => Err(error.clone()),
            None => Ok(self.files),
        }
    }
}

/// The outcome of a file that is saved already.
pub(crate) fn existing(file: SavedFile) -> FileOutcome {
    FileOutcome {
        n: file.n,
        url: file.url,
        path: Some(file.path),
        bytes: Some(file.bytes),
        sha256: Some(file.sha256),
        outcome: FileStatus::Exists,
        error: None,
    }
}

/// The outcome of a file that was not saved.
pub(crate) fn failed_file(n: usize, url: String, error: &Error, id: &str) -> FileOutcome {
    let error = error.clone().with_context(format!("result {n}")).with_task_id(id);
    FileOutcome { n, url, path: None, bytes: None, sha256: None, outcome: FileStatus::Failed, error: Some(error) }
}

/// The error for the first result URL that could not be read. None if all URLs could be read.
pub(crate) fn unreadable_results(task: &Task) -> Option<Error> {
    let warning = task.warnings().iter().find(|warning| warning.field.starts_with("result_urls"))?;
    let message = format!("a result URL cannot be used: {}: {}", warning.field, warning.message);
    Some(Error::new(ErrorKind::Decode, message).with_task_id(task.id()))
}

#[allow(clippy::ref_option, reason = "serde passes a reference to the field")]
fn serialize_error<S: Serializer>(error: &Option<Error>, serializer: S) -> Result<S::Ok, S::Error> {
    error.as_ref().map(Error::details).serialize(serializer)
}

/// Checks that a task has results.
pub(crate) fn check_task(task: &Task) -> Result<(), Error> {
    let status = task.status();
    if status.is_failure() {
        return Err(Error::task_failed(task.clone()));
    }
    if !status.is_final() {
        return Err(Error::not_finished(task.clone()));
    }
    if status == Status::Success && task.result_urls().is_empty() {
        return Err(unreadable_results(task)
            .unwrap_or_else(|| Error::new(ErrorKind::Decode, "the task succeeded without result URLs")));
    }
    Ok(())
}
