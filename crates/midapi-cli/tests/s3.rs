//! Downloads to a real S3 interface: moto's server, on a port of the system's choice.
//!
//! `.ci/run` installs moto and sets `MIDAPI_MOTO_SERVER` to its path. Without the variable, the test uses the path
//! where `.ci/run` installs moto, and is skipped if moto is not there.

#![cfg(all(unix, feature = "object-store"))]

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use midapi_mock::{FileKind, MockServer, file, success};
use support::{Finished, KEY, midapi, midapi_with};

const KEY_ID: &str = "AKIAEXAMPLE5F2C";
const SECRET: &str = "example-secret-9d41";
const SIZE: usize = 60_000;

/// The server, with the lines of its log.
struct S3 {
    process: Child,
    address: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl S3 {
    /// Starts the server. None if it is not installed.
    fn start() -> Option<Self> {
        let wanted = std::env::var_os("MIDAPI_MOTO_SERVER").map(PathBuf::from);
        let is_required = wanted.is_some();
        let cache = std::env::var_os("XDG_CACHE_HOME")
            .map_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache"), PathBuf::from);
        let program = wanted.unwrap_or_else(|| cache.join("midapi-tools/moto/bin/moto_server"));
        let mut command = Command::new(&program);
        command.args(["-H", "127.0.0.1", "-p", "0"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = match command.spawn() {
            Ok(process) => process,
            Err(error) if !is_required => {
                println!("skipped: {} cannot be started ({error}); .ci/run installs it", program.display());
                return None;
            }
            Err(error) => panic!("{}: {error}", program.display()),
        };
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = lines
            .find_map(|line| Some(line.unwrap().split_once("Running on http://")?.1.trim().to_owned()))
            .expect("the server prints its address");
        let log = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&log);
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| shared.lock().unwrap().push(line)));
        Some(Self { process, address, log })
    }

