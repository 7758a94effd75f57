//! The downloads of `client:download` and `client:download_all`.

use std::future::ready;
use std::mem::take;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use midapi::TaskId;
use midapi_download::{Downloader, Outcome};
use mlua::Lua;

use crate::api::{ApiFunction, DOWNLOAD, DOWNLOAD_ALL};
use crate::client::request::{Arguments, Id, KeyedId};
use crate::convert::files::Downloaded;
use crate::convert::ids;
use crate::runtime::error::ScriptError;
use crate::sandbox::download::DownloadPolicy;
use crate::sandbox::memory::MemoryReservation;

/// The default directory for files outside of a sandbox. The command has the same default.
const DEFAULT_DIRECTORY: &str = "midapi-results";

/// The maximum number of records that are read concurrently.
const RECORDS_IN_FLIGHT: usize = 16;

/// The memory in bytes of a running download in a sandbox: HTTP client, connections and chunks of files.
const DOWNLOAD_BYTES: usize = 512 << 10;

/// A stream of ids and the outcomes of their downloads. The id is empty if a limit of the sandbox ended the downloads.
pub(crate) type Downloads = BoxStream<'static, (Id, Downloaded)>;

impl Arguments {
    /// Builds the download of one task. Also returns the id of the task, and the reservation of the memory that the
    /// download takes.
    pub(crate) fn build_download(&self, lua: &Lua) -> Result<(Id, Downloads, MemoryReservation), ScriptError> {
        let id = ids::read_id_or_task(&DOWNLOAD, &self.subject)?.as_bytes().to_vec();
        let task_id = TaskId::try_from(&*id);
        let mut reservation = self.reserve_batch(lua)?;
        let downloads = self.download(lua, &DOWNLOAD, [(id.clone(), task_id)].into_iter(), &mut reservation)?;
        Ok((id, downloads, reservation))
    }

    /// Builds the downloads of many tasks. Also returns the reservation of the memory that they take.
    pub(crate) fn build_download_all(&self, lua: &Lua) -> Result<(Downloads, MemoryReservation), ScriptError> {
        let (ids, mut reservation) = self.ids(lua, &DOWNLOAD_ALL)?;
        let downloads = self.download(lua, &DOWNLOAD_ALL, ids, &mut reservation)?;
        Ok((downloads, reservation))
    }

    /// Builds the stream of results. It reads all records before the first request, and requests only the tasks without
    /// a complete record.
    fn download(
        &self,
        lua: &Lua,
        function: &'static ApiFunction,
        ids: impl Iterator<Item = KeyedId> + Send + 'static,
        reservation: &mut MemoryReservation,
    ) -> Result<Downloads, ScriptError> {
        let waits = self.options.flag("wait").unwrap_or(false);
        self.check_wait_options(function, waits)?;
        let downloader = self.create_downloader(function)?;
        reservation.add(lua, DOWNLOAD_BYTES)?;
        reservation.flush(lua)?;
        let unrecorded = Arc::new(Mutex::new(Vec::new()));
        let recorded = read_records(downloader.clone(), ids, Arc::clone(&unrecorded));
        let unrecorded =
            stream::once(
                async move { stream::iter(take(&mut *unrecorded.lock().unwrap_or_else(PoisonError::into_inner))) },
            );
        let unrecorded = unrecorded.flatten();
        let tasks = if waits { self.wait_all(unrecorded).stream() } else { self.get_all(unrecorded).stream() };
        let outcomes = recorded.chain(downloader.download_all(tasks)).boxed();
        Ok(match &self.client.downloads {
            Some(policy) => limit_bytes(outcomes, downloader, policy.clone()).boxed(),
            None => outcomes.map(|(id, outcome)| (id, Ok(outcome))).boxed(),
        })
    }

    /// Returns an error for an option that would have no effect.
    fn check_wait_options(&self, function: &ApiFunction, waits: bool) -> Result<(), ScriptError> {
        let detail = if waits && self.options.count("max_retries").is_some() {
            "option 'max_retries' has no effect with option 'wait'"
        } else if !waits && self.options.duration("interval").is_some() {
            "option 'interval' requires option 'wait'"
        } else {
            return Ok(());
        };
        Err(ScriptError::argument(function.name, function.options_position(), detail))
    }

    fn create_downloader(&self, function: &'static ApiFunction) -> Result<Downloader, ScriptError> {
        let invalid = |name: &str, error: &dyn std::fmt::Display| {
            ScriptError::argument(function.name, function.options_position(), &format!("option '{name}': {error}"))
        };
        let to = self.options.text("to");
        let directory = match &self.client.downloads {
            Some(policy) => policy.resolve(function.name, to)?,
            None => PathBuf::from(to.unwrap_or(DEFAULT_DIRECTORY)),
        };
        // The path must be absolute, because the script may change the working directory while files arrive.
        let directory = std::path::absolute(directory).map_err(|error| invalid("to", &error))?;
        let mut downloader = Downloader::new(&self.client.sdk.get(), directory);
        if let Some(name) = self.options.text("name") {
            downloader =
                downloader.name(name.parse().map_err(|error: midapi::Error| invalid("name", &error.message()))?);
        }
        if let Some(files) = self.options.count("max_in_flight") {
            downloader = downloader.max_in_flight(files as usize);
        }
        Ok(downloader)
    }
}

/// Returns the outcomes of the tasks with a complete record. Adds the ids of the other tasks to `unrecorded`.
fn read_records(
    downloader: Downloader,
    ids: impl Iterator<Item = KeyedId> + Send + 'static,
    unrecorded: Arc<Mutex<Vec<KeyedId>>>,
) -> impl Stream<Item = (Id, Outcome)> + Send + 'static {
    let found = stream::iter(ids).map(move |(id, task_id)| {
        let downloader = downloader.clone();
        async move {
            let found = match &task_id {
                Ok(task_id) => downloader.recorded(task_id.as_str()).await,
                Err(_) => Ok(None),
            };
            (id, task_id, found)
        }
    });
    found.buffered(RECORDS_IN_FLIGHT).filter_map(move |(id, task_id, found)| {
        let outcome = found.unwrap_or_else(|error| Some(Outcome::from_error(error)));
        if let Some(outcome) = outcome {
            return ready(Some((id, outcome)));
        }
        unrecorded.lock().unwrap_or_else(PoisonError::into_inner).push((id, task_id));
        ready(None)
    })
}

/// Ends the downloads as soon as they have received more bytes than the sandbox allows. The last item is then the
/// error.
fn limit_bytes(
    outcomes: BoxStream<'static, (Id, Outcome)>,
    downloader: Downloader,
    policy: DownloadPolicy,
) -> impl Stream<Item = (Id, Downloaded)> + Send + 'static {
    let (mut outcomes, mut counted) = (Some(outcomes), 0);
    stream::poll_fn(move |context| {
        let Some(running) = &mut outcomes else { return Poll::Ready(None) };
        let next = running.poll_next_unpin(context);
        let received = downloader.received_bytes();
        let consumed = policy.consume(received - counted);
        counted = received;
        if let Err(exceeded) = consumed {
            outcomes = None;
            return Poll::Ready(Some((Id::new(), Err(exceeded))));
        }
        next.map(|next| next.map(|(id, outcome)| (id, Ok(outcome))))
    })
}
