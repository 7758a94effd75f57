//! Object stores as the target of downloads: Amazon S3, Google Cloud Storage, Azure, and servers with a compatible
//! interface.

mod error;
mod open;
mod upload;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures_util::StreamExt;
use jiff::Timestamp;
use midapi::{Error, ErrorKind, Task};
use object_store::path::Path;
use object_store::{Attribute, Attributes, ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};

use crate::blocking::run_blocking;
use crate::name::template::Template;
use crate::object_target::error::store_error;
use crate::object_target::upload::Uploader;
use crate::outcome::{FileOutcome, FileStatus, Outcome, existing, failed_file, unreadable_results};
use crate::placement::MAX_SUFFIX;
use crate::record::{RECORDS, Record, SavedFile, encode_id, hex};
use crate::transfer::{Fetched, ReceivedFile};

/// The maximum size of a record in bytes. A larger record is ignored; real records have a few kilobytes.
const MAX_RECORD_BYTES: u64 = 16 << 20;

/// The metadata key for the id of the task that an object belongs to. The id is encoded as in the name of the record of
/// the task.
const TASK_METADATA: &str = "midapi-task";

/// A prefix in an object store, as the target of [`Downloader::upload_to`](crate::Downloader::upload_to).
///
/// A file of at most 8 MiB is uploaded by one conditional request, which fails if an object with the same name exists.
/// If the store does not support conditional requests, the name is checked before the upload instead. A larger file is
/// uploaded in parts, without a condition. Its name is checked before the upload starts and again before the upload is
/// completed.
///
/// Between the last check of a name and the end of the upload, another process can create an object with the same name.
/// One file then overwrites the other. This is unlikely for different tasks if the names contain the start of the task
/// id, as the names of the default template do.
///
/// Each object has a content type and, as metadata, the id of its task. If an existing object has the same name and the
/// same bytes and does not belong to another task, no new object is created, and the record names the existing object.
/// Any other existing object is kept, and the name of the new object gets a suffix.
#[derive(Clone)]
pub struct ObjectTarget {
    prefix: Path,
    /// The URL of the store without the prefix, or the `Display` text of a store that was passed to `new`.
    name: String,
    uploader: Arc<Uploader>,
}

impl ObjectTarget {
    /// Creates a target from a store and a prefix, which precedes the path of the template in each object name. The
    /// prefix has no slash at its start or end.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if the prefix is not valid.
    pub fn new(store: Arc<dyn ObjectStore>, prefix: &str) -> Result<Self, Error> {
        let prefix = Path::parse(prefix)
            .map_err(|error| Error::new(ErrorKind::Usage, format!("the prefix cannot be used: {error}")))?;
        let name = store.to_string();
        Ok(Self { prefix, name, uploader: Arc::new(Uploader::new(store)) })
    }

    fn store(&self) -> &dyn ObjectStore {
        self.uploader.store()
    }

    fn key(&self, path: &str) -> Result<Path, Error> {
        let key = if self.prefix.is_root() { path.to_owned() } else { format!("{}/{path}", self.prefix) };
        Path::parse(&key).map_err(|error| Error::new(ErrorKind::Io, format!("{key:?} is not a valid name: {error}")))
    }

    fn record_key(&self, encoded_id: &str) -> Result<Path, Error> {
        self.key(&format!("{RECORDS}/{encoded_id}.json"))
    }

    fn failed(&self, verb: &str, key: &Path, error: &object_store::Error) -> Error {
        store_error(verb, &format!("{}/{key}", self.name), error)
    }

    /// Waits until the uploads of dropped downloads are cancelled. Dropping a download only starts to cancel them.
    pub(crate) async fn finish_aborts(&self) {
        self.uploader.finish_aborts().await;
    }

    /// Checks that the store can be reached, and that the records in it can be listed.
    pub(crate) async fn probe(&self) -> Result<(), Error> {
        let records = self.key(RECORDS)?;
        let first = self.store().list(Some(&records)).next().await;
        first.transpose().map(|_| ()).map_err(|error| self.failed("list", &records, &error))
    }

    /// Returns the outcome of a task if its record lists a file for each result. Otherwise returns None.
    pub(crate) async fn recorded(&self, id: &str) -> Result<Option<Outcome>, Error> {
        let record = self.read_record(id, &encode_id(id)).await?;
        let complete = record.filter(|record| record.is_complete(record.task.result_urls().len()));
        Ok(complete.map(|record| Outcome {
            id: id.to_owned(),
            files: record.files.into_iter().map(existing).collect(),
            error: None,
        }))
    }

    /// Reads the recorded files of a task.
    pub(crate) async fn read_saved(&self, id: &str, encoded_id: &str) -> Result<BTreeMap<usize, SavedFile>, Error> {
        let record = self.read_record(id, encoded_id).await?;
        Ok(record.into_iter().flat_map(|record| record.files).map(|file| (file.n, file)).collect())
    }

