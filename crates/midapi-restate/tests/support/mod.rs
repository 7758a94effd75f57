//! Helpers of the tests: a real Restate server, and workers in this process or in processes of their own.

#![allow(dead_code, reason = "each test file uses a part of the helpers")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use midapi::reqwest;
use midapi::{Client, TaskId};
use midapi_mock::MockServer;
use midapi_restate::{Account, Admin, Ingress, Worker};
use serde_json::{Value, json};

/// An API key that can be searched for.
pub(crate) const KEY: &str = "example-key-5f2c-not-in-any-journal";

/// The path of the server program: the value of `MIDAPI_RESTATE_SERVER`, or the path to which `.ci/run` installs it.
fn server_program() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("MIDAPI_RESTATE_SERVER") {
        return Some(path.into());
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    let packages = cache.join("midapi-tools/restate/node_modules/@restatedev");
    let mut packages = std::fs::read_dir(packages).ok()?.filter_map(Result::ok);
    packages.find_map(|package| {
        let program = package.path().join("bin/restate-server");
        program.is_file().then_some(program)
    })
}

/// A Restate server on this machine. It ends when it is dropped.
pub(crate) struct RestateServer {
    program: PathBuf,
    dir: tempfile::TempDir,
    child: Option<Child>,
    pub(crate) ingress_url: String,
    pub(crate) admin_url: String,
    node: String,
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl RestateServer {
    /// Starts a server. If it is not installed, prints a line to standard error and returns None.
    pub(crate) async fn start() -> Option<Self> {
        let Some(program) = server_program() else {
            eprintln!(
                "skipped: the Restate server is not installed (npm install @restatedev/restate-server, or MIDAPI_RESTATE_SERVER)"
            );
            return None;
        };
        let url = || format!("http://127.0.0.1:{}", free_port());
        let dir = tempfile::tempdir().unwrap();
        let (ingress_url, admin_url, node) = (url(), url(), format!("127.0.0.1:{}", free_port()));
        let mut server = Self { program, dir, child: None, ingress_url, admin_url, node };
        server.spawn().await;
        Some(server)
    }

    async fn spawn(&mut self) {
        let address = |url: &str| url.trim_start_matches("http://").to_owned();
        let mut command = Command::new(&self.program);
        command.arg("--base-dir").arg(self.dir.path()).arg("--no-logo");
        command.current_dir(self.dir.path());
        command.env("RESTATE_INGRESS__BIND_ADDRESS", address(&self.ingress_url));
        command.env("RESTATE_ADMIN__BIND_ADDRESS", address(&self.admin_url));
        command.env("RESTATE_BIND_ADDRESS", &self.node).env("RESTATE_LISTEN_MODE", "tcp");
        command.env("RESTATE_NODE_NAME", "test").env("RESTATE_DEFAULT_NUM_PARTITIONS", "4");
        // Without compression, the files can be searched for the key.
        command.env("RESTATE_ROCKSDB_DISABLE_WAL_COMPRESSION", "true");
        command.env("RESTATE_ROCKSDB_DISABLE_L0_L1_COMPRESSION", "true");
        command.env("RESTATE_DISABLE_TELEMETRY", "true").env("DO_NOT_TRACK", "1").env("RUST_LOG", "error");
        let log = std::fs::File::create(self.dir.path().join("log.txt")).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(command.spawn().expect("the Restate server starts"));
        let health = [format!("{}/restate/health", self.ingress_url), format!("{}/health", self.admin_url)];
        let start = Instant::now();
        for url in health {
            while !reqwest::get(&url).await.is_ok_and(|response| response.status().is_success()) {
                assert!(start.elapsed() < Duration::from_mins(1), "no response from {url}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// Kills the server.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }

    /// Kills the server and starts it with its data.
    pub(crate) async fn restart(&mut self) {
        self.kill();
        self.spawn().await;
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    pub(crate) fn ingress(&self) -> Ingress {
        Ingress::new(&self.ingress_url).unwrap()
    }

    pub(crate) async fn register(&self, worker: &str) {
        let deployment = Admin::new(&self.admin_url).unwrap().register(worker, false).await.unwrap();
        assert!(!deployment.services.is_empty());
    }

    /// The rows of an SQL query.
    pub(crate) async fn query(&self, sql: &str) -> Value {
        let request = reqwest::Client::new().post(format!("{}/query", self.admin_url)).json(&json!({ "query": sql }));
        let response = request.header("accept", "application/json").send().await.unwrap();
        let body: Value = response.json().await.unwrap();
        body["rows"].clone()
    }

    pub(crate) fn data_dir(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for RestateServer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.dir.path().join("log.txt")).unwrap_or_default();
            eprintln!("log of the Restate server:\n{}", log.lines().rev().take(20).collect::<Vec<_>>().join("\n"));
        }
        self.kill();
    }
}

/// A client of a mock server.
pub(crate) fn client(mock: &MockServer) -> Client {
    Client::builder().api_key(KEY).base_url(mock.base_url()).build().unwrap()
}

/// Runs a worker in this process, and returns its URL.
pub(crate) async fn start_worker(worker: Worker) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { worker.serve::<&str>(listener, &[], std::future::pending::<()>()).await });
    url
}

/// Runs a balancer of connections in front of workers, and returns its URL. Each connection goes to the next worker
/// that accepts one.
pub(crate) async fn start_balancer(ports: Vec<u16>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut next = 0;
        while let Ok((mut client, _)) = listener.accept().await {
            let order: Vec<_> = (0..ports.len()).map(|offset| ports[(next + offset) % ports.len()]).collect();
            next += 1;
            tokio::spawn(async move {
                for port in order {
                    if let Ok(mut worker) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await {
                        tokio::io::copy_bidirectional(&mut client, &mut worker).await.ok();
                        break;
                    }
                }
            });
        }
    });
    url
}

