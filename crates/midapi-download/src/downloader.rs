//! The downloader of result files.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_util::stream::{BoxStream, Stream, StreamExt};
use midapi::{Client, Error, Task};
use tokio::sync::{OnceCell, Semaphore};

use crate::blocking::run_blocking;
use crate::directory::{self, FileState, ends_downloads, file_states, read_record};
use crate::http::build_http_client;
use crate::name::safe::fold;
use crate::name::template::Template;
#[cfg(feature = "object-store")]
use crate::object_target::ObjectTarget;
use crate::outcome::{FileOutcome, FileStatus, Outcome, check_task, existing, unreadable_results};
use crate::placement::{MAX_SUFFIX, Names};
use crate::record::{SavedFile, encode_id};
use crate::transfer::Transfer;

/// The default maximum number of files that are downloaded at once: 16.
pub const MAX_IN_FLIGHT: usize = 16;

/// The default maximum size of a file: 512 MiB.
pub const MAX_FILE_BYTES: u64 = 512 << 20;

/// Saves the results of tasks to a directory: verified, safely named, and downloaded only once.
///
/// Each file is downloaded under a temporary name, checked to be a whole picture or video, and renamed. When all files
/// of a task are renamed, its record is written to `.midapi/` in the directory. A file that is recorded and unchanged
/// is not requested again. Clones share the limit on concurrent files.
///
/// # Cancel safety
/// Dropping a future ends its transfers and removes their temporary files. Only whole files get their final names:
/// renaming the files of a task and writing its record is one step, which dropping the future does not interrupt.
///
/// # Examples
/// ```no_run
/// # async fn example() -> Result<(), midapi::Error> {
/// let client = midapi::Client::from_env()?;
/// let task = client.wait("0f1e2d3c4b5a69788796a5b4c3d2e1f0").await?;
/// let files = midapi_download::Downloader::new(&client, "pictures").download(&task).await.into_result()?;
/// println!("{} files", files.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Downloader {
    pub(crate) client: Client,
    pub(crate) root: Arc<Path>,
    pub(crate) template: Arc<Template>,
    max_bytes: u64,
    max_in_flight: usize,
    pub(crate) permits: Arc<Semaphore>,
    received: Arc<AtomicU64>,
    /// The settings of transfers. They are set when the directory has been prepared.
    transfer: Arc<OnceCell<Transfer>>,
    pub(crate) names: Arc<Mutex<Names>>,
    #[cfg(feature = "object-store")]
    pub(crate) target: Option<ObjectTarget>,
}

impl Downloader {
    /// Creates a downloader. The directory is created before the first download; it may be a symbolic link.
    pub fn new(client: &Client, directory: impl Into<PathBuf>) -> Self {
        Self {
            client: client.clone(),
            root: directory.into().into(),
            template: Arc::new(Template::default()),
            max_bytes: MAX_FILE_BYTES,
            max_in_flight: MAX_IN_FLIGHT,
            permits: Arc::new(Semaphore::new(MAX_IN_FLIGHT)),
            received: Arc::default(),
            transfer: Arc::default(),
            names: Arc::default(),
            #[cfg(feature = "object-store")]
            target: None,
        }
    }

    /// Sets the template of file names. Defaults to [`Template::DEFAULT`].
    pub fn name(mut self, template: Template) -> Self {
        self.template = Arc::new(template);
        self
    }

    /// Sets the maximum number of files that are downloaded at once, at least 1. Defaults to [`MAX_IN_FLIGHT`].
    pub fn max_in_flight(mut self, files: usize) -> Self {
        self.max_in_flight = files.clamp(1, Semaphore::MAX_PERMITS);
        self.permits = Arc::new(Semaphore::new(self.max_in_flight));
        self
    }

