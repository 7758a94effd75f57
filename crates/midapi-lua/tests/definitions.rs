//! The definitions tell right scripts from wrong ones.
//!
//! Needs the checker that `cargo install emmylua_check` brings. Runs where `MIDAPI_EMMYLUA_CHECK` names it, as in `.ci/run`. A
//! wrong script says in a comment what is wrong with the next line.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What is said of a script: the diagnostic's code, its line (from 1), and the script.
type Said = BTreeSet<(String, u64, String)>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What the checker says of the scripts of a folder, in a workspace with the project's own settings.
fn said(checker: &str, scripts: &str) -> Said {
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
    let files: Vec<Value> = serde_json::from_slice(&output.stdout).expect("the checker's answer is JSON");
    let mut said = Said::new();
    for file in &files {
        let name = Path::new(file["file"].as_str().unwrap()).file_name().unwrap().to_string_lossy().into_owned();
        for found in file["diagnostics"].as_array().unwrap() {
            let line = found["range"]["start"]["line"].as_u64().unwrap() + 1;
            said.insert((found["code"].as_str().unwrap().to_owned(), line, name.clone()));
        }
    }
    said
}

/// What the comments of the wrong scripts announce.
fn announced(scripts: &str) -> Said {
    let mut announced = Said::new();
    for entry in std::fs::read_dir(root().join(scripts)).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let wrong =
            (1..).zip(text.lines()).filter_map(|(line, text)| Some((text.strip_prefix("-- wrong: ")?, line + 1)));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let before = announced.len();
        announced.extend(wrong.map(|(code, line)| (code.to_owned(), line, name.clone())));
        assert!(announced.len() > before, "{name} does not say what is wrong with it");
    }
    announced
}

#[test]
fn right_scripts_pass_and_wrong_ones_fail_where_they_are_wrong() {
    let Ok(checker) = std::env::var("MIDAPI_EMMYLUA_CHECK") else {
        eprintln!("not run: MIDAPI_EMMYLUA_CHECK is not set");
        return;
    };
    assert_eq!(said(&checker, "examples/lua"), Said::new());
    let wrong = "crates/midapi-lua/tests/definitions";
    assert_eq!(said(&checker, wrong), announced(wrong));
}
