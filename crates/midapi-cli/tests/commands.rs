//! `midapi mock`, `midapi check`, and the help of each command.

mod support;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use midapi_mock::{MockServer, status};
use serde_json::Value;
use support::{KEY, Ran, asking, midapi, server};

/// `midapi mock` as a process of its own, ended when it is dropped.
struct Serving(Child, String);

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        let mut command = midapi(&["mock", "--listen", "127.0.0.1:0"]);
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        Self(child, url.trim().to_owned())
    }

    fn get(&self, arguments: &[&str]) -> Ran {
        let mut command = midapi(&["--base-url", &self.1, "get"]);
        Ran::of(command.args(arguments).env("MIDAPI_API_KEY", KEY))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn mock_serves_the_api_to_other_processes() {
    let serving = Serving::start(&[]);
    let ran = serving.get(&["4edb3c5XXXXX75e3f0aa5cc", "demo-failed", "nobody", "--json"]);
    let lines = ran.lines();
    assert_eq!(lines[0]["status"], "success");
    assert_eq!(lines[0]["create_time"], "2024-03-20T10:30:00Z");
    assert_eq!(lines[1]["status"], "failed");
    assert_eq!(lines[2]["error"]["server_message"], "The record does not exist");
}

#[test]
fn mock_lists_what_it_knows() {
    let ran = Ran::of(&mut midapi(&["mock", "--list"]));
    assert_eq!(ran.status, 0);
    for id in ["4edb3c5XXXXX75e3f0aa5cc", "demo ", "demo-failed", "demo-generation-failed", "demo-rate-limited"] {
        assert!(ran.out.lines().any(|line| line.starts_with(id)), "{id} is not in {}", ran.out);
    }
}

#[test]
fn mock_listens_on_loopback_only() {
    let ran = Ran::of(&mut midapi(&["mock", "--listen", "0.0.0.0:0"]));
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("only loopback addresses"), "{}", ran.err);
}

/// The recorded answers of `MIDAPI_RECORDED_DIR`, served by one process and read by another.
#[test]
fn recorded_answers_are_replayed_and_printed_field_for_field() {
    let Some(folder) = std::env::var_os("MIDAPI_RECORDED_DIR").map(PathBuf::from) else { return };
    let serving = Serving::start(&["--replay", folder.to_str().unwrap()]);
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
fn the_siblings_task_and_an_unknown_id_are_replayed_too() {
    let Some(folder) = std::env::var_os("MIDAPI_RECORDED_DIR").map(PathBuf::from) else { return };
    let body: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("sibling_failed.json")).unwrap()).unwrap();
    let data = &body["data"];
    let id = data["taskId"].as_str().unwrap();
    let serving = Serving::start(&["--replay", folder.to_str().unwrap()]);
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
    let unknown = serving.get(&["nobody", "--json"]);
    assert_eq!((unknown.status, &unknown.lines()[0]["error"]["code"]), (5, &422.into()));
}

#[test]
fn a_scenario_file_serves_other_languages() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scenarios.json");
    std::fs::write(&file, r#"{"tasks":{"mine":[{"status":503,"retry_after":"0"},{"state":"success"}]}}"#).unwrap();
    let serving = Serving::start(&["--scenarios", file.to_str().unwrap()]);
    assert_eq!(serving.get(&["mine", "--json"]).lines()[0]["status"], "success");
    std::fs::write(&file, r#"{"tasks":{"mine":[{"state":"asleep"}]}}"#).unwrap();
    let ran = Ran::of(&mut midapi(&["mock", "--scenarios", file.to_str().unwrap()]));
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains("mine") && ran.err.contains("asleep"), "{}", ran.err);
}

#[test]
fn completions_and_manual_pages_are_made() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = Ran::of(&mut midapi(&["completions", shell]));
        assert!(ran.status == 0 && ran.out.contains("pending-to"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    let ran = Ran::of(&mut midapi(&["man", folder.path().to_str().unwrap()]));
    assert_eq!(ran.status, 0, "{}", ran.err);
    let page = std::fs::read_to_string(folder.path().join("midapi-wait.1")).unwrap();
    assert!(page.contains(".TH") && page.contains("pending"), "{page}");
    assert_eq!(Ran::of(&mut midapi(&["man", "/no/such/folder"])).status, 1);
}

#[test]
fn check_says_each_finding() {
    let healthy = MockServer::start().unwrap();
    let ran = Ran::of(&mut asking(&healthy, &["check"]));
    assert_eq!(ran.status, 0, "{}", ran.err);
    for part in [healthy.base_url().as_str(), "from MIDAPI_API_KEY", "The record does not exist", "the key is accepted"]
    {
        assert!(ran.out.contains(part), "{part:?} is not in {}", ran.out);
    }
    assert_eq!(healthy.requests().len(), 1, "one harmless look-up");

    let table = [
        (status(401), 4, "refused"),
        (midapi_mock::html(404), 5, "no such API"),
        (midapi_mock::code(404, "nowhere"), 5, "no such API"),
        (midapi_mock::html(503), 7, "maintenance"),
    ];
    for (answer, exit_status, says) in table {
        let server = server([("midapi-check", answer.into())]);
        let ran = Ran::of(&mut asking(&server, &["check"]));
        assert_eq!(ran.status, exit_status, "{says}");
        assert!(format!("{}{}", ran.out, ran.err).contains(says), "{}{}", ran.out, ran.err);
    }
    assert_eq!(Ran::of(&mut midapi(&["check"])).status, 2, "without a key");
}

#[test]
fn the_help_of_each_command_has_examples_and_the_exit_statuses() {
    for command in ["get", "wait", "watch", "mock", "check"] {
        let ran = Ran::of(&mut midapi(&[command, "--help"]));
        for part in ["Examples:\n  midapi ", "Exit status:", "130 interrupted", "--api-key-file"] {
            assert!(ran.out.contains(part), "{command}: {part:?} is not in {}", ran.out);
        }
    }
    let ran = Ran::of(&mut midapi(&["--help"]));
    assert!(ran.out.contains("unofficial"), "{}", ran.out);
    let version = Ran::of(&mut midapi(&["--version"]));
    assert_eq!(version.out, concat!("midapi ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn the_key_is_in_nothing_that_is_printed() {
    let server = server([("t", midapi_mock::html(502).then(midapi_mock::code(401, format!("bad key {KEY}"))))]);
    for variable in ["UNUSED", "RUST_LOG"] {
        server.set_scenario("t", midapi_mock::html(502).then(midapi_mock::code(401, format!("bad key {KEY}"))));
        let mut command = asking(&server, &["-vvv", "get", "t", "--json"]);
        let ran = Ran::of(command.env(variable, "trace"));
        assert!(ran.err.contains("TRACE") && ran.err.contains("look failed"), "the log is at work: {}", ran.err);
        assert!(!format!("{}{}", ran.out, ran.err).contains(KEY), "{}{}", ran.out, ran.err);
        assert_eq!(ran.status, 4);
    }
}
