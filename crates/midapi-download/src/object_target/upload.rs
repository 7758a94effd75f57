//! Uploads of files, by one request or in parts.

use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use object_store::path::Path;
use object_store::{
    Attributes, Error, MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, Result,
};
use tokio::task::JoinSet;

use crate::blocking::run_blocking;
use crate::transfer::ReceivedFile;

/// The size of a part in bytes, and the maximum size of a file that is uploaded by one request.
const PART_BYTES: u64 = 8 << 20;

/// The number of parts that are uploaded at once.
const PARTS_IN_FLIGHT: usize = 4;

/// The uploads to one store.
#[derive(Debug)]
pub(super) struct Uploader {
    store: Arc<dyn ObjectStore>,
    /// Permits only one upload in parts at a time, which limits the memory in use.
    large: tokio::sync::Mutex<()>,
    aborts: Arc<Mutex<JoinSet<()>>>,
}

impl Uploader {
    pub(super) fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, large: tokio::sync::Mutex::default(), aborts: Arc::default() }
    }

    pub(super) fn store(&self) -> &dyn ObjectStore {
        &*self.store
    }

    /// Creates an object with the content of a file. Returns false if the name is taken.
    pub(super) async fn create(&self, key: &Path, file: &ReceivedFile, attributes: Attributes) -> Result<bool> {
        let mut content = File::open(&file.path).map_err(read_error)?;
        if file.bytes > PART_BYTES {
            return self.create_in_parts(key, content, attributes).await;
        }
        let bytes = blocking(move || read_part(&mut content)).await?;
        let options = PutOptions { mode: PutMode::Create, attributes, ..PutOptions::default() };
        match self.store.put_opts(key, bytes.clone().into(), options).await {
            Ok(_) => Ok(true),
            Err(Error::AlreadyExists { .. }) => Ok(false),
            Err(Error::NotImplemented { .. } | Error::NotSupported { .. }) => {
                if self.exists(key).await? {
                    return Ok(false);
                }
                self.store.put(key, bytes.into()).await.map(|_| true)
            }
            Err(error) => Err(error),
        }
    }

    async fn create_in_parts(&self, key: &Path, mut content: File, attributes: Attributes) -> Result<bool> {
        let _permit = self.large.lock().await;
        if self.exists(key).await? {
            return Ok(false);
        }
        let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
        let upload = self.store.put_multipart_opts(key, options).await?;
        let mut upload = Upload { upload: Some(upload), aborts: Arc::clone(&self.aborts) };
        let mut parts = FuturesUnordered::new();
        loop {
            let (part, rest) = blocking(move || Ok((read_part(&mut content)?, content))).await?;
            content = rest;
            if part.is_empty() {
                break;
            }
            if parts.len() == PARTS_IN_FLIGHT {
                parts.next().await.transpose()?;
            }
            parts.extend(upload.upload.as_mut().map(|upload| upload.put_part(part.into())));
        }
        while let Some(uploaded) = parts.next().await {
            uploaded?;
        }
        if self.exists(key).await? {
            return Ok(false);
        }
        upload.complete().await.map(|()| true)
    }

    async fn exists(&self, key: &Path) -> Result<bool> {
        match self.store.head(key).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Waits until all dropped uploads are cancelled at the store.
    pub(super) async fn finish_aborts(&self) {
        let aborts = std::mem::take(&mut *self.aborts.lock().unwrap_or_else(PoisonError::into_inner));
        aborts.join_all().await;
    }
}

/// An upload in parts. Dropping it before it is complete cancels the upload in the background.
struct Upload {
    /// None once the upload is complete.
    upload: Option<Box<dyn MultipartUpload>>,
    aborts: Arc<Mutex<JoinSet<()>>>,
}

impl Upload {
    async fn complete(mut self) -> Result<()> {
        if let Some(upload) = &mut self.upload {
            upload.complete().await?;
        }
        self.upload = None;
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let (Some(mut upload), Ok(runtime)) = (self.upload.take(), tokio::runtime::Handle::try_current()) else {
            return;
        };
        let abort = async move {
            if upload.abort().await.is_err() {
                tracing::warn!("the parts of a cancelled upload may be left in the object store");
            }
        };
        self.aborts.lock().unwrap_or_else(PoisonError::into_inner).spawn_on(abort, &runtime);
    }
}

/// Reads the next part of a file. Returns an empty part at the end of the file.
fn read_part(content: &mut File) -> io::Result<Bytes> {
    let mut part = Vec::new();
    content.take(PART_BYTES).read_to_end(&mut part)?;
    Ok(part.into())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T> {
    let done = run_blocking(work).await.map_err(|error| Error::Generic { store: "spool", source: error.into() })?;
    done.map_err(read_error)
}

fn read_error(error: io::Error) -> Error {
    Error::Generic { store: "spool", source: error.into() }
}
