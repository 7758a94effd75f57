//! The download of one task: transfers its files, then names them and writes the record.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use midapi::clock::Clock;
use midapi::{Error, ErrorKind, Task};
use tokio::sync::OnceCell;

use crate::blocking::run_blocking;
use crate::directory::{FileState, file_states, io_error, read_record};
use crate::downloader::Downloader;
use crate::lock::TaskLock;
use crate::outcome::{FileOutcome, FileStatus, Outcome, check_task, existing, failed_file, unreadable_results};
use crate::placement::{Received, Target};
use crate::record::{Record, SavedFile, encode_id};
use crate::transfer::{Fetched, ReceivedFile, Transfer};

/// The time between two attempts to lock a task that another process is downloading.
const LOCK_INTERVAL: Duration = Duration::from_millis(100);

impl Downloader {
    /// Downloads the results of a task that are not saved yet.
    pub(crate) async fn try_download(&self, task: &Task) -> Result<Outcome, Error> {
        check_task(task)?;
        let prepared = self.prepared().await?;
        let encoded_id = encode_id(task.id());
        let transfer = Transfer { encoded_id: encoded_id.clone(), ..prepared.clone() };
        let lock = self.lock(&encoded_id).await?;
        #[cfg(feature = "object-store")]
        if let Some(target) = &self.target {
            let saved = target.read_saved(task.id(), &encoded_id).await?;
            let fetched = self.fetch_missing(task, &transfer, false, |n| saved.contains_key(&n)).await;
            let outcome = target.save(&self.template, task, &encoded_id, fetched, saved).await;
            drop(lock);
            return Ok(outcome);
        }
        let (root, id, encoded) = (Arc::clone(&self.root), task.id().to_owned(), encoded_id.clone());
        let (record, states) = run_blocking(move || {
            let record = read_record(&root, &id, &encoded)?;
            let states =
                record.as_ref().map_or_else(|| Ok(HashMap::new()), |record| file_states(&root, record, &id))?;
            Ok::<_, Error>((record, states))
        })
        .await??;
        let saved: HashMap<usize, SavedFile> =
            record.into_iter().flat_map(|record| record.files).map(|file| (file.n, file)).collect();
        let is_there = |n| matches!(states.get(&n), Some(FileState::Unchanged | FileState::Touched));
        let fetched = self.fetch_missing(task, &transfer, true, is_there).await;
        let (downloader, task) = (self.clone(), task.clone());
        run_blocking(move || downloader.save(&task, &encoded_id, fetched, saved, &states, lock)).await
    }

    /// Downloads the missing files of a task concurrently. A file is missing if `is_there` returns false for the number
    /// of its result. If `sync` is true, each file is flushed to the disk.
    async fn fetch_missing(
        &self,
        task: &Task,
        transfer: &Transfer,
        sync: bool,
        is_there: impl Fn(usize) -> bool,
    ) -> Vec<Fetched> {
        let fresh = OnceCell::new();
        let transfers = task.result_urls().iter().enumerate().map(|(index, url)| {
            let n = index + 1;
            let (is_there, fresh) = (is_there(n), &fresh);
            async move {
                if is_there {
                    return (n, None);
                }
                let fetched = self.fetch(task, n, url, transfer, fresh).await;
                (n, Some(if sync { write_through(fetched).await } else { fetched }))
            }
        });
        join_all(transfers).await
    }

    /// Acquires the lock on a task. Waits while another process holds it.
    async fn lock(&self, encoded_id: &str) -> Result<TaskLock, Error> {
        loop {
            let (root, encoded) = (Arc::clone(&self.root), encoded_id.to_owned());
            let lock = run_blocking(move || TaskLock::try_acquire(&root, &encoded)).await?;
            match lock.map_err(|error| io_error("lock a task in", &self.root, error))? {
                Some(lock) => return Ok(lock),
                None => midapi::clock::SystemClock.sleep(LOCK_INTERVAL).await,
            }
        }
    }

