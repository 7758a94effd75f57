//! `--record`: recorded bodies can be replayed, and contain no private data.

mod support;

use std::fs;
use std::path::Path;

use midapi_mock::{MockServer, code, generating, html};
use serde_json::{Value, json};
use support::{Finished, KEY, midapi_with, server};

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = entries.collect();
    names.sort();
    names
}

fn lines(ran: &Finished) -> Vec<Value> {
    ran.lines()
}

#[test]
fn recorded_responses_are_replayed() {
    let params = r#"{"callBackUrl":"https://me.example/hook?token=1","prompt":"A heron","speed":"fast"}"#;
    let done =
        json!({ "taskId": "t/../1", "successFlag": 1, "paramJson": params, "createTime": 1_760_576_696_000_i64 });
    let server = server([
        ("t/../1", generating().then(midapi_mock::task(done))),
        ("refused", code(401, format!("the key {KEY} is bad")).into()),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let recordings = folder.path().join("made/here");
    let record = ["get", "t/../1", "--json", "--record", recordings.to_str().unwrap()];
    let first = Finished::run(&mut midapi_with(&server, &record));
    let second = Finished::run(&mut midapi_with(&server, &record));
    assert_eq!((first.status, second.status), (0, 0), "{}{}", first.err, second.err);
    assert_eq!(files(&recordings), ["t____1-0001.json", "t____1-0002.json"]);
    let recorded = fs::read_to_string(recordings.join("t____1-0002.json")).unwrap();
    assert!(!recorded.contains("me.example") && recorded.contains("A heron"), "{recorded}");

    let replaying = MockServer::builder().replay(&recordings).unwrap().start().unwrap();
    for original in [&first, &second] {
        let replayed = Finished::run(&mut midapi_with(&replaying, &["get", "t/../1", "--json"]));
        let mut expected = lines(original);
        if expected[0]["params"]["callBackUrl"].is_string() {
            expected[0]["params"]["callBackUrl"] = json!("[redacted]");
            expected[0]["param_json"] = json!(expected[0]["params"].to_string());
        }
        let (mut found, mut wanted) = (lines(&replayed), expected);
        for line in [&mut found[0], &mut wanted[0]] {
            // The replay sets these members from its own URL and clock.
            line.as_object_mut().unwrap().retain(|key, _| key != "result_urls" && key != "results_expire_time");
        }
        assert_eq!(found, wanted);
    }

    let refused =
        Finished::run(&mut midapi_with(&server, &["get", "refused", "--record", recordings.to_str().unwrap()]));
    assert_eq!(refused.status, 4, "failures are recorded too");
    let recorded = fs::read_to_string(recordings.join("refused-0001.json")).unwrap();
    assert!(recorded.contains("[key]") && !recorded.contains(KEY), "{recorded}");
}

#[test]
fn redact_prompt_removes_prompts() {
    let data = json!({ "taskId": "t", "successFlag": 0, "paramJson": r#"{"prompt":"A heron in the reeds"}"# });
    let server = server([("t", midapi_mock::task(data).into())]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    Finished::run(&mut midapi_with(&server, &["get", "t", "--record", path, "--redact-prompt"]));
    assert!(!fs::read_to_string(folder.path().join("t-0001.json")).unwrap().contains("heron"));
    let alone = Finished::run(&mut midapi_with(&server, &["get", "t", "--redact-prompt"]));
    assert_eq!(alone.status, 2, "{}", alone.err);
}

#[test]
fn unrecordable_response_prints_an_error() {
    let server = server([("page", html(502).into()), ("good", generating().into())]);
    let folder = tempfile::tempdir().unwrap();
    let ran = Finished::run(&mut midapi_with(
        &server,
        &["get", "page", "--retries", "0", "--record", folder.path().to_str().unwrap()],
    ));
    assert!(ran.status == 7 && ran.err.contains("it is not JSON"), "{}", ran.err);
    assert!(files(folder.path()).is_empty());
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let ran = Finished::run(&mut midapi_with(&server, &["get", "good", "--record", file.to_str().unwrap()]));
    assert!(ran.status == 1 && ran.err.contains("cannot record to"), "{}", ran.err);
}

#[test]
fn wait_records_the_last_response() {
    let server = server([("t", generating().then(midapi_mock::success()))]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let ran = Finished::run(&mut midapi_with(&server, &["wait", "t", "--interval", "0.1", "--record", path]));
    assert_eq!(ran.status, 0, "{}", ran.err);
    let recorded = fs::read_to_string(folder.path().join("t-0001.json")).unwrap();
    assert!(recorded.contains("\"successFlag\":1"), "{recorded}");
}
