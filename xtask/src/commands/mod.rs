//! The commands: their options, and what they print. What they do is the library's.

pub(crate) mod codegen;
mod conform;
mod diff;
mod lint;
pub(crate) mod lua_meta;
pub(crate) mod lua_module;
pub(crate) mod regenerate;
pub(crate) mod spec;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done; for a check: in step, or nothing found.
    Done,
    /// Failed, or found something.
    Failed,
    /// Something has to be run to bring generated files in step.
    OutOfStep,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::Failed => 1,
            Outcome::OutOfStep => 4,
        })
    }
}

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// The path given, or one of the project's own.
pub(crate) fn path(given: Option<&Path>, own: &str) -> PathBuf {
    given.map_or_else(|| root().join(own), Path::to_path_buf)
}

/// Prints. Whoever reads it may have seen enough, for which `print!` would panic.
pub(crate) fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