    /// Uploads the files of a task and writes its record.
    pub(crate) async fn save(
        &self,
        template: &Template,
        task: &Task,
        encoded_id: &str,
        fetched: Vec<Fetched>,
        mut saved: BTreeMap<usize, SavedFile>,
    ) -> Outcome {
        let mut outcome = Outcome { id: task.id().to_owned(), files: Vec::new(), error: None };
        let mut has_changed = false;
        for (n, result) in fetched {
            let uploaded = match result {
                None => {
                    outcome.files.extend(saved.get(&n).cloned().map(existing));
                    continue;
                }
                Some(Ok((url, file))) => self.upload(template, task, n, url, file, &saved, encoded_id).await,
                Some(Err(error)) => Err(error),
            };
            match uploaded {
                Ok((file, outcome_of_file)) => {
                    has_changed = true;
                    saved.insert(n, file.clone());
                    outcome.files.push(FileOutcome { outcome: outcome_of_file, ..existing(file) });
                }
                Err(error) => {
                    let url = task.result_urls().get(n - 1).cloned().unwrap_or_default();
                    outcome.files.push(failed_file(n, url, &error, task.id()));
                }
            }
        }
        if has_changed {
            let record = Record { task: task.clone(), files: saved.into_values().collect() };
            let written = self.write_record(encoded_id, &record).await;
            outcome.error = written.err().map(|error| error.with_task_id(task.id()));
        }
        outcome.error = outcome.error.or_else(|| unreadable_results(task));
        outcome
    }

    /// Uploads a file to the first free name, and removes it from the local directory.
    #[allow(clippy::too_many_arguments, reason = "one caller; a struct would group unrelated arguments")]
    async fn upload(
        &self,
        template: &Template,
        task: &Task,
        n: usize,
        url: String,
        file: ReceivedFile,
        saved: &BTreeMap<usize, SavedFile>,
        encoded_id: &str,
    ) -> Result<(SavedFile, FileStatus), Error> {
        let name = template.name(task, n, file.kind.extension());
        let attributes = Attributes::from_iter([
            (Attribute::ContentType, file.kind.content_type().to_owned()),
            (Attribute::Metadata(TASK_METADATA.into()), encoded_id.to_owned()),
        ]);
        for number in 1..=MAX_SUFFIX {
            let path = name.path(number);
            let key = self.key(&path)?;
            // Two results of a task never share an object.
            if saved.values().any(|other| other.n != n && other.path == path) {
                continue;
            }
            let created = self.uploader.create(&key, &file, attributes.clone()).await;
            let is_new = created.map_err(|error| self.failed("upload", &key, &error))?;
            let is_there = is_new
                || self.has_object(&key, &file, encoded_id).await.map_err(|error| self.failed("read", &key, &error))?;
            if is_there {
                let status = if is_new { FileStatus::Saved } else { FileStatus::Exists };
                let ReceivedFile { bytes, sha256, path: spooled, .. } = file;
                run_blocking(move || drop(spooled)).await?;
                return Ok((SavedFile { n, path, bytes, sha256, url, modified: Timestamp::now() }, status));
            }
        }
        Err(Error::new(ErrorKind::Io, format!("no free name for {}/{}", self.name, name.path(1))))
    }

    /// Whether an object has the bytes of a file and does not belong to another task.
    async fn has_object(&self, key: &Path, file: &ReceivedFile, encoded_id: &str) -> object_store::Result<bool> {
        let object = match self.store().get(key).await {
            Ok(object) => object,
            // The object was deleted after the upload had found its name taken.
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let owner = object.attributes.get(&Attribute::Metadata(TASK_METADATA.into()));
        if object.meta.size != file.bytes || owner.is_some_and(|owner| owner.as_ref() != encoded_id) {
            return Ok(false);
        }
        let mut hasher = Sha256::new();
        let mut chunks = object.into_stream();
        while let Some(chunk) = chunks.next().await {
            hasher.update(&chunk?);
        }
        Ok(hex(&hasher.finalize()) == file.sha256)
    }

    /// Reads the record of a task. Returns None if the record does not exist, belongs to another id, is larger than
    /// [`MAX_RECORD_BYTES`], or cannot be parsed. Uploaded objects of the task are then recognized by their bytes.
    async fn read_record(&self, id: &str, encoded_id: &str) -> Result<Option<Record>, Error> {
        let key = self.record_key(encoded_id)?;
        let failed = |error| self.failed("read", &key, &error).with_task_id(id);
        let object = match self.store().get(&key).await {
            Ok(object) if object.meta.size <= MAX_RECORD_BYTES => object,
            Ok(_) | Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        match serde_json::from_slice(&object.bytes().await.map_err(failed)?) {
            Ok(record) => Ok(Some(record).filter(|record: &Record| record.task.id() == id)),
            Err(error) => {
                tracing::warn!(task.id = id, error = %error, "ignoring a record that cannot be read");
                Ok(None)
            }
        }
    }

    async fn write_record(&self, encoded_id: &str, record: &Record) -> Result<(), Error> {
        let key = self.record_key(encoded_id)?;
        let json = serde_json::to_vec(record)
            .map_err(|error| Error::new(ErrorKind::Io, "the record cannot be written").with_source(error))?;
        let written = self.store().put(&key, json.into()).await;
        written.map(|_| ()).map_err(|error| self.failed("write the record", &key, &error))
    }
}

/// Shows the URL of the target.
impl fmt::Display for ObjectTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.prefix)
    }
}

impl fmt::Debug for ObjectTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ObjectTarget").field(&self.to_string()).finish()
    }
}
