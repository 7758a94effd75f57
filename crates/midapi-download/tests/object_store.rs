//! Object stores as targets: names, records, second runs, parts, errors. The store is in memory;
//! `midapi-cli/tests/s3.rs` uses a real one.

#![cfg(feature = "object-store")]

mod support;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use midapi::ErrorKind;
use midapi_download::object_store::memory::InMemory;
use midapi_download::object_store::path::Path;
use midapi_download::object_store::*;
use midapi_download::{Downloader, FileStatus, ObjectTarget, Outcome};
use midapi_mock::{FileKind, MockServer, file, status, success};
use support::{client, files, finished_task, paths, server};

/// A store in memory that counts requests, and can behave like other stores.
#[derive(Debug, Default)]
struct TestStore {
    objects: InMemory,
    reads: AtomicUsize,
    writes: AtomicUsize,
    parts: AtomicUsize,
    aborts: Arc<AtomicUsize>,
    /// Whether the store rejects conditional writes and attributes of objects.
    is_simple: AtomicBool,
    /// Whether uploads of parts never complete.
    hangs: AtomicBool,
    /// Whether every request fails.
    fails: AtomicBool,
}

impl TestStore {
    fn check(&self) -> Result<()> {
        if self.fails.load(Relaxed) {
            return Err(Error::PermissionDenied {
                path: "a".into(),
                source: "<AWSAccessKeyId>AKIA</AWSAccessKeyId>".into(),
            });
        }
        Ok(())
    }

    async fn keys(&self) -> Vec<String> {
        let mut keys: Vec<_> = self.objects.list(None).map(|meta| meta.unwrap().location.to_string()).collect().await;
        keys.sort();
        keys
    }

    async fn put_foreign(&self, key: &str, bytes: Vec<u8>, owner: Option<&'static str>) {
        let owner = owner.map(|owner| (Attribute::Metadata("midapi-task".into()), owner));
        let options = PutOptions { attributes: Attributes::from_iter(owner), ..PutOptions::default() };
        self.objects.put_opts(&key.into(), bytes.into(), options).await.unwrap();
    }

    async fn bytes(&self, key: &str) -> Vec<u8> {
        self.objects.get(&Path::parse(key).unwrap()).await.unwrap().bytes().await.unwrap().into()
    }
}

impl fmt::Display for TestStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("test")
    }
}

#[async_trait::async_trait]
impl ObjectStore for TestStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.check()?;
        if self.is_simple.load(Relaxed) && (options.mode != PutMode::Overwrite || !options.attributes.is_empty()) {
            return Err(Error::NotImplemented { operation: "put".into(), implementer: "test".into() });
        }
        self.writes.fetch_add(1, Relaxed);
        self.objects.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.check()?;
        self.parts.fetch_add(1, Relaxed);
        let upload = self.objects.put_multipart_opts(location, options).await?;
        Ok(Box::new(TestUpload { upload, hangs: self.hangs.load(Relaxed), aborts: Arc::clone(&self.aborts) }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.check()?;
        self.reads.fetch_add(1, Relaxed);
        self.objects.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.objects.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.objects.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.objects.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.objects.copy_opts(from, to, options).await
    }
}

#[derive(Debug)]
struct TestUpload {
    upload: Box<dyn MultipartUpload>,
    hangs: bool,
    aborts: Arc<AtomicUsize>,
}

#[async_trait::async_trait]
impl MultipartUpload for TestUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        if self.hangs { Box::pin(std::future::pending()) } else { self.upload.put_part(data) }
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.upload.complete().await
    }

    async fn abort(&mut self) -> Result<()> {
        self.aborts.fetch_add(1, Relaxed);
        self.upload.abort().await
    }
}

/// A downloader that uploads to the prefix `pictures` of a store.
struct Run {
    store: Arc<TestStore>,
    spool: tempfile::TempDir,
    downloader: Downloader,
}

impl Run {
    fn new(server: &MockServer, store: &Arc<TestStore>) -> Self {
        let spool = tempfile::tempdir().unwrap();
        let target = ObjectTarget::new(Arc::clone(store) as _, "pictures").unwrap();
        let downloader = Downloader::new(&client(server), spool.path()).name("{id}/{n}.{ext}".parse().unwrap());
        Self { store: Arc::clone(store), spool, downloader: downloader.upload_to(target) }
    }

