//! The fault matrix of downloads: each fault of a file host, through Rust, the command and Lua.
//!
//! Each case checks the outcome, the number of requests for the file, the bytes under the final name, and that the
//! directory contains nothing else.

mod support;

use std::path::Path;

use midapi::Client;
use midapi::clock::ManualClock;
use midapi_download::{Downloader, FileStatus};
use midapi_mock::{FileKind, MockServer, Scenario, Step, file, file_variant, html, raw, redirect, status, success};
use serde_json::Value;
use support::{Finished, KEY, midapi_with};

const ID: &str = "a";
const FILE: &str = "/m/a_0_0.jpeg";
const SIZE: usize = 40_000;
const JPEG: FileKind = FileKind::Jpeg;

/// The expected result of a download.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    /// These bytes, with this extension.
    Saved(Vec<u8>, &'static str),
    /// An error of this kind, and no file.
    Error(&'static str),
}

struct Fault {
    name: &'static str,
    /// The responses of the file host.
    file: Scenario,
    /// The responses of the API.
    task: Scenario,
    expected: Expected,
    /// The number of requests for the file.
    requests: usize,
    /// Whether the retries take more than a second. Only the Rust client can skip this time, with an injected clock.
    is_slow: bool,
}

impl Fault {
    fn new(name: &'static str, file: impl Into<Scenario>, expected: Expected) -> Self {
        let task = success().result_urls([FILE]).into();
        Self { name, file: file.into(), task, expected, requests: 1, is_slow: false }
    }

    fn requests(mut self, requests: usize) -> Self {
        self.requests = requests;
        self
    }

    fn slow(mut self) -> Self {
        self.is_slow = true;
        self
    }

    fn task(mut self, task: impl Into<Scenario>) -> Self {
        self.task = task.into();
        self
    }
}

fn jpeg() -> Step {
    file(JPEG, SIZE)
}

fn saved() -> Expected {
    Expected::Saved(JPEG.bytes(SIZE, 0), "jpeg")
}

/// The faults. `other` is another file host, which serves a page at `/page` and a picture at `/m/b_0_0.jpeg`.
fn faults(other: &MockServer) -> Vec<Fault> {
    let invalid = || Expected::Error("invalid_content");
    let rejected = || Expected::Error("unexpected");
    let expired = || Expected::Error("expired");
    let of_kind = |kind: FileKind| Expected::Saved(kind.bytes(SIZE, 0), kind.extension());
    let variant = || Expected::Saved(JPEG.bytes(SIZE + 500, 1), "jpeg");
    let elsewhere = |path: &str| redirect(format!("{}{path}", other.base_url()));
    let fresh = success().result_urls([FILE]).then(success().result_urls(["/m/fresh_0_0.jpeg"]));
    let signed = |query: &str| success().result_urls([format!("{FILE}?{query}")]);
    let mut faults = vec![
        // The faults with which download_peers.py compares other clients.
        Fault::new("an error page as text/html", html(200), invalid()),
        Fault::new("an error page as image/jpeg", html(200).header("content-type", "image/jpeg"), invalid()),
        Fault::new("an error in JSON", raw(r#"{"code":404,"msg":"gone"}"#), invalid()),
        Fault::new("an empty file", raw("").header("content-type", "image/jpeg"), invalid()),
        Fault::new("a redirect to a page elsewhere", elsewhere("/page"), invalid()),
        Fault::new("404", status(404), expired()),
        Fault::new(
            "a chunked body that ends at half",
            jpeg().remove_header("content-length").end_after(SIZE / 2),
            invalid(),
        ),
        Fault::new("cut once, honest ranges", jpeg().truncate_after(SIZE / 2).then(jpeg()), saved()).requests(2),
        Fault::new("cut always", jpeg().truncate_after(SIZE / 2), Expected::Error("transport")).requests(5).slow(),
        Fault::new(
            "replaced between cut and resume",
            jpeg().truncate_after(SIZE / 2).then(file_variant(JPEG, SIZE + 500, 1)),
            variant(),
        )
        .requests(2),
        Fault::new(
            "replaced without a validator",
            jpeg()
                .remove_header("etag")
                .truncate_after(SIZE / 2)
                .then(file_variant(JPEG, SIZE + 500, 1).remove_header("etag")),
            variant(),
        )
        .requests(2),
        Fault::new(
            "206 that was not requested",
            jpeg().http_status(206).header("content-range", "bytes 7-9/40000"),
            rejected(),
        ),
        Fault::new(
            "cut, and ranges ignored",
            jpeg().remove_header("accept-ranges").truncate_after(SIZE / 2).then(jpeg().remove_header("accept-ranges")),
            saved(),
        )
        .requests(2),
        Fault::new("429 twice, with Retry-After", status(429).retry_after("0.05").times(2).then(jpeg()), saved())
            .requests(3),
        Fault::new("a redirect to another host", elsewhere("/m/b_0_0.jpeg"), saved()),
        Fault::new("no fault", jpeg(), saved()),
        // Other faults.
        Fault::new("503 once", status(503).retry_after("0.05").then(jpeg()), saved()).requests(2),
        Fault::new("reset once", midapi_mock::reset().then(jpeg()), saved()).requests(2),
        Fault::new("a short file with its length", jpeg().end_after(SIZE / 2), invalid()),
        Fault::new("text/html for a picture", jpeg().header("content-type", "text/html"), saved()),
        Fault::new("no Content-Length", jpeg().remove_header("content-length"), saved()),
        Fault::new("no Content-Type", jpeg().remove_header("content-type"), saved()),
        Fault::new("gzip", jpeg().gzip(), saved()),
        Fault::new("gzip that is not gzip", jpeg().content_encoding("gzip"), invalid()),
        Fault::new("an unknown encoding", jpeg().content_encoding("br"), invalid()),
        Fault::new("a gzip bomb", midapi_mock::gzip_bomb(1 << 30), invalid()),
        Fault::new("401", status(401), rejected()),
        Fault::new("403", status(403), expired()),
        Fault::new("410", status(410), expired()),
        Fault::new("403, then a fresh URL", status(403), of_kind(JPEG)).task(fresh.clone()),
        Fault::new("403, and an API that fails", status(403), Expected::Error("auth"))
            .task(success().result_urls([FILE]).then(status(401))),
        Fault::new("404, and an unknown task", status(404), expired())
            .task(success().result_urls([FILE]).then(midapi_mock::not_found())),
        Fault::new("a redirect to a private address", redirect("http://10.0.0.1/a.jpeg"), rejected()),
        Fault::new("a redirect to the metadata service", redirect("https://169.254.169.254/latest"), rejected()),
        Fault::new("a redirect to plain http", redirect("http://files.example/a.jpeg"), rejected()),
        Fault::new("a redirect to a file", redirect("file:///etc/passwd"), rejected()),
        Fault::new("a redirect loop", redirect(FILE), rejected()).requests(4),
        Fault::new("a URL with a token", jpeg(), saved()).task(signed("token=secret%2Fvalue")),
        Fault::new("bytes after the end", raw([JPEG.bytes(SIZE, 0), b"<script>".to_vec()].concat()), invalid()),
    ];
    faults.extend(
        FileKind::ALL.iter().map(|kind| Fault::new("another type in .jpeg", file(*kind, SIZE), of_kind(*kind))),
    );
    faults
}

/// The program that downloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    Rust,
    Command,
    Lua,
}

/// The outcome of the one file, in a common form: the path, or the kind of the error.
fn download(program: Program, server: &MockServer, directory: &Path) -> Result<String, String> {
    match program {
        Program::Rust => download_with_rust(server, directory),
        Program::Lua => download_with_lua(server, directory),
        Program::Command => {
            let to = directory.to_str().expect("the path is UTF-8");
            let ran =
                Finished::run(&mut midapi_with(server, &["download", ID, "--to", to, "--json", "--max-size", "1MiB"]));
            let line: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
            assert_eq!(line["id"], ID);
            let error = [&line["error"], &line["files"][0]["error"]].into_iter().find(|error| !error.is_null());
            assert_eq!(ran.status == 0, error.is_none(), "{}", ran.err);
            assert!(!ran.err.contains("secret") && !ran.out.contains(KEY) && !ran.err.contains(KEY), "{}", ran.err);
            match error {
                Some(error) => {
                    assert!(ran.err.starts_with("error: a: result 1: "), "{}", ran.err);
                    Err(error["kind"].as_str().expect("an error has a kind").to_owned())
                }
                None => Ok(line["files"][0]["path"].as_str().expect("a saved file has a path").to_owned()),
            }
        }
    }
}

/// Prints the path of the file or the kind of the error. The table contains both.
const SCRIPT: &str = r#"
local files, err = midapi.client():download("a", { to = arg[1] })
print(files and "saved " .. files[1].path or "error " .. err.kind)
"#;

fn download_with_lua(server: &MockServer, directory: &Path) -> Result<String, String> {
    let to = directory.to_str().expect("the path is UTF-8");
    let ran = Finished::run(&mut midapi_with(server, &["lua", "-e", SCRIPT, to]));
    assert!(!ran.err.contains("secret") && !ran.err.contains(KEY), "{}", ran.err);
    match ran.out.trim_end().split_once(' ') {
        Some(("saved", path)) => Ok(path.to_owned()),
        Some(("error", kind)) => Err(kind.to_owned()),
        _ => panic!("{}{}", ran.out, ran.err),
    }
}

fn download_with_rust(server: &MockServer, directory: &Path) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("the runtime starts");
    runtime.block_on(async {
        let builder = Client::builder().api_key(KEY).base_url(server.base_url());
        let client = builder.clock(ManualClock::new()).rng(|| 0.5).build().expect("the settings are valid");
        let task = client.get(ID).await.expect("the task is finished");
        let outcome = Downloader::new(&client, directory).max_file_bytes(1 << 20).download(&task).await;
        assert_eq!(outcome.files.len(), 1, "{outcome:?}");
        let [file] = &outcome.files[..] else { unreachable!() };
        match outcome.first_error() {
            Some(error) => {
                assert_eq!((file.outcome, &file.path), (FileStatus::Failed, &None));
                assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
                Err(error.kind().to_string())
            }
            None => Ok(file.path.clone().expect("a saved file has a path")),
        }
    })
}

/// All files under the directory except records.
fn files(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(next) = directories.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten() {
            let path = entry.expect("the directory can be read").path();
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => directories.push(path),
                Some("json") => {}
                _ => found.push(path.strip_prefix(directory).expect("it is inside").display().to_string()),
            }
        }
    }
    found
}