    /// Sends a request with a wrong signature, which the server does not check. Returns the body.
    fn request(&self, method: &str, target: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let credential = format!("Credential={KEY_ID}/20260101/us-east-1/s3/aws4_request");
        let head = format!(
            "{method} {target} HTTP/1.0\r\nHost: {}\r\nContent-Length: 0\r\n\
             Authorization: AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0\r\n\r\n",
            self.address
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut response = Vec::new();
        stream.read_to_end(&mut response).unwrap();
        let head = response.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a whole response") + 4;
        let line = String::from_utf8_lossy(&response[..head]).lines().next().unwrap_or_default().to_owned();
        assert!(line.contains(" 200 "), "{method} {target}: {line}");
        response.split_off(head)
    }

    fn create_bucket(&self, bucket: &str) {
        self.request("PUT", &format!("/{bucket}"));
    }

    /// The objects of a bucket by key.
    fn objects(&self, bucket: &str) -> BTreeMap<String, Vec<u8>> {
        let list = String::from_utf8(self.request("GET", &format!("/{bucket}?list-type=2"))).unwrap();
        let keys = list.split("<Key>").skip(1).map(|rest| rest.split_once("</Key>").unwrap().0.to_owned());
        keys.map(|key| {
            (key.clone(), self.request("GET", &format!("/{bucket}/{}", key.replace('%', "%25").replace(' ', "%20"))))
        })
        .collect()
    }

    /// Asserts that a bucket contains the whole files of the tasks and their records, and nothing else.
    fn assert_objects(&self, bucket: &str, tasks: usize, bytes: &[u8]) {
        let objects = self.objects(bucket);
        let (records, files): (Vec<_>, Vec<_>) = objects.iter().partition(|(key, _)| key.contains("/.midapi/"));
        assert_eq!((records.len(), files.len()), (tasks, 4 * tasks), "{:?}", objects.keys());
        assert!(files.iter().all(|(_, content)| content.as_slice() == bytes), "{bucket}: every object is whole");
    }

    /// Whether a line of the log contains a text.
    fn has_logged(&self, text: &str) -> bool {
        self.log.lock().unwrap().iter().any(|line| line.contains(text))
    }

    /// Returns the requests of the command since the last call. Those of this test use HTTP/1.0 and are left out.
    fn take_log(&self) -> Vec<String> {
        self.request("GET", "/?marker");
        wait_until("the log has the last request", || self.has_logged("/?marker"));
        let log = std::mem::take(&mut *self.log.lock().unwrap());
        log.into_iter().filter(|line| line.contains("HTTP/1.1")).collect()
    }

    /// The command with the credentials of the store.
    fn command(&self, server: &MockServer, arguments: &[&str]) -> Command {
        let mut command = midapi_with(server, arguments);
        command.env("AWS_ENDPOINT_URL", format!("http://{}", self.address)).env("AWS_ALLOW_HTTP", "true");
        command.env("AWS_ACCESS_KEY_ID", KEY_ID).env("AWS_SECRET_ACCESS_KEY", SECRET).env("AWS_REGION", "us-east-1");
        command.env_remove("MIDAPI_SPOOL").env_remove("AWS_SESSION_TOKEN");
        command
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A server with tasks whose files arrive with a delay.
fn server(tasks: usize, size: usize) -> MockServer {
    let mut builder = MockServer::builder();
    for index in 0..tasks {
        builder = builder.task(format!("t{index}"), success());
        for n in 0..4 {
            let delay = Duration::from_millis((7 * (index * 4 + n) % 40) as u64);
            builder = builder.file(format!("/m/t{index}_0_{n}.jpeg"), file(FileKind::Jpeg, size).delay(delay));
        }
    }
    builder.start().unwrap()
}

/// Waits until a condition holds.
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn s3_receives_verified_files() {
    let Some(s3) = S3::start() else { return };
    saves_and_finds_objects(&s3);
    shares_a_bucket_between_processes(&s3);
    completes_after_kills(&s3);
    aborts_parts_at_an_interrupt(&s3);
    reports_errors_without_credentials(&s3);
}

fn saves_and_finds_objects(s3: &S3) {
    let server = server(2, SIZE);
    s3.create_bucket("saves");
    let run = |verb: &[&str]| Finished::run(&mut s3.command(&server, &[verb, &["t0", "t1"]].concat()));
    let first = run(&["download", "--to", "s3://saves/pic tures/"]);
    assert_eq!((first.status, first.out.lines().count()), (0, 8), "{}{}", first.out, first.err);
    assert!(first.out.lines().all(|line| line.starts_with("saved  s3://saves/pic tures/20")), "{}", first.out);
    assert!(first.err.starts_with("8 files saved ("), "{}", first.err);
    s3.assert_objects("saves", 2, &FileKind::Jpeg.bytes(SIZE, 0));
    let key = s3.objects("saves").into_keys().find(|key| !key.contains("/.midapi/")).unwrap();
    assert!(key.starts_with("pic tures/20"), "{key}");

    let requests = server.requests().len();
    s3.take_log();
    for second in
        [run(&["download", "--to", "s3://saves/pic tures"]), run(&["wait", "--download", "s3://saves/pic tures"])]
    {
        assert_eq!(second.status, 0, "{}", second.err);
        assert_eq!(second.out.matches("exists  s3://").count(), 8, "{}", second.out);
    }
    assert_eq!(server.requests().len(), requests, "no request to the API or the file host");
    let log = s3.take_log();
    assert_eq!(
        log.iter().filter(|line| line.contains(".json HTTP")).count(),
        4,
        "one record per task and run: {log:#?}"
    );
    assert_eq!(log.len(), 6, "and one list per run: {log:#?}");
}

fn shares_a_bucket_between_processes(s3: &S3) {
    let server = server(3, SIZE);
    s3.create_bucket("shared");
    let start = || {
        let arguments = ["download", "--json", "--to", "s3://shared/p", "--name", "{id}-{n}.{ext}", "t0", "t1", "t2"];
        s3.command(&server, &arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for child in [start(), start(), start()] {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    s3.assert_objects("shared", 3, &FileKind::Jpeg.bytes(SIZE, 0));
}

fn completes_after_kills(s3: &S3) {
    let server = server(4, SIZE);
    let spool = tempfile::tempdir().unwrap();
    let command = |bucket: &str| {
        let mut command =
            s3.command(&server, &["download", "--to", &format!("s3://{bucket}/p"), "t0", "t1", "t2", "t3"]);
        command.env("MIDAPI_SPOOL", spool.path()).stdout(Stdio::null());
        command
    };
    for kill in 0..6_u64 {
        let bucket = format!("kills{kill}");
        s3.create_bucket(&bucket);
        let mut child = command(&bucket).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(40 + 70 * kill));
        child.kill().unwrap();
        child.wait().unwrap();
        let whole = FileKind::Jpeg.bytes(SIZE, 0);
        let objects = s3.objects(&bucket);
        assert!(objects.iter().all(|(key, bytes)| key.contains("/.midapi/") || *bytes == whole), "kill {kill}");
        assert!(command(&bucket).status().unwrap().success(), "kill {kill}");
        s3.assert_objects(&bucket, 4, &whole);
        let left = std::fs::read_dir(spool.path().join(".midapi")).unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<_> = left.filter(|path| path.extension().is_some_and(|extension| extension == "part")).collect();
        assert!(files.is_empty(), "kill {kill}: the spool is empty: {files:?}");
    }
}

fn aborts_parts_at_an_interrupt(s3: &S3) {
    const SIZE: usize = 12 << 20;
    let server = server(1, SIZE);
    s3.create_bucket("parts");
    let arguments = ["download", "--to", "s3://parts/p", "t0"];
    let mut child = s3.command(&server, &arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("an upload in parts starts", || s3.has_logged("POST /parts/p/"));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let uploads = String::from_utf8(s3.request("GET", "/parts?uploads")).unwrap();
    assert!(!uploads.contains("<Upload>"), "{uploads}");
    let bytes = FileKind::Jpeg.bytes(SIZE, 0);
    assert!(s3.objects("parts").values().all(|content| *content == bytes), "only whole objects");
    let whole = Finished::run(&mut s3.command(&server, &arguments));
    assert_eq!(whole.status, 0, "{}", whole.err);
    s3.assert_objects("parts", 1, &bytes);
}

fn reports_errors_without_credentials(s3: &S3) {
    let server = server(1, SIZE);
    let missing = Finished::run(&mut s3.command(&server, &["download", "t0", "--to", "s3://missing/p"]));
    assert_eq!(missing.status, 1, "{}", missing.err);
    let expected = "error: cannot list s3://missing/p/.midapi: HTTP 404 Not Found, NoSuchBucket";
    assert!(missing.err.starts_with(expected), "{}", missing.err);
    assert_eq!(server.requests().len(), 0, "no request without a bucket");

    for (to, status) in [("s3://missing/p", 1), ("s3://AKIAEXAMPLE5F2C:example-secret-9d41@missing/p", 2)] {
        let ran = Finished::run(&mut s3.command(&server, &["-vvv", "download", "t0", "--to", to]));
        assert_eq!(ran.status, status, "{}", ran.err);
        for secret in [SECRET, KEY_ID, KEY] {
            assert!(!ran.err.contains(secret), "{to}: {secret} is in: {}", ran.err);
        }
    }
    let ran = Finished::run(midapi(&["download", "t0", "--to", "ftp://host/p"]).env("MIDAPI_API_KEY", KEY));
    assert_eq!((ran.status, ran.err.contains("must start with s3://, gs:// or az://")), (2, true), "{}", ran.err);
}
