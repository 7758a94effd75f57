//! `midapi mock`, `check`, `completions` and `man`.

mod support;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use midapi_mock::{MockServer, status, success};
use serde_json::Value;
use support::{Finished, KEY, midapi, midapi_with, server};

/// A running `midapi mock`, killed when it is dropped.
struct MockProcess(Child, String);

impl MockProcess {
    fn start(arguments: &[&str]) -> Self {
        let mut command = midapi(&["mock", "--listen", "127.0.0.1:0"]);
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        Self(child, url.trim().to_owned())
    }

    fn get(&self, arguments: &[&str]) -> Finished {
        let mut command = midapi(&["--base-url", &self.1, "get"]);
        Finished::run(command.args(arguments).env("MIDAPI_API_KEY", KEY))
    }
}

impl Drop for MockProcess {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn mock_serves_other_processes() {
    let serving = MockProcess::start(&[]);
    let ran = serving.get(&["4edb3c5XXXXX75e3f0aa5cc", "demo-failed", "unknown", "--json"]);
    let lines = ran.lines();
    assert_eq!(lines[0]["status"], "success");
    assert_eq!(lines[0]["create_time"], "2024-03-20T10:30:00Z");
    assert_eq!(lines[1]["status"], "failed");
    assert_eq!(lines[2]["error"]["server_message"], "The record does not exist");
}

#[test]
fn mock_lists_demo_ids() {
    let ran = Finished::run(&mut midapi(&["mock", "--list"]));
    assert_eq!(ran.status, 0);
    for id in ["4edb3c5XXXXX75e3f0aa5cc", "demo ", "demo-failed", "demo-generation-failed", "demo-rate-limited"] {
        assert!(ran.out.lines().any(|line| line.starts_with(id)), "{id} is not in {}", ran.out);
    }
}

#[test]
fn mock_listens_on_loopback_only() {
    let ran = Finished::run(&mut midapi(&["mock", "--listen", "0.0.0.0:0"]));
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("only loopback addresses"), "{}", ran.err);
}

/// Replays the bodies of `MIDAPI_RECORDED_DIR`.
#[test]
fn recorded_bodies_are_printed_unchanged() {
    let Some(folder) = std::env::var_os("MIDAPI_RECORDED_DIR").map(PathBuf::from) else { return };
    let serving = MockProcess::start(&["--replay", folder.to_str().unwrap()]);
    let mut compared = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "json") {
            continue;
        }
        let body: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let data = &body["data"];
        if data["successFlag"] != 1 {
            continue;
        }
        let name = path.display();
        let ran = serving.get(&[data["taskId"].as_str().unwrap(), "--json"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{name}");
        let line = &ran.lines()[0];
        for (ours, wire) in
            [("id", "taskId"), ("task_type", "taskType"), ("param_json", "paramJson"), ("success_flag", "successFlag")]
        {
            assert_eq!(line[ours], data[wire], "{name}: {ours}");
        }
        for (ours, wire) in [("create_time", "createTime"), ("complete_time", "completeTime")] {
            let time: jiff::Timestamp = line[ours].as_str().unwrap().parse().unwrap();
            match data[wire].as_i64() {
                Some(milliseconds) => assert_eq!(time.as_millisecond(), milliseconds, "{name}: {ours}"),
                None => assert_eq!(line[ours], data[wire], "{name}: {ours}"),
            }
        }
        let urls: Vec<_> =
            data["resultInfoJson"]["resultUrls"].as_array().unwrap().iter().map(|item| &item["resultUrl"]).collect();
        assert_eq!(line["result_urls"].as_array().unwrap().iter().collect::<Vec<_>>(), urls, "{name}");
        assert_eq!(
            line["params"],
            serde_json::from_str::<Value>(data["paramJson"].as_str().unwrap()).unwrap(),
            "{name}"
        );
        assert_eq!(line["warnings"], Value::Array(Vec::new()), "{name}");
        compared += 1;
    }
    assert!(compared >= 5, "{compared} recorded successes");
}

#[test]
fn sibling_task_and_unknown_id_are_replayed() {
    let Some(folder) = std::env::var_os("MIDAPI_RECORDED_DIR").map(PathBuf::from) else { return };
    let body: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("sibling_failed.json")).unwrap()).unwrap();
    let data = &body["data"];
    let id = data["taskId"].as_str().unwrap();
    let serving = MockProcess::start(&["--replay", folder.to_str().unwrap()]);
    let pending = serving.get(&[id, "--json"]).lines().remove(0);
    assert_eq!((&pending["status"], &pending["complete_time"]), (&"generating".into(), &Value::Null));
    let failed = serving.get(&[id, "--json"]).lines().remove(0);
    assert_eq!(failed["status"], "generation_failed");
    assert_eq!((&failed["error_code"], &failed["error_message"]), (&data["errorCode"], &data["errorMessage"]));
    assert!(failed["complete_time"].is_string());
    for line in [&pending, &failed] {
        let empty = Value::Array(Vec::new());
        assert_eq!((&line["result_urls"], &line["warnings"]), (&empty, &empty));
        assert_eq!(line["param_json"], data["paramJson"]);
    }
    let unknown = serving.get(&["unknown", "--json"]);
    assert_eq!((unknown.status, &unknown.lines()[0]["error"]["code"]), (5, &422.into()));
}

