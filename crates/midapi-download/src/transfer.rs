//! The transfer of one file: from the response to a verified temporary file.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use midapi::http::HeaderMap;
use midapi::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use midapi::reqwest::{self, Response};
use midapi::{Error, ErrorKind, RawResponse};
use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempPath};
use tokio::sync::mpsc;
use url::Url;

use crate::content::{FileType, HEAD_BYTES};
use crate::directory::{TEMPORARY, io_error};
use crate::http::{AddressPolicy, find_rejection};
use crate::record::{RECORDS, hex};

/// The maximum number of received chunks that wait to be written to the disk.
const QUEUED_CHUNKS: usize = 8;

/// The timeout of one attempt to transfer a file.
const ATTEMPT_TIMEOUT: Duration = Duration::from_mins(15);

/// The settings of a transfer, for all of its attempts.
#[derive(Debug, Clone)]
pub(crate) struct Transfer {
    pub(crate) http: reqwest::Client,
    pub(crate) addresses: AddressPolicy,
    pub(crate) directory: Arc<Path>,
    /// The encoded id of the task. The name of the temporary file starts with it.
    pub(crate) encoded_id: String,
    pub(crate) max_bytes: u64,
    /// The number of bytes that all transfers have received.
    pub(crate) received: Arc<AtomicU64>,
}

/// A whole file that was received, with a temporary name.
#[derive(Debug)]
pub(crate) struct ReceivedFile {
    /// The path of the temporary file, which is closed. Dropping the path removes the file.
    pub(crate) path: TempPath,
    pub(crate) kind: FileType,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// The position of a result, from 1, and the outcome of its download: the URL and the file, or the error. The outcome
/// is None if the result is saved already.
pub(crate) type Fetched = (usize, Option<Result<(String, ReceivedFile), Error>>);

impl ReceivedFile {
    /// Flushes the content to the disk.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        let synced = File::options().write(true).open(&self.path).and_then(|file| file.sync_all());
        synced.map_err(|error| io_error("write to", &self.path, error))
    }
}

impl Transfer {
    /// Makes one attempt to download a file.
    pub(crate) async fn attempt(&self, url: &str) -> Result<ReceivedFile, Error> {
        let url = Url::parse(url)
            .map_err(|error| Error::new(ErrorKind::Unexpected, format!("the URL cannot be used: {error}")))?;
        self.addresses.check(&url).map_err(|why| Error::new(ErrorKind::Unexpected, why.to_string()))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let failed = |error| connection_error(error, &host);
        // The size and the hash are those of the stored file, so the server should not compress it.
        let request = self.http.get(url).header(ACCEPT_ENCODING, "identity").timeout(ATTEMPT_TIMEOUT);
        let mut response = request.send().await.map_err(failed)?;
        let length = self.check_head(&mut response)?;
        let (sender, chunks) = mpsc::channel(QUEUED_CHUNKS);
        let writer = Writer::new(self, response.headers())?;
        let writer = tokio::task::spawn_blocking(move || writer.run(chunks));
        let mut received = 0;
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            received += chunk.len() as u64;
            self.received.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            // If the writer takes no more chunks, it has failed. Its error is returned below.
            if sender.send(Some(chunk)).await.is_err() {
                break;
            }
        }
        let sent_all = sender.send(None).await.is_ok();
        let written =
            writer.await.map_err(|error| Error::new(ErrorKind::Io, "writing the file panicked").with_source(error))?;
        let file = written?;
        if !sent_all || length.is_some_and(|length| length != received) {
            return Err(Error::new(
                ErrorKind::Transport,
                format!("the connection to {host} was lost after {received} bytes"),
            ));
        }
        Ok(file)
    }

    /// Checks the status and the size of a response. Returns the length of the body, if the response states the length.
    fn check_head(&self, response: &mut Response) -> Result<Option<u64>, Error> {
        if response.status() != 200 {
            let mut raw = RawResponse::new(response.status().as_u16(), Bytes::new());
            for (name, value) in response.headers() {
                raw = raw.with_header(name.clone(), value.clone());
            }
            return Err(Error::from_http_status(raw));
        }
        let length = response.content_length();
        match length {
            Some(length) if length > self.max_bytes => Err(too_large(self.max_bytes)),
            length => Ok(length),
        }
    }
}

/// Writes the chunks of a response to a temporary file. Runs on a blocking thread.
struct Writer {
    sink: Sink,
    is_compressed: bool,
}

/// The destination of the decompressed bytes: detects the type, hashes the bytes, and writes them to the file.
struct Sink {
    records: PathBuf,
    prefix: String,
    content_type: String,
    max_bytes: u64,
    /// The first bytes of the file. They are kept here until there are enough bytes to detect the type of the file.
    head: Vec<u8>,
    file: Option<(NamedTempFile, FileType)>,
    bytes: u64,
    hasher: Sha256,
    /// The error that ended the writing.
    error: Option<Error>,
}

