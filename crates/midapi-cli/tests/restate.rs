//! `midapi restate`, with a real Restate server. Skipped if none is installed.

#![cfg(feature = "restate")]

mod support;

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use midapi_mock::{failed, generating, success};
use serde_json::Value;

use support::{Finished, midapi, midapi_with, server};

/// The program of the server: `MIDAPI_RESTATE_SERVER`, or where `.ci/run` installs it.
fn server_program() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("MIDAPI_RESTATE_SERVER") {
        return Some(path.into());
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    let packages = std::fs::read_dir(cache.join("midapi-tools/restate/node_modules/@restatedev")).ok()?;
    let programs = packages.filter_map(|package| Some(package.ok()?.path().join("bin/restate-server")));
    programs.into_iter().find(|program| program.is_file())
}

/// A process that is killed when it is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A Restate server, its ingress and its admin API.
struct Restate {
    _process: Process,
    _dir: tempfile::TempDir,
    ingress: String,
    admin: String,
}

fn start_restate() -> Option<Restate> {
    let Some(program) = server_program() else {
        eprintln!(
            "skipped: the Restate server is not installed (npm install @restatedev/restate-server, or MIDAPI_RESTATE_SERVER)"
        );
        return None;
    };
    let address = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (ingress, admin, dir) = (address(), address(), tempfile::tempdir().unwrap());
    let mut command = Command::new(program);
    command.arg("--base-dir").arg(dir.path()).env("RESTATE_INGRESS__BIND_ADDRESS", &ingress);
    command.env("RESTATE_ADMIN__BIND_ADDRESS", &admin).env("RESTATE_BIND_ADDRESS", address());
    command.env("RESTATE_LISTEN_MODE", "tcp").env("RESTATE_DISABLE_TELEMETRY", "true").env("RUST_LOG", "off");
    command.env("RESTATE_DEFAULT_NUM_PARTITIONS", "4");
    let process = Process(command.current_dir(dir.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let (ingress, admin) = (format!("http://{ingress}"), format!("http://{admin}"));
    Some(Restate { _process: process, _dir: dir, ingress, admin })
}

/// Registers a worker, as soon as the server is up.
fn register(restate: &Restate, worker: &str) {
    let start = Instant::now();
    loop {
        let output = Finished::run(&mut midapi(&["restate", "register", worker, "--admin", &restate.admin]));
        if output.status == 0 {
            assert!(
                output.out.contains("MidapiTask revision 1") && output.out.contains("MidapiAccount"),
                "{}",
                output.out
            );
            return;
        }
        assert_eq!(output.status, 7, "{}", output.err);
        assert!(start.elapsed() < Duration::from_mins(1), "{}", output.err);
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn outcomes_are_read_from_another_process() {
    let Some(restate) = start_restate() else { return };
    let mock = server([
        ("cat", generating().times(2).then(success())),
        ("dog", generating().then(failed())),
        ("slow", generating().into()),
    ]);
    let mut worker = midapi_with(&mock, &["restate", "serve", "--listen", "127.0.0.1:0"]);
    let mut worker = Process(worker.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let mut url = String::new();
    BufReader::new(worker.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
    register(&restate, url.trim());

    let run =
        |arguments: &[&str]| Finished::run(midapi(&["restate"]).args(arguments).args(["--ingress", &restate.ingress]));
    let submitted = run(&["submit", "cat", "dog", "--interval", "200ms"]);
    assert_eq!((submitted.status, submitted.out.lines().count()), (0, 2), "{}", submitted.err);
    assert!(submitted.out.contains("cat  started"), "{}", submitted.out);
    let waited = run(&["wait", "cat", "dog", "unknown", "--json"]);
    assert_eq!(waited.status, 3, "the first failure in the order of the ids: {}", waited.err);
    let mut lines: Vec<Value> = waited.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.sort_by_key(|line| line["id"].to_string());
    let kinds: Vec<_> = lines.iter().map(|line| (line["id"].as_str(), line["error"]["kind"].as_str())).collect();
    assert_eq!(
        kinds,
        [(Some("cat"), None), (Some("dog"), Some("task_failed")), (Some("unknown"), Some("not_found"))],
        "{}",
        waited.out
    );
    assert_eq!(run(&["wait", "cat", "--urls"]).out.lines().count(), 4);
    assert!(run(&["submit", "cat"]).out.contains("cat  finished"));

    run(&["submit", "slow"]);
    let waited = run(&["wait", "slow", "--timeout", "300ms"]);
    assert_eq!(waited.status, 8, "{}", waited.err);
    let account = run(&["account", "--rate", "25", "--json"]);
    assert_eq!(account.out.trim(), r#"{"account":"default","rate":25.0,"pause":null}"#);
    assert!(run(&["account", "--pause", "1m"]).out.contains("requested"));
    assert!(run(&["account", "--resume"]).out.contains("pause    none"));
    assert_eq!(run(&["account", "--account", "unknown"]).status, 5);

    // The worker ends gracefully, with the exit status of the signal.
    assert!(Command::new("kill").arg(worker.0.id().to_string()).status().unwrap().success());
    let start = Instant::now();
    let status = worker.0.wait().unwrap();
    assert_eq!(status.code(), Some(143));
    assert!(start.elapsed() < Duration::from_secs(15));
    let mut log = String::new();
    std::io::Read::read_to_string(&mut worker.0.stderr.take().unwrap(), &mut log).unwrap();
    assert!(log.contains("account=default") && log.contains("task.id=cat"), "{log}");
}

#[test]
fn bad_settings_have_clear_errors() {
    let nowhere = "http://127.0.0.1:9";
    let mock = server([]);
    let table: &[(&[&str], i32, &str)] = &[
        (&["submit", "cat", "--ingress", nowhere], 7, "cannot reach the ingress of Restate at http://127.0.0.1:9"),
        (&["wait", "cat", "--ingress", nowhere], 7, "cannot reach the ingress"),
        (&["register", "http://127.0.0.1:9080", "--admin", nowhere], 7, "cannot reach the admin API"),
        (&["register", "workers", "--admin", nowhere], 2, "the worker URL \"workers\" is not"),
        (&["account", "--ingress", "nowhere"], 2, "the ingress URL \"nowhere\" is not"),
        (&["account", "--account", "a/b"], 2, "is not 1 to 64 ASCII letters"),
        (&["account", "--rate", "0", "--ingress", nowhere], 2, "the rate 0 is not"),
        (&["submit", "cat", "--then", "add", "--ingress", nowhere], 2, "is not SERVICE/HANDLER"),
        (&["submit", "cat", "--download", "/etc", "--ingress", nowhere], 2, "is not a relative path"),
        (&["serve", "--listen", "0.0.0.0:0"], 2, "--identity-key KEY"),
        (&["serve", "--listen", "127.0.0.1:0", "--identity-key", "key"], 2, "the identity key \"key\" is invalid"),
    ];
    for (arguments, status, message) in table {
        let output = Finished::run(midapi_with(&mock, &["restate"]).args(*arguments));
        assert_eq!(output.status, *status, "{arguments:?}: {}", output.err);
        assert!(output.err.contains(message), "{arguments:?}: {}", output.err);
    }
}