    async fn download(&self, server: &MockServer, id: &str) -> Outcome {
        let outcome = self.downloader.download(&finished_task(server, id)).await;
        assert_eq!(files(self.spool.path()), [""; 0], "the spool is empty");
        outcome
    }
}

fn statuses(outcome: &Outcome) -> Vec<FileStatus> {
    outcome.files.iter().map(|file| file.outcome).collect()
}

#[tokio::test]
async fn second_run_reads_one_record() {
    let (server, store) = (server(), Arc::new(TestStore::default()));
    let run = Run::new(&server, &store);
    let outcome = run.download(&server, "a").await;
    assert_eq!(statuses(&outcome), [FileStatus::Saved; 4], "{outcome:?}");
    assert_eq!(paths(&outcome), ["a/1.jpeg", "a/2.jpeg", "a/3.jpeg", "a/4.jpeg"]);
    let keys = store.keys().await;
    assert_eq!(keys[0], "pictures/.midapi/%61.json");
    assert_eq!(keys[1..], ["a/1.jpeg", "a/2.jpeg", "a/3.jpeg", "a/4.jpeg"].map(|path| format!("pictures/{path}")));
    let object = store.get(&"pictures/a/1.jpeg".into()).await.unwrap();
    assert_eq!(object.meta.size, outcome.files[0].bytes.unwrap());
    assert_eq!(object.attributes.get(&Attribute::ContentType).unwrap().as_ref(), "image/jpeg");

    let requests = server.requests().len();
    store.reads.store(0, Relaxed);
    let again = Run::new(&server, &store);
    let recorded = again.downloader.recorded("a").await.unwrap().expect("the record is complete");
    assert_eq!((paths(&recorded), statuses(&recorded)), (paths(&outcome), vec![FileStatus::Exists; 4]));
    assert_eq!((store.reads.load(Relaxed), store.writes.load(Relaxed)), (1, 5), "one read of the store, no write");
    assert!(again.downloader.recorded("b").await.unwrap().is_none());
    assert_eq!(statuses(&again.download(&server, "a").await), [FileStatus::Exists; 4]);
    assert_eq!(server.requests().len(), requests, "no request to the API or the file host");
}

#[tokio::test]
async fn incomplete_records_are_completed() {
    let kind = FileKind::Jpeg;
    let missing = status(404).times(1).then(file(kind, 2_000));
    let server = MockServer::builder().task("a", success()).file("/m/a_0_1.jpeg", missing).start().unwrap();
    let store = Arc::new(TestStore::default());
    let outcome = Run::new(&server, &store).download(&server, "a").await;
    assert_eq!(outcome.files[1].error.as_ref().unwrap().kind(), ErrorKind::Expired);
    assert_eq!(store.keys().await.len(), 4, "three files and the record");

    let second = Run::new(&server, &store);
    assert!(second.downloader.recorded("a").await.unwrap().is_none());
    let outcome = second.download(&server, "a").await;
    assert_eq!(statuses(&outcome)[..2], [FileStatus::Exists, FileStatus::Saved]);
    assert_eq!(server.file_request_count("/m/a_0_0.jpeg"), 1, "recorded");
    assert!(second.downloader.recorded("a").await.unwrap().is_some());
}

#[tokio::test]
async fn taken_names_get_a_suffix() {
    for is_simple in [false, true] {
        let (server, store) = (server(), Arc::new(TestStore::default()));
        let first = Run::new(&server, &store).download(&server, "a").await;
        assert_eq!(statuses(&first), [FileStatus::Saved; 4]);
        let whole = store.bytes("pictures/a/1.jpeg").await;

        let other = Arc::new(TestStore::default());
        other.is_simple.store(is_simple, Relaxed);
        let changed: Vec<_> = whole.iter().map(|byte| byte ^ 1).collect();
        other.put_foreign("pictures/a/1.jpeg", changed.clone(), None).await;
        other.put_foreign("pictures/a/2.jpeg", store.bytes("pictures/a/2.jpeg").await, None).await;
        other.put_foreign("pictures/a/3.jpeg", store.bytes("pictures/a/3.jpeg").await, Some("b")).await;
        other.put_foreign("pictures/a/4.jpeg", store.bytes("pictures/a/4.jpeg").await, Some("%61")).await;
        let outcome = Run::new(&server, &other).download(&server, "a").await;
        assert_eq!(paths(&outcome), ["a/1-2.jpeg", "a/2.jpeg", "a/3-2.jpeg", "a/4.jpeg"], "simple: {is_simple}");
        let (saved, exists) = (FileStatus::Saved, FileStatus::Exists);
        assert_eq!(statuses(&outcome), [saved, exists, saved, exists], "simple: {is_simple}");
        assert_eq!(other.bytes("pictures/a/1.jpeg").await, changed, "foreign objects stay");
    }
}