fn check(fault: &Fault, program: Program, other: &MockServer) {
    let why = format!("{} × {program:?}", fault.name);
    let server = MockServer::builder().task(ID, fault.task.clone()).file(FILE, fault.file.clone());
    let server = server.file("/m/fresh_0_0.jpeg", jpeg()).start().expect("the mock server starts");
    let directory = tempfile::tempdir().expect("a directory");
    let outcome = download(program, &server, directory.path());
    match &fault.expected {
        Expected::Saved(bytes, extension) => {
            let path = outcome.unwrap_or_else(|kind| panic!("{why}: {kind}"));
            assert_eq!(files(directory.path()), [path.as_str()], "{why}");
            assert!(path.ends_with(&format!(".{extension}")), "{why}: {path}");
            assert!(std::fs::read(directory.path().join(path)).unwrap() == *bytes, "{why}: other bytes");
        }
        Expected::Error(kind) => {
            assert_eq!(outcome.as_ref().err().map(String::as_str), Some(*kind), "{why}");
            assert_eq!(files(directory.path()), [""; 0], "{why}");
        }
    }
    assert_eq!(server.file_request_count(FILE), fault.requests, "{why}: requests");
    for host in [&server, other] {
        let of_files = host.requests().into_iter().filter(|request| !request.path.contains("record-info"));
        for request in of_files {
            assert_eq!(request.header("authorization"), None, "{why}: the key reached the file host");
            assert_eq!(request.header("referer"), None, "{why}");
        }
    }
}

fn check_all(program: Program) {
    let other = MockServer::builder().file("/page", html(200)).file("/m/b_0_0.jpeg", jpeg()).start().unwrap();
    let faults = faults(&other);
    assert!(faults.len() >= 40, "{}", faults.len());
    for fault in faults.iter().filter(|fault| program == Program::Rust || !fault.is_slow) {
        check(fault, program, &other);
    }
}

#[test]
fn rust_passes_every_fault() {
    check_all(Program::Rust);
}

#[test]
fn lua_passes_every_fault() {
    check_all(Program::Lua);
}

#[test]
fn command_passes_every_fault() {
    check_all(Program::Command);
}
