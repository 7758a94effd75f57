//! A type checker with the definitions accepts correct scripts and rejects wrong ones.
//!
//! Needs `emmylua_check`. Runs if `MIDAPI_EMMYLUA_CHECK` is its path, as in `.ci/run`. A wrong script has a comment with the expected
//! diagnostic before the wrong line.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Diagnostics: code, line (from 1), and script.
type Diagnostics = BTreeSet<(String, u64, String)>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Checks the scripts of a folder, in a workspace with the settings of the project.
fn run_checker(checker: &str, scripts: &str) -> Diagnostics {
    let workspace = tempfile::tempdir().unwrap();
    let copy = |from: &str| {
        for entry in std::fs::read_dir(root().join(from)).unwrap() {
            let path = entry.unwrap().path();
            let to = workspace.path().join(from);
            std::fs::create_dir_all(&to).unwrap();
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    };
    copy(scripts);
    copy("crates/midapi-lua/library");
    std::fs::copy(root().join(".emmyrc.json"), workspace.path().join(".emmyrc.json")).unwrap();
    let output = Command::new(checker).args(["-f", "json"]).arg(workspace.path()).output().expect(checker);
    let files: Vec<Value> = serde_json::from_slice(&output.stdout).expect("the output of the checker is JSON");
    let mut diagnostics = Diagnostics::new();
    for file in &files {
        let name = Path::new(file["file"].as_str().unwrap()).file_name().unwrap().to_string_lossy().into_owned();
        for diagnostic in file["diagnostics"].as_array().unwrap() {
            let line = diagnostic["range"]["start"]["line"].as_u64().unwrap() + 1;
            diagnostics.insert((diagnostic["code"].as_str().unwrap().to_owned(), line, name.clone()));
        }
    }
    diagnostics
}

/// Reads the expected diagnostics of the wrong scripts.
fn read_expected(scripts: &str) -> Diagnostics {
    let mut expected = Diagnostics::new();
    for entry in std::fs::read_dir(root().join(scripts)).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let wrong =
            (1..).zip(text.lines()).filter_map(|(line, text)| Some((text.strip_prefix("-- wrong: ")?, line + 1)));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let before = expected.len();
        expected.extend(wrong.map(|(code, line)| (code.to_owned(), line, name.clone())));
        assert!(expected.len() > before, "{name} has no `-- wrong:` comment");
    }
    expected
}

#[test]
fn checker_finds_only_wrong_lines() {
    let Ok(checker) = std::env::var("MIDAPI_EMMYLUA_CHECK") else {
        eprintln!("not run: MIDAPI_EMMYLUA_CHECK is not set");
        return;
    };
    assert_eq!(run_checker(&checker, "examples/lua"), Diagnostics::new());
    let wrong = "crates/midapi-lua/tests/definitions";
    assert_eq!(run_checker(&checker, wrong), read_expected(wrong));
}
