//! Runs the commands of the README.

mod support;

use midapi_mock::MockServer;
use support::{Finished, KEY, midapi, midapi_with};

/// The lines of the README's shell blocks.
fn commands() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(path).expect("the README is there");
    let blocks = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).map(str::to_owned).collect()
}

#[test]
fn readme_commands_succeed() {
    let server = MockServer::start().unwrap();
    let base_url = server.base_url();
    // Commands write their files here.
    let folder = tempfile::tempdir().unwrap();
    let mut ran = 0;
    for line in commands() {
        let words: Vec<_> = line.split_whitespace().collect();
        let outcome = match &words[..] {
            ["cargo", "run", "--", "--mock", rest @ ..] => {
                Finished::run(midapi(&["--mock"]).args(rest).current_dir(&folder))
            }
            ["midapi", "--mock", "lua", script, rest @ ..] => {
                let script = format!("{}/../../{script}", env!("CARGO_MANIFEST_DIR"));
                Finished::run(midapi(&["--mock", "lua", &script]).args(rest))
            }
            // The mock server replaces the real base URL.
            ["midapi", "--base-url", _, rest @ ..] => Finished::run(
                midapi(&["--base-url", &base_url]).args(rest).env("MIDAPI_API_KEY", KEY).current_dir(&folder),
            ),
            ["midapi", rest @ ..] => Finished::run(midapi_with(&server, rest).current_dir(&folder)),
            ["cargo" | "export", ..] => continue,
            _ => panic!("a command that this test does not know: {line}"),
        };
        assert_eq!(outcome.status, 0, "{line}: {}", outcome.err);
        assert!(!outcome.out.is_empty(), "{line}");
        ran += 1;
    }
    assert!(ran >= 12, "{ran} commands found in the README");
}

#[test]
fn readme_lua_blocks_run() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let blocks: Vec<_> = readme.split("```lua\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let ran = Finished::run_with_input(&mut midapi(&["--mock", "lua", "-"]), block.as_bytes());
        assert_eq!(ran.status, 0, "{block}\n{}", ran.err);
        assert!(ran.out.contains("success\t") && ran.out.contains("demo-failed\ttask_failed"), "{}", ran.out);
    }
}

#[test]
fn readme_starts_with_demo_and_tests() {
    let cargo: Vec<_> = commands().into_iter().filter(|line| line.starts_with("cargo ")).collect();
    assert_eq!(cargo[..2], ["cargo run -- --mock wait demo --download pictures", "cargo test --workspace"]);
}

#[test]
fn readme_lists_every_exit_status() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    for kind in midapi::ErrorKind::ALL {
        let row = format!("\n| {} |", kind.exit_code());
        assert!(readme.contains(&row), "{kind} has exit status {}, which the README does not list", kind.exit_code());
    }
}
