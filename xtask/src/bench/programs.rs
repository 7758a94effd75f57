//! The programs of ours that measure and are measured, built as they are needed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// cargo, in the project's folder.
pub(super) fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo
}

/// The executables that a release build with these arguments makes, by name.
pub(super) fn build(root: &Path, arguments: &[&str]) -> Result<Vec<(String, PathBuf)>, String> {
    let mut command = cargo(root);
    command.args(["build", "--quiet", "--release", "--message-format=json-render-diagnostics"]).args(arguments);
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| format!("cargo cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo build {} failed; cargo says why above", arguments.join(" ")));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(messages
        .filter_map(|message| {
            let name = message.pointer("/target/name")?.as_str()?.to_owned();
            Some((name, message.get("executable")?.as_str()?.into()))
        })
        .collect())
}

/// The programs of `crates/midapi-bench`.
#[derive(Debug)]
pub(super) struct Programs(Vec<(String, PathBuf)>);

impl Programs {
    pub(super) fn build(root: &Path) -> Result<Self, String> {
        build(root, &["--package", "midapi-bench"]).map(Self)
    }

    pub(super) fn get(&self, name: &str) -> Result<&Path, String> {
        let found = self.0.iter().find(|(program, _)| program == name);
        found.map(|(_, path)| path.as_path()).ok_or_else(|| format!("cargo has built no program {name}"))
    }
}

/// The program of all ways, with all features of the SDK; kept apart, since the next build takes its file. None where it does not
/// build: the system's TLS library may not be there.
pub(super) fn with_all_features(root: &Path) -> Option<PathBuf> {
    let built = build(root, &["--package", "midapi-bench", "--bin", "ways", "--features", "all-features"]).ok()?;
    let (_, program) = built.into_iter().find(|(name, _)| name == "ways")?;
    let kept = root.join("target/bench/ways-all-features");
    std::fs::create_dir_all(kept.parent()?).ok()?;
    std::fs::copy(program, &kept).ok()?;
    Some(kept)
}

/// The `midapi` command.
pub(super) fn midapi(root: &Path) -> Result<PathBuf, String> {
    let built = build(root, &["--package", "midapi-cli"])?;
    let midapi = built.into_iter().find(|(name, _)| name == "midapi");
    midapi.map(|(_, path)| path).ok_or_else(|| "cargo has built no program midapi".into())
}