impl Writer {
    fn new(transfer: &Transfer, headers: &HeaderMap) -> Result<Self, Error> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
        let encoding = text(CONTENT_ENCODING).to_ascii_lowercase();
        let is_compressed = match &*encoding {
            "" | "identity" => false,
            "gzip" | "x-gzip" => true,
            other => {
                let message = format!("the server sent the unsupported encoding {other:?}");
                return Err(Error::new(ErrorKind::InvalidContent, message));
            }
        };
        let sink = Sink {
            records: transfer.directory.join(RECORDS),
            prefix: format!("{}.", transfer.encoded_id),
            content_type: text(CONTENT_TYPE).chars().take(60).collect(),
            max_bytes: transfer.max_bytes,
            head: Vec::new(),
            file: None,
            bytes: 0,
            hasher: Sha256::new(),
            error: None,
        };
        Ok(Self { sink, is_compressed })
    }

    fn run(self, mut chunks: mpsc::Receiver<Option<Bytes>>) -> Result<ReceivedFile, Error> {
        let mut next = || match chunks.blocking_recv() {
            // The download was dropped.
            None => Err(io::Error::from(io::ErrorKind::Interrupted)),
            Some(chunk) => Ok(chunk),
        };
        let mut sink = self.sink;
        let written = if self.is_compressed {
            let mut decoder = MultiGzDecoder::new(&mut sink);
            let copied = copy(&mut next, &mut decoder);
            copied.and_then(|()| decoder.try_finish())
        } else {
            copy(&mut next, &mut sink)
        };
        if let Some(error) = sink.error.take() {
            return Err(error);
        }
        // Errors of the sink are returned above, so this error comes from the decoder or from a dropped download.
        written
            .map_err(|error| Error::new(ErrorKind::InvalidContent, "the file is not valid gzip").with_source(error))?;
        sink.finish()
    }
}

fn copy(next: &mut impl FnMut() -> io::Result<Option<Bytes>>, sink: &mut impl Write) -> io::Result<()> {
    while let Some(chunk) = next()? {
        sink.write_all(&chunk)?;
    }
    Ok(())
}

impl Sink {
    /// Adds bytes. The file is created when the type is known.
    fn add(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.max_bytes {
            return Err(too_large(self.max_bytes));
        }
        self.hasher.update(bytes);
        if let Some((file, _)) = &mut self.file {
            return file.write_all(bytes).map_err(|error| io_error("write to", file.path(), error));
        }
        self.head.extend_from_slice(bytes);
        if self.head.len() >= HEAD_BYTES { self.create_file() } else { Ok(()) }
    }

    fn create_file(&mut self) -> Result<(), Error> {
        let Some(kind) = FileType::detect(&self.head) else { return Err(self.not_a_picture()) };
        let created = tempfile::Builder::new().prefix(&self.prefix).suffix(TEMPORARY).tempfile_in(&self.records);
        let mut file = created.map_err(|error| io_error("create a file in", &self.records, error))?;
        file.write_all(&self.head).map_err(|error| io_error("write to", file.path(), error))?;
        self.head = Vec::new();
        self.file = Some((file, kind));
        Ok(())
    }

    fn not_a_picture(&self) -> Error {
        let start: String = String::from_utf8_lossy(&self.head).chars().take(24).collect();
        let kind = if self.content_type.is_empty() { String::new() } else { format!(", {}", self.content_type) };
        let what = if self.bytes == 0 { "is empty".to_owned() } else { format!("starts with {start:?}") };
        Error::new(ErrorKind::InvalidContent, format!("not a picture or video: the file {what}{kind}"))
    }

    fn finish(mut self) -> Result<ReceivedFile, Error> {
        let Some((mut file, kind)) = self.file.take() else { return Err(self.not_a_picture()) };
        let failed = |error, path: &Path| io_error("read", path, error);
        let path = file.path().to_owned();
        if !kind.is_whole(file.as_file_mut(), self.bytes).map_err(|error| failed(error, &path))? {
            let message =
                format!("the {} file is truncated after {} bytes: its end is missing", kind.extension(), self.bytes);
            return Err(Error::new(ErrorKind::InvalidContent, message));
        }
        Ok(ReceivedFile { path: file.into_temp_path(), kind, bytes: self.bytes, sha256: hex(&self.hasher.finalize()) })
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.add(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(error) => {
                self.error.get_or_insert(error);
                Err(io::Error::other("see the stored error"))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn too_large(max_bytes: u64) -> Error {
    Error::new(ErrorKind::InvalidContent, format!("the file is larger than {max_bytes} bytes"))
}

/// Creates the error of a request that received no response or only a part of the response.
fn connection_error(error: reqwest::Error, host: &str) -> Error {
    match find_rejection(&error) {
        Some(rejected) => {
            let message = rejected.to_string();
            Error::new(ErrorKind::Unexpected, message).with_source(error.without_url())
        }
        None => Error::from_http_client(error, host),
    }
}
