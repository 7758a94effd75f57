//! Replay of recorded bodies.

mod support;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use midapi_mock::{MockServer, failed};
use serde_json::Value;
use tempfile::TempDir;

use support::{decompress, lookup, lookup_accepting};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

/// Creates a body with unusual spaces and member order: a re-serialized body would differ.
fn body(id: &str, flag: u8, mark: &str) -> String {
    format!(
        "{{ \"msg\":\"success\", \"data\" : {{\"mark\":\"{mark}\",\"successFlag\": {flag}, \"taskId\":\"{id}\"}},\"code\":200 }}\n"
    )
}

#[test]
fn recordings_are_served_unfinished_first() {
    let (cat_1, cat_2, cat_3) =
        (body("cat", 1, "first name"), body("cat", 0, "second name"), body("cat", 0, "third name"));
    let dog = body("dog", 3, "alone");
    let dir = folder(&[
        ("a.json", &cat_1),
        ("b.json", &cat_2),
        ("c.json", &cat_3),
        ("d.json", &dog),
        ("README.md", "not JSON"),
    ]);
    let server = MockServer::builder().replay(dir.path()).unwrap().start().unwrap();
    let texts: Vec<String> =
        ["cat", "cat", "dog", "cat", "dog", "cat"].iter().map(|id| lookup(&server, id).text()).collect();
    assert_eq!(texts, [&cat_2, &cat_3, &dog, &cat_1, &dog, &cat_1].map(String::as_str));
    assert_eq!(lookup(&server, "bird").state(), "code 422", "the default fallback");
    assert_eq!(lookup(&server, "demo-failed").state(), "flag 2", "demo ids are still served");
    let packed = lookup_accepting(&server, "dog", "gzip");
    assert_eq!(decompress(&packed.body), dog.as_bytes());
}

#[test]
fn bodies_without_data_answer_unknown_ids() {
    for text in [r#"{"code":422,"msg":"Not found","data":null}"#, r#"{"code":401,"msg":"No data member"}"#] {
        let dir = folder(&[("unknown.json", text)]);
        let server = MockServer::builder().replay(dir.path()).unwrap().start().unwrap();
        for id in ["a", "b", "a"] {
            assert_eq!(lookup(&server, id).text(), text);
        }
    }
}

#[test]
fn recordings_override_demos() {
    let recorded = body("demo", 1, "recorded");
    let dir = folder(&[("a.json", &recorded), ("b.json", &body("cat", 1, ""))]);
    let server = MockServer::builder().replay(dir.path()).unwrap().task("cat", failed()).start().unwrap();
    assert_eq!((lookup(&server, "demo").text(), lookup(&server, "cat").state()), (recorded, "flag 2".into()));
}

#[test]
fn replay_errors_name_the_file() {
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, ErrorKind);
    let good = body("cat", 1, "");
    let table: &[Row] = &[
        ("not JSON", &[("good.json", &good), ("broken.json", "{")], "broken.json", ErrorKind::InvalidData),
        (
            "no id",
            &[("nameless.json", r#"{"code":200,"data":{"successFlag":1}}"#)],
            "nameless.json",
            ErrorKind::InvalidData,
        ),
        ("no JSON files", &[("notes.txt", "")], "no *.json", ErrorKind::NotFound),
    ];
    for (why, files, expected, kind) in table {
        let dir = folder(files);
        let error = MockServer::builder().replay(dir.path()).unwrap_err();
        assert_eq!(error.kind(), *kind, "{why}");
        assert!(error.to_string().contains(expected), "{why}: {error}");
    }
    let error = MockServer::builder().replay("no/such/folder").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("folder"), "{error}");
}

/// Requires `MIDAPI_RECORDED_DIR`, a folder of recordings, which are not part of the project.
#[test]
fn real_recordings_are_replayed_exactly() {
    let Some(dir) = std::env::var_os("MIDAPI_RECORDED_DIR") else { return };
    let mut bodies = 0;
    for entry in fs::read_dir(Path::new(&dir)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let recorded: Value = serde_json::from_slice(&bytes).unwrap();
        let id = recorded["data"]["taskId"].as_str().unwrap_or("unknown");
        let server = MockServer::builder().replay(&dir).unwrap().start().unwrap();
        // No id has more than two bodies.
        let responses = [lookup(&server, id).body, lookup(&server, id).body];
        assert!(responses.contains(&bytes), "{}", path.display());
        bodies += 1;
    }
    assert!(bodies > 0);
}