#[tokio::test]
async fn unreadable_records_are_replaced() {
    let (server, store) = (server(), Arc::new(TestStore::default()));
    let first = Run::new(&server, &store).download(&server, "a").await;
    for record in ["", "{\"task\":", "[]"] {
        store.put_foreign("pictures/.midapi/placeholder", Vec::new(), None).await;
        let key = Path::parse("pictures/.midapi/%61.json").unwrap();
        store.objects.put(&key, record.into()).await.unwrap();
        let run = Run::new(&server, &store);
        assert!(run.downloader.recorded("a").await.unwrap().is_none());
        let outcome = run.download(&server, "a").await;
        assert_eq!((paths(&outcome), statuses(&outcome)), (paths(&first), vec![FileStatus::Exists; 4]), "adopted");
        assert!(run.downloader.recorded("a").await.unwrap().is_some());
    }
}

#[tokio::test]
async fn large_files_are_uploaded_in_parts() {
    let server = MockServer::builder().task("a", success()).file_size(9 << 20).start().unwrap();
    let store = Arc::new(TestStore::default());
    store.put_foreign("pictures/a/2.jpeg", vec![7; 9 << 20], None).await;
    let outcome = Run::new(&server, &store).download(&server, "a").await;
    assert_eq!(paths(&outcome), ["a/1.jpeg", "a/2-2.jpeg", "a/3.jpeg", "a/4.jpeg"], "{outcome:?}");
    assert_eq!((store.parts.load(Relaxed), store.aborts.load(Relaxed)), (4, 0));
    for saved in &outcome.files {
        let bytes = store.bytes(&format!("pictures/{}", saved.path.as_ref().unwrap())).await;
        assert_eq!(Some(bytes.len() as u64), saved.bytes);
        assert!(bytes.starts_with(b"\xff\xd8\xff") && bytes.ends_with(b"\xff\xd9"));
    }
    let object = store.get(&"pictures/a/1.jpeg".into()).await.unwrap();
    assert_eq!(object.attributes.get(&Attribute::ContentType).unwrap().as_ref(), "image/jpeg");
}

#[tokio::test]
async fn dropped_uploads_are_aborted() {
    let server = MockServer::builder().task("a", success()).file_size(9 << 20).start().unwrap();
    let store = Arc::new(TestStore::default());
    store.hangs.store(true, Relaxed);
    let run = Run::new(&server, &store);
    let task = finished_task(&server, "a");
    let started = async {
        while store.parts.load(Relaxed) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        outcome = run.downloader.download(&task) => panic!("{outcome:?}"),
        () = started => {}
    }
    run.downloader.finish_aborts().await;
    assert_eq!(store.aborts.load(Relaxed), 1);
    assert_eq!(store.keys().await, [""; 0], "neither an object nor a record");
    assert_eq!(files(run.spool.path()), [""; 0], "the spool is empty");
}

#[tokio::test]
async fn failing_stores_are_io_errors() {
    let (server, store) = (server(), Arc::new(TestStore::default()));
    store.fails.store(true, Relaxed);
    let run = Run::new(&server, &store);
    let error = run.downloader.recorded("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(error.message(), "cannot read test/pictures/.midapi/%61.json: permission denied");
    assert!(!format!("{error:?}").contains("AKIA"), "{error:?}");
    let outcome = run.download(&server, "a").await;
    assert_eq!(outcome.error.unwrap().kind(), ErrorKind::Io);
    assert!(server.requests().is_empty(), "no file is downloaded if the record cannot be read");
}

#[tokio::test]
async fn unicode_names_are_kept() {
    let (server, store) = (server(), Arc::new(TestStore::default()));
    let run = Run::new(&server, &store);
    let downloader = run.downloader.clone().name("猫 é/{n} #%.{ext}".parse().unwrap());
    let outcome = downloader.download(&finished_task(&server, "a")).await;
    assert_eq!(paths(&outcome)[0], "猫 é/1 #_.jpeg");
    assert!(store.keys().await.contains(&"pictures/猫 é/1 #_.jpeg".to_owned()), "{:?}", store.keys().await);
    assert_eq!(run.store.keys().await.len(), 5);
}