    /// Sets the maximum size of a file in bytes, after decompression. Defaults to [`MAX_FILE_BYTES`].
    pub fn max_file_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self.transfer = Arc::default();
        self
    }

    /// The target directory, as given to [`new`](Self::new).
    pub fn directory(&self) -> &Path {
        &self.root
    }

    /// The number of bytes received so far by this downloader and its clones, for progress displays.
    pub fn received_bytes(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Creates the directory, checks that it can be written, and removes temporary files of killed processes. If the
    /// results are saved to an object store, also checks that the store can be listed.
    ///
    /// A download does the same before its first transfer. Call this method to detect an error before requesting tasks.
    ///
    /// # Errors
    /// - [`ErrorKind::Io`](midapi::ErrorKind::Io) if the directory cannot be created or written, or if the object store
    ///   cannot be listed.
    /// - [`ErrorKind::Config`](midapi::ErrorKind::Config) if the connection settings of the client cannot be used.
    pub async fn prepare(&self) -> Result<(), Error> {
        self.prepared().await.map(|_| ())
    }

    /// Prepares the directory, unless an earlier call has prepared it. Returns the settings of transfers.
    pub(crate) async fn prepared(&self) -> Result<&Transfer, Error> {
        let prepare = || async {
            let (http, addresses) = build_http_client(&self.client)?;
            let root = Arc::clone(&self.root);
            run_blocking(move || directory::prepare(&root)).await??;
            #[cfg(feature = "object-store")]
            if let Some(target) = &self.target {
                target.probe().await?;
            }
            Ok(Transfer {
                http,
                addresses,
                directory: Arc::clone(&self.root),
                encoded_id: String::new(),
                max_bytes: self.max_bytes,
                received: Arc::clone(&self.received),
            })
        };
        self.transfer.get_or_try_init(prepare).await
    }

    /// Returns the outcome of a task whose results are all recorded and saved. Returns None if the record or a file is
    /// missing, or if a file has changed. Sends no request to the API or to the file host.
    ///
    /// Each file in a directory is compared with the record by size and modification time. It is hashed if only the
    /// modification time differs. If the target is an object store, the record is requested from the store, and the
    /// saved objects are not checked.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](midapi::ErrorKind::Io) if the record or a file exists but cannot be read.
    pub async fn recorded(&self, id: &str) -> Result<Option<Outcome>, Error> {
        #[cfg(feature = "object-store")]
        if let Some(target) = &self.target {
            return target.recorded(id).await;
        }
        let (root, id) = (Arc::clone(&self.root), id.to_owned());
        run_blocking(move || {
            let encoded_id = encode_id(&id);
            let Some(record) = read_record(&root, &id, &encoded_id)? else { return Ok(None) };
            let states = file_states(&root, &record, &id)?;
            let is_there =
                |file: &SavedFile| matches!(states.get(&file.n), Some(FileState::Unchanged | FileState::Touched));
            if !record.is_complete(record.task.result_urls().len()) || !record.files.iter().all(is_there) {
                return Ok(None);
            }
            Ok(Some(Outcome { id, files: record.files.into_iter().map(existing).collect(), error: None }))
        })
        .await?
    }

    /// Returns the names that the results of a task would get. Sends no request and writes no file.
    ///
    /// The extension is taken from the URL of the result. If several results would get the same name, all but the first
    /// get a suffix. Existing files in the directory are not considered, so a saved file can get another suffix than in
    /// the preview.
    pub fn preview(&self, task: &Task) -> Outcome {
        if let Err(error) = check_task(task) {
            return Outcome::from_error(error.with_task_id(task.id()));
        }
        let mut taken = HashSet::new();
        let planned = |(index, url): (usize, &String)| {
            let path = url.split(['?', '#']).next().unwrap_or(url);
            let extension =
                path.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map_or("jpeg", |(_, ext)| ext);
            let extension = if extension.eq_ignore_ascii_case("jpg") { "jpeg" } else { extension };
            let name = self.template.name(task, index + 1, &extension.to_ascii_lowercase());
            let (n, url) = (index + 1, url.clone());
            FileOutcome {
                n,
                url,
                path: (1..=MAX_SUFFIX).map(|number| name.path(number)).find(|path| taken.insert(fold(path))),
                bytes: None,
                sha256: None,
                outcome: FileStatus::Planned,
                error: None,
            }
        };
        let files = task.result_urls().iter().enumerate().map(planned).collect();
        Outcome { id: task.id().to_owned(), files, error: unreadable_results(task) }
    }

    /// Downloads the results of a task that are not saved yet.
    ///
    /// A failed transfer is retried like an API call. Each attempt transfers the file from its first byte. If the file
    /// host responds with 403, 404 or 410, the task is requested once more for fresh URLs.
    ///
    /// Errors are returned in the outcome. In addition to the error kinds of an API call, these kinds can occur:
    /// - [`ErrorKind::NotFinished`](midapi::ErrorKind::NotFinished) or
    ///   [`ErrorKind::TaskFailed`](midapi::ErrorKind::TaskFailed): the task has no results.
    /// - [`ErrorKind::Expired`](midapi::ErrorKind::Expired): the file host no longer has the file.
    /// - [`ErrorKind::InvalidContent`](midapi::ErrorKind::InvalidContent): the file is not a whole picture or video, or
    ///   is too large.
    /// - [`ErrorKind::Io`](midapi::ErrorKind::Io): the file cannot be written.
    pub async fn download(&self, task: &Task) -> Outcome {
        match self.try_download(task).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::from_error(error.with_task_id(task.id())),
        }
    }

    /// Downloads the results of many tasks as the tasks arrive. Yields each outcome with the key of its task, in any
    /// order.
    ///
    /// Takes the stream of a [`midapi::GetAll`] or [`midapi::WaitAll`]. If the stream has an error instead of a task,
    /// the outcome contains that error. At most [`max_in_flight`](Self::max_in_flight) tasks are downloaded at a time.
    /// If the disk is full or read-only, no further download is started, and the returned stream ends after the
    /// outcomes of the running downloads.
    pub fn download_all<K: Send + 'static>(
        &self,
        results: impl Stream<Item = (K, Result<Task, Error>)> + Send + 'static,
    ) -> OutcomeStream<K> {
        let (downloader, is_ended) = (self.clone(), Arc::new(AtomicBool::new(false)));
        let has_ended = Arc::clone(&is_ended);
        let results = results.take_while(move |_| std::future::ready(!has_ended.load(Ordering::Relaxed)));
        let outcomes = results.map(move |(key, result)| {
            let (downloader, is_ended) = (downloader.clone(), Arc::clone(&is_ended));
            async move {
                let outcome = match result {
                    Ok(task) => downloader.download(&task).await,
                    Err(error) => Outcome::from_error(error),
                };
                is_ended.fetch_or(outcome.first_error().is_some_and(ends_downloads), Ordering::Relaxed);
                (key, outcome)
            }
        });
        OutcomeStream(outcomes.buffer_unordered(self.max_in_flight).boxed())
    }
}