/// A worker in a process of its own.
pub(crate) struct WorkerProcess(pub(crate) Child);

impl WorkerProcess {
    /// Starts the test `worker_process` of this test file as a worker, or the command of `MIDAPI_MEASURED_WORKER`.
    pub(crate) fn start(mock: &MockServer, port: u16) -> Self {
        let address = format!("127.0.0.1:{port}");
        let mut command = if let Some(program) = std::env::var_os("MIDAPI_MEASURED_WORKER") {
            let mut command = Command::new(program);
            command.args(["restate", "serve", "--listen", &address]).env("RUST_LOG", "error");
            command
        } else {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["--exact", "worker_process", "--nocapture"]);
            command.env("MIDAPI_TEST_WORKER", &address);
            command
        };
        command.env("MIDAPI_API_KEY", KEY).env("MIDAPI_BASE_URL", mock.base_url());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.by_ref().any(|line| line.is_ok_and(|line| line.ends_with(&address))), "the worker starts");
        std::thread::spawn(move || lines.for_each(drop));
        Self(child)
    }

    pub(crate) fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.0.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The body of the test `worker_process`.
pub(crate) async fn run_worker_process() {
    let Ok(address) = std::env::var("MIDAPI_TEST_WORKER") else { return };
    let client = Client::from_env().unwrap();
    let listener = loop {
        match tokio::net::TcpListener::bind(&address).await {
            Ok(listener) => break listener,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    println!("\nhttp://{address}");
    Worker::new(client).serve::<&str>(listener, &[], std::future::pending::<()>()).await.unwrap();
}

pub(crate) fn id(text: &str) -> TaskId {
    TaskId::new(text).unwrap()
}

pub(crate) fn account(name: &str) -> Account {
    Account::new(name).unwrap()
}

/// Checks that each window that starts and ends with a poll contains at most rate · window + burst + 1 polls. The burst
/// is the number of polls in a quarter of a second, at least 1. Returns the times of the polls, in seconds after the
/// first one.
pub(crate) fn assert_rate(mock: &MockServer, rate: f64) -> Vec<f64> {
    assert_rate_despite(mock, rate, Duration::ZERO)
}

/// Measures the longest time for which the machine did not run a thread that was due.
///
/// A poll that is sent before such a stall can arrive late without a fault of its worker.
pub(crate) struct StallMonitor(Arc<AtomicU64>);

impl StallMonitor {
    pub(crate) fn start() -> Self {
        const INTERVAL: Duration = Duration::from_millis(5);
        let longest = Arc::new(AtomicU64::new(0));
        let weak = Arc::downgrade(&longest);
        std::thread::spawn(move || {
            while let Some(longest) = weak.upgrade() {
                let start = Instant::now();
                std::thread::sleep(INTERVAL);
                let late = start.elapsed().saturating_sub(INTERVAL);
                longest.fetch_max(u64::try_from(late.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
            }
        });
        Self(longest)
    }

    pub(crate) fn longest(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// Like [`assert_rate`], but each window may be longer by `stall`, the time for which the machine stood still.
pub(crate) fn assert_rate_despite(mock: &MockServer, rate: f64, stall: Duration) -> Vec<f64> {
    let requests = mock.requests();
    let Some(first) = requests.iter().map(|request| request.received_at).min() else { return Vec::new() };
    let mut times: Vec<_> = requests.iter().map(|request| (request.received_at - first).as_secs_f64()).collect();
    times.sort_by(f64::total_cmp);
    let burst = (rate / 4.0).max(1.0);
    for (start, from) in times.iter().enumerate() {
        for (count, to) in times[start..].iter().enumerate() {
            let polls = f64::from(u32::try_from(count + 1).unwrap());
            let allowed = rate * (to - from + stall.as_secs_f64()) + burst + 1.0;
            assert!(
                polls <= allowed,
                "{polls} polls within {:.3} s, from {from:.3} s; {allowed:.1} allowed",
                to - from
            );
        }
    }
    times
}
