//! Scenario files.

mod support;

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::time::{Duration, Instant};

use midapi_mock::{FileKind, MockBuilder, MockServer};

use support::{AUTHORIZED, Connection, lookup, lookup_path, lookup_state};

fn read_text(text: &str) -> io::Result<MockBuilder> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("scenarios.json");
    fs::write(&path, text)?;
    MockServer::builder().scenario_file(path)
}

#[test]
fn file_steps_match_step_functions() {
    let table: &[(&str, &[&str])] = &[
        (r#"{"state":"generating","times":2},{"state":"success"}"#, &["flag 0", "flag 0", "flag 1", "flag 1"]),
        (r#"{"state":"failed"},{"state":"generation_failed"}"#, &["flag 2", "flag 3"]),
        (r#"{"state":"not_found"},{"state":"null_data"}"#, &["code 422", "code 200"]),
        (r#"{"flag":7},{"flag":-1}"#, &["flag 7", "flag -1"]),
        (r#"{"code":455,"msg":"later"},{"code":299}"#, &["code 455", "code 299"]),
        (r#"{"status":503,"retry_after":"1"},{"html":502},{"redirect":"/x"}"#, &["HTTP 503", "HTTP 502", "HTTP 302"]),
        (r#"{"reset":true},{"state":"success","delay_ms":1}"#, &["ConnectionReset", "flag 1"]),
        (r#"{"raw":"{\"code\":299}"},{"raw":"abc","truncate_after":2}"#, &["code 299", "UnexpectedEof"]),
        (r#"{"data":{"successFlag":5}},{"data":null},{"data":7}"#, &["flag 5", "code 200", "code 200"]),
        (r#"{"state":"success","http_status":500},{"code":200,"http_status":201}"#, &["HTTP 500", "HTTP 201"]),
        (r#"{"state":"generating","for_duration_ms":0},{"huge":1000},{"nested":3}"#, &["flag 1", "flag 1"]),
    ];
    for (steps, states) in table {
        let server = read_text(&format!(r#"{{"tasks":{{"cat":[{steps}]}}}}"#)).unwrap().start().unwrap();
        let seen: Vec<String> = states.iter().map(|_| lookup_state(&server, "cat")).collect();
        assert_eq!(seen, *states, "{steps}");
    }
}

#[test]
fn file_steps_apply_options() {
    let text = r#"{"tasks": {
        "limited": [{"status": 429, "retry_after": 1.5, "headers": {"x-a": "b"}}],
        "slow": [{"state": "success", "delay_ms": 60}],
        "slow-body": [{"raw": "123", "byte_interval_ms": 20}],
        "encoded": [{"raw": "123", "content_encoding": "br"}],
        "bomb": [{"gzip_bomb": 5000}]
    }, "unknown_ids": [{"state": "generating"}, {"state": "success"}]}"#;
    let server = read_text(text).unwrap().start().unwrap();
    let limited = lookup(&server, "limited");
    assert_eq!((limited.header("retry-after"), limited.header("x-a")), (Some("1.5"), Some("b")));
    assert_eq!(lookup(&server, "encoded").header("content-encoding"), Some("br"));
    assert_eq!(support::decompress(&lookup(&server, "bomb").body).len(), 5000);
    for (id, min) in [("slow", 60), ("slow-body", 40)] {
        let begin = Instant::now();
        lookup(&server, id);
        assert!(begin.elapsed() >= Duration::from_millis(min), "{id}: {:?}", begin.elapsed());
    }
    let unknown: Vec<String> = ["x", "y", "x"].iter().map(|id| lookup(&server, id).state()).collect();
    assert_eq!(unknown, ["flag 0", "flag 0", "flag 1"]);
}

#[test]
fn files_of_scenario_file_are_served() {
    let text = r#"{
        "file_size": 3000,
        "tasks": {"cat": [{"state": "success", "result_urls": ["/m/a.png"], "params": {"prompt": "A cat"}}]},
        "files": {
            "/m/a.png": [
                {"file": "png", "size": 2000, "variant": 3, "remove_headers": ["etag"]},
                {"file": "png", "size": 2000, "end_after": 700},
                {"file": "png", "size": 2000, "gzip": true}
            ]
        }
    }"#;
    let server = read_text(text).unwrap().start().unwrap();
    let mut connection = Connection::open(&server);
    let mut get = |path: &str| connection.request("GET", path, &[]).unwrap();
    let [first, second, third] = [(); 3].map(|()| get("/m/a.png"));
    assert_eq!((first.header("etag"), &first.body), (None, &FileKind::Png.bytes(2_000, 3)));
    assert_eq!(second.body, FileKind::Png.bytes(2_000, 0)[..700]);
    assert_eq!(support::decompress(&third.body), FileKind::Png.bytes(2_000, 0));
    assert_eq!(get("/m/b_0_0.jpeg").body.len(), 3_000);
    let data = lookup(&server, "cat").json()["data"].take();
    assert_eq!(data["paramJson"], r#"{"prompt":"A cat"}"#);
    let urls = &data["resultInfoJson"]["resultUrls"];
    assert_eq!(urls, &serde_json::json!([{ "resultUrl": format!("{}/m/a.png", server.base_url()) }]));
}

#[test]
fn documented_example_is_valid() {
    let text = include_str!("../src/lib.rs");
    let example: String = text
        .split("```json")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("an example in the crate's documentation")
        .lines()
        .map(|line| line.trim_start_matches("//!"))
        .collect();
    let server = read_text(&example).unwrap().start().unwrap();
    assert_eq!(lookup(&server, "cat").state(), "flag 0");
    let mut connection = Connection::open(&server);
    connection.send("GET", &lookup_path("half"), AUTHORIZED);
    connection.read_head().unwrap();
    let mut body = String::new();
    connection.0.read_to_string(&mut body).unwrap();
    assert_eq!(body, r#"{"code":20"#);
}

#[test]
fn documentation_lists_every_key() {
    // The error of an unknown key names all known ones.
    let step_error = read_text(r#"{"tasks":{"cat":[{"no key":1}]}}"#).unwrap_err().to_string();
    let file_error = read_text(r#"{"no key":1}"#).unwrap_err().to_string();
    let docs = include_str!("../src/lib.rs");
    for (error, count) in [(step_error, 30), (file_error, 4)] {
        let keys: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(keys.len(), count, "{error}");
        for key in keys {
            assert!(docs.contains(&format!("//! | `{key}` |")), "{key} is missing in the tables of keys");
        }
    }
}

#[test]
fn file_errors_name_id_and_step() {
    let at = |step: &str| format!(r#"{{"tasks":{{"fine":[{{"flag":1}}],"cat":[{{"flag":0}},{step}]}}}}"#);
    let table: &[(String, &[&str])] = &[
        (at(r#"{"stat":"success"}"#), &["\"cat\"", "step 2", "stat"]),
        (at(r#"{"state":"sucess"}"#), &["\"cat\"", "step 2", "sucess"]),
        (at(r#"{"state":"success","status":500}"#), &["\"cat\"", "step 2", "`state`", "`status`"]),
        (at(r#"{"times":2}"#), &["\"cat\"", "step 2", "missing content"]),
        (at(r#"{"status":99}"#), &["\"cat\"", "step 2", "99"]),
        (at(r#"{"reset":false}"#), &["\"cat\"", "step 2", "reset"]),
        (at(r#"{"status":500,"msg":"x"}"#), &["\"cat\"", "step 2", "msg"]),
        (at(r#"{"flag":0,"times":1,"for_duration_ms":1}"#), &["\"cat\"", "step 2", "for_duration_ms"]),
        (at(r#"{"flag":0,"headers":{"a b":"c"}}"#), &["\"cat\"", "step 2", "a b"]),
        (at(r#"{"flag":0,"times":-1}"#), &["\"cat\"", "step 2"]),
        (at(r#"{"flag":0,"retry_after":true}"#), &["\"cat\"", "step 2", "a string or a number"]),
        (at("7"), &["\"cat\"", "step 2"]),
        (r#"{"tasks":{"cat":[]}}"#.into(), &["\"cat\"", "no steps"]),
        (at(r#"{"flag":0,"size":1}"#), &["\"cat\"", "step 2", "`size`", "`file`"]),
        (at(r#"{"file":"bmp"}"#), &["\"cat\"", "step 2", "\"bmp\"", "jpeg, png, webp, gif, mp4, webm"]),
        (at(r#"{"flag":0,"result_urls":[]}"#), &["\"cat\"", "step 2", "result_urls"]),
        (r#"{"files":{"/m/x":[{"flag":0},{"fil":"png"}]}}"#.into(), &["file \"/m/x\"", "step 2", "fil"]),
        (r#"{"unknown_ids":[]}"#.into(), &["unknown_ids", "no steps"]),
        (r#"{"task":{}}"#.into(), &["task"]),
        ("{".into(), &["line 1"]),
    ];
    for (text, expected) in table {
        let error = read_text(text).unwrap_err();
        let message = error.to_string();
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{message}");
        assert!(message.contains("scenarios.json"), "{text}: {message}");
        for part in *expected {
            assert!(message.contains(part), "{text}: {part:?} is not in {message:?}");
        }
    }
    assert_eq!(MockServer::builder().scenario_file("no-such.json").unwrap_err().kind(), ErrorKind::NotFound);
}