#[cfg(feature = "object-store")]
impl Downloader {
    /// Saves the results to an object store. The directory of the downloader then holds each file until it is uploaded.
    ///
    /// The record of a task is an object too, and is written after the files of the task. Recorded objects are not
    /// checked: an object that was deleted from the store is uploaded again only if the record of its task is deleted
    /// too.
    ///
    /// # Cancel safety
    /// Dropping a download cancels its uploads; see [`finish_aborts`](Self::finish_aborts). Complete objects stay in
    /// the store. The next download recognizes them by their bytes and records them.
    ///
    /// # Examples
    /// ```no_run
    /// # async fn example(client: midapi::Client, task: midapi::Task) -> Result<(), midapi::Error> {
    /// use midapi_download::{Downloader, ObjectTarget};
    ///
    /// let target = ObjectTarget::from_url("s3://bucket/pictures")?;
    /// let outcome = Downloader::new(&client, "/var/spool/pictures").upload_to(target).download(&task).await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload_to(mut self, target: ObjectTarget) -> Self {
        self.target = Some(target);
        self
    }

    /// Waits until the uploads of dropped downloads are cancelled at the store. Dropping a download only starts to
    /// cancel its uploads. Call this method before the runtime ends. Otherwise, parts of files may be left in the
    /// store.
    pub async fn finish_aborts(&self) {
        if let Some(target) = &self.target {
            target.finish_aborts().await;
        }
    }
}

/// The stream of outcomes that [`Downloader::download_all`] returns.
#[must_use = "streams do nothing unless polled"]
pub struct OutcomeStream<K>(BoxStream<'static, (K, Outcome)>);

impl<K> Stream for OutcomeStream<K> {
    type Item = (K, Outcome);

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for Downloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Downloader").field("directory", &self.root).finish_non_exhaustive()
    }
}