#[test]
fn scenario_file_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scenarios.json");
    std::fs::write(&file, r#"{"tasks":{"mine":[{"status":503,"retry_after":"0"},{"state":"success"}]}}"#).unwrap();
    let serving = MockProcess::start(&["--scenarios", file.to_str().unwrap()]);
    assert_eq!(serving.get(&["mine", "--json"]).lines()[0]["status"], "success");
    std::fs::write(&file, r#"{"tasks":{"mine":[{"state":"asleep"}]}}"#).unwrap();
    let ran = Finished::run(&mut midapi(&["mock", "--scenarios", file.to_str().unwrap()]));
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains("mine") && ran.err.contains("asleep"), "{}", ran.err);
}

#[test]
fn completions_and_manual_pages_are_written() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = Finished::run(&mut midapi(&["completions", shell]));
        assert!(ran.status == 0 && ran.out.contains("pending-to"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    let ran = Finished::run(&mut midapi(&["man", folder.path().to_str().unwrap()]));
    assert_eq!(ran.status, 0, "{}", ran.err);
    let page = std::fs::read_to_string(folder.path().join("midapi-wait.1")).unwrap();
    assert!(page.contains(".TH") && page.contains("pending"), "{page}");
    assert_eq!(Finished::run(&mut midapi(&["man", "/no/such/folder"])).status, 1);
}

#[test]
fn check_prints_each_finding() {
    let healthy = MockServer::start().unwrap();
    let ran = Finished::run(&mut midapi_with(&healthy, &["check"]));
    assert_eq!(ran.status, 0, "{}", ran.err);
    for part in [healthy.base_url().as_str(), "from MIDAPI_API_KEY", "The record does not exist", "the key is accepted"]
    {
        assert!(ran.out.contains(part), "{part:?} is not in {}", ran.out);
    }
    assert_eq!(healthy.requests().len(), 1, "one request");

    let table = [
        (status(401), 4, "error: midapi-check: "),
        (midapi_mock::html(404), 9, "hint: check the base URL"),
        (midapi_mock::code(404, "nowhere"), 5, "the API is not at this base URL"),
        (midapi_mock::html(503), 7, "error: midapi-check: "),
    ];
    for (response, exit_status, text) in table {
        let server = server([("midapi-check", response.into())]);
        let ran = Finished::run(&mut midapi_with(&server, &["check"]));
        assert_eq!(ran.status, exit_status, "{text}");
        assert!(format!("{}{}", ran.out, ran.err).contains(text), "{}{}", ran.out, ran.err);
    }
    assert_eq!(Finished::run(&mut midapi(&["check"])).status, 2, "without a key");
}

#[test]
fn help_has_the_same_sections_everywhere() {
    let commands =
        ["get", "wait", "watch", "download", "verify", "gallery", "mock", "check", "lua", "completions", "man"];
    for command in commands {
        let ran = Finished::run(&mut midapi(&[command, "--help"]));
        for part in [
            "Examples:\n  ",
            "Exit status:\n  0 ",
            "Environment:\n  MIDAPI_API_KEY",
            "Global options:\n",
            "--api-key-file",
            "\nDocumentation: https://",
        ] {
            assert!(ran.out.contains(part), "{command}: {part:?} is not in {}", ran.out);
        }
    }
    let ran = Finished::run(&mut midapi(&["download", "--help"]));
    assert!(
        ran.out.contains("--name '{type}/{date}-{id}-{n}.{ext}' --dry-run\n"),
        "clap keeps the field n: {}",
        ran.out
    );
    let ran = Finished::run(&mut midapi(&["--help"]));
    assert!(ran.out.contains("unofficial"), "{}", ran.out);
    let version = Finished::run(&mut midapi(&["--version"]));
    assert_eq!(version.out, concat!("midapi ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn key_is_never_printed() {
    let server = server([("t", midapi_mock::html(502).then(midapi_mock::code(401, format!("bad key {KEY}"))))]);
    for variable in ["UNUSED", "RUST_LOG"] {
        server.set_scenario("t", midapi_mock::html(502).then(midapi_mock::code(401, format!("bad key {KEY}"))));
        let mut command = midapi_with(&server, &["-vvv", "get", "t", "--json"]);
        let ran = Finished::run(command.env(variable, "trace"));
        assert!(ran.err.contains("TRACE") && ran.err.contains("DEBUG"), "the log is written: {}", ran.err);
        assert!(!format!("{}{}", ran.out, ran.err).contains(KEY), "{}{}", ran.out, ran.err);
        assert_eq!(ran.status, 4);
    }
}

#[test]
fn suggestions_are_near_the_given_name() {
    for (given, suggestion) in [("gett", Some("'get'")), ("wiat", Some("'wait'")), ("foo", None), ("download", None)] {
        let finished = Finished::run(&mut midapi(&[given]));
        assert_eq!(finished.status, 2);
        assert_eq!(finished.err.contains("similar subcommand"), suggestion.is_some(), "{given}: {}", finished.err);
        assert!(suggestion.is_none_or(|name| finished.err.contains(name)), "{given}: {}", finished.err);
    }
}

#[test]
fn manual_pages_have_usual_headings() {
    let dir = tempfile::tempdir().unwrap();
    Finished::run(&mut midapi(&["man", dir.path().to_str().unwrap()]));
    for name in ["midapi", "midapi-get", "midapi-wait", "midapi-watch", "midapi-lua", "midapi-check"] {
        let page = std::fs::read_to_string(dir.path().join(format!("{name}.1"))).unwrap();
        for heading in [
            ".SH NAME",
            ".SH SYNOPSIS",
            ".SH DESCRIPTION",
            ".SH OPTIONS",
            ".SH EXAMPLES",
            ".SH \"EXIT STATUS\"",
            ".SH ENVIRONMENT",
            ".SH \"SEE ALSO\"",
        ] {
            assert_eq!(page.matches(&format!("{heading}\n")).count(), 1, "{name}: {heading}");
        }
        assert!(!page.contains("EXTRA"), "{name}");
    }
}

#[test]
fn completions_fit_each_argument() {
    let fish = Finished::run(&mut midapi(&["completions", "fish"])).out;
    for line in [
        "__fish_midapi_using_subcommand get\" -f",
        "__fish_midapi_using_subcommand lua\" -F",
        "__fish_midapi_using_subcommand completions\" -f -a \"bash elvish fish powershell zsh\"",
    ] {
        assert!(fish.contains(line), "{line}");
    }
    let zsh = Finished::run(&mut midapi(&["completions", "zsh"])).out;
    let arguments: Vec<_> = zsh.lines().filter(|line| line.starts_with("'*::ids")).collect();
    assert_eq!(arguments.len(), 5, "{zsh}");
    assert!(arguments.iter().all(|line| !line.contains("_files") && !line.contains("_default")), "{arguments:?}");
    assert!(zsh.lines().any(|line| line.starts_with("'*::script") && line.contains(":_files'")), "{zsh}");
    assert!(zsh.contains("(bash elvish fish powershell zsh)"), "{zsh}");
}

#[test]
fn completion_examples_work_in_empty_home() {
    let help = Finished::run(&mut midapi(&["completions", "--help"])).out;
    let examples = help.split("Examples:\n").nth(1).unwrap().split("\n\nExit status").next().unwrap();
    let home = tempfile::tempdir().unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_midapi")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = std::process::Command::new("sh");
    shell.args(["-ec", examples]).env("HOME", home.path()).env("PATH", path).stdin(Stdio::null());
    let finished = Finished::run(&mut shell);
    assert_eq!(finished.status, 0, "{}", finished.err);
    assert!(home.path().join(".zfunc/_midapi").exists() && home.path().join(".zshrc").exists());
}

#[test]
fn probe_records_responses_without_the_key() {
    let server = MockServer::builder().api_key(KEY).task("a", success()).start().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let ran = Finished::run(&mut midapi_with(&server, &["check", "--probe", dir.path().to_str().unwrap(), "a"]));
    assert_eq!(ran.status, 0, "{}", ran.err);
    let requests = server.requests();
    assert_eq!(requests.len(), 7, "at most ten requests");
    assert_eq!(requests.iter().filter(|request| request.header("content-type").is_none()).count(), 1);
    assert_eq!(requests.iter().filter(|request| request.header("authorization").is_none()).count(), 1);
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
    for (name, code) in
        [("unknown-id", 422), ("no-content-type", 401), ("no-key", 401), ("wrong-key", 401), ("task-1", 200)]
    {
        let body: serde_json::Value = serde_json::from_str(&read(&format!("{name}.json"))).unwrap();
        assert_eq!(body["code"], code, "{name}");
    }
    let summary = read("summary.txt");
    assert!(summary.contains("wrong-key.json: a wrong API key\nHTTP 401 after "), "{summary}");
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        assert!(!std::fs::read_to_string(entry.unwrap().path()).unwrap().contains(KEY));
    }
    let without_probe = Finished::run(&mut midapi_with(&server, &["check", "a"]));
    assert_eq!(without_probe.status, 2, "{}", without_probe.err);
}