    /// Downloads one file. If the host no longer has it, requests the task again and downloads the file from its fresh
    /// URL.
    async fn fetch(
        &self,
        task: &Task,
        n: usize,
        url: &str,
        transfer: &Transfer,
        fresh: &OnceCell<Result<Task, Error>>,
    ) -> Result<(String, ReceivedFile), Error> {
        let permit = self.permits.acquire().await;
        let fetched = self.client.retry(task.id(), || transfer.attempt(url)).await;
        let error = match fetched {
            Err(error) if is_gone(&error) => error,
            fetched => return fetched.map(|file| (url.to_owned(), file)),
        };
        // A request to the API does not count towards the limit on files in flight.
        drop(permit);
        let fresh = fresh.get_or_init(|| async { self.client.get(task.id()).await }).await;
        let expired = |error: Error| {
            Error::new(ErrorKind::Expired, format!("the file is no longer available ({error})")).with_source(error)
        };
        let url = match fresh {
            Err(error) if error.is_not_found() => return Err(expired(error.clone())),
            Err(error) => return Err(error.clone()),
            Ok(task) => match task.result_urls().get(n - 1) {
                Some(fresh) if fresh != url => fresh,
                _ => return Err(expired(error)),
            },
        };
        let _permit = self.permits.acquire().await;
        let fetched = self.client.retry(task.id(), || transfer.attempt(url)).await;
        fetched.map(|file| (url.to_owned(), file)).map_err(|error| if is_gone(&error) { expired(error) } else { error })
    }

    /// Names the files and writes the record. Runs on a blocking thread, so it completes even if the download is
    /// dropped.
    fn save(
        &self,
        task: &Task,
        encoded_id: &str,
        fetched: Vec<Fetched>,
        mut saved: HashMap<usize, SavedFile>,
        states: &HashMap<usize, FileState>,
        _lock: TaskLock,
    ) -> Outcome {
        let target = Target { root: &self.root, template: &self.template };
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let mut outcome = Outcome { id: task.id().to_owned(), files: Vec::new(), error: None };
        let mut files = Vec::new();
        let mut has_changed = states.values().any(|state| *state != FileState::Unchanged);
        for (n, result) in fetched {
            let url = || task.result_urls().get(n - 1).cloned().unwrap_or_default();
            let old = saved.remove(&n).zip(states.get(&n).copied());
            let placed = match result {
                None => match old {
                    Some((mut file, state)) => {
                        refresh_recorded_time(&self.root, &mut file, state);
                        files.push(file.clone());
                        outcome.files.push(existing(file));
                        continue;
                    }
                    None => Err(Error::new(ErrorKind::Io, "the file is gone")),
                },
                Some(Ok((url, file))) => target.place(&mut names, task, Received { n, url, file, replaces: old }),
                Some(Err(error)) => Err(error),
            };
            match placed {
                Ok((file, existed)) => {
                    has_changed = true;
                    files.push(file.clone());
                    let outcome_of_file = if existed { FileStatus::Exists } else { FileStatus::Saved };
                    outcome.files.push(FileOutcome { outcome: outcome_of_file, ..existing(file) });
                }
                Err(error) => outcome.files.push(failed_file(n, url(), &error, task.id())),
            }
        }
        drop(names);
        // Recorded results that the task no longer lists stay in the record.
        files.extend(saved.into_values());
        files.sort_unstable_by_key(|file| file.n);
        if has_changed && !files.is_empty() {
            let record = Record { task: task.clone(), files };
            outcome.error = target.write_record(encoded_id, &record).err().map(|error| error.with_task_id(task.id()));
        }
        if outcome.error.is_none() {
            outcome.error = unreadable_results(task);
        }
        outcome
    }
}

/// Flushes a file to the disk. This happens after the transfer, when the file no longer counts as in flight.
async fn write_through(fetched: Result<(String, ReceivedFile), Error>) -> Result<(String, ReceivedFile), Error> {
    let (url, file) = fetched?;
    run_blocking(move || file.sync().map(|()| (url, file))).await?
}

/// Whether an error means that the file host no longer has the file, or that its URL is no longer valid.
fn is_gone(error: &Error) -> bool {
    matches!(error.http_status(), Some(403 | 404 | 410))
}

/// Copies the modification time of a file on the disk into its record, if only that time has changed.
fn refresh_recorded_time(root: &Path, file: &mut SavedFile, state: FileState) {
    let modified = std::fs::symlink_metadata(root.join(&file.path)).and_then(|metadata| metadata.modified());
    if let (FileState::Touched, Ok(modified)) = (state, modified) {
        file.modified = modified.try_into().unwrap_or(file.modified);
    }
}
