//! The commands of `cargo xtask`: their options and their output. The modules of the xtask library do the work.

pub(crate) mod codegen;
mod conform;
mod diff;
mod lint;
pub(crate) mod lua_module;
pub(crate) mod regenerate;
pub(crate) mod spec;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use xtask::files::{self, GeneratedFile};
use xtask::severity::Effect;

/// The outcome of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Success.
    Done,
    /// A failure or a finding.
    Failed,
    /// A generated file is stale.
    Stale,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::Failed => 1,
            Outcome::Stale => 4,
        })
    }
}

/// The root of the project: the folder above xtask. Cargo sets `CARGO_MANIFEST_DIR` for programs that it runs.
pub(crate) fn root() -> PathBuf {
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let xtask = Path::new(&xtask);
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// The given path. Defaults to `default` in the root of the project.
pub(crate) fn path(given: Option<&Path>, default: &str) -> PathBuf {
    given.map_or_else(|| root().join(default), Path::to_path_buf)
}

/// Prints to standard output. Ignores a closed pipe, on which `print!` panics.
pub(crate) fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

/// Writes generated files. With `check`, prints the differences between the existing and the generated files instead.
/// `name` names the files in the error message.
pub(crate) fn write_or_check(root: &Path, files: &[GeneratedFile], check: bool, name: &str) -> Result<Outcome, String> {
    if !check {
        for path in files::write(root, files)? {
            eprintln!("wrote {}", root.join(path).display());
        }
        return Ok(Outcome::Done);
    }
    let diff = files::diff(root, files)?;
    if diff.is_empty() {
        return Ok(Outcome::Done);
    }
    print(&diff);
    eprintln!("error: stale files: {name}");
    Ok(Outcome::Stale)
}

pub(crate) fn parse_effect(text: &str) -> Result<Effect, String> {
    let all = [Effect::Safe, Effect::Risky, Effect::Breaking];
    all.into_iter().find(|effect| effect.as_str() == text).ok_or_else(|| "use safe, risky or breaking".to_owned())
}
