//! `cargo xtask`: makes files from other files.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::codegen;

/// Something has to be run to bring generated files in step; see `--check`.
const NEEDS_UPDATE: u8 = 4;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Makes files from other files")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Generate crates/midapi-client from spec/midapi.yaml.
    ///
    /// Exit status: 0 done or in step, 1 failed, 2 wrong usage, 4 (`--check`) the generated files are out of step.
    Codegen {
        /// Write nothing; say whether the generated files are in step with the spec, and how they differ.
        #[arg(long)]
        check: bool,
        /// The spec to read instead of spec/midapi.yaml.
        #[arg(long, value_name = "FILE")]
        spec: Option<PathBuf>,
        /// The folder to write to instead of crates/midapi-client/src.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let Command::Codegen { check, spec, out } = Cli::parse().command;
    let root = workspace_root();
    let spec = spec.unwrap_or_else(|| root.join("spec/midapi.yaml"));
    let out = out.unwrap_or_else(|| root.join("crates/midapi-client/src"));
    let run = || -> Result<ExitCode, codegen::Error> {
        let files = codegen::generate(&spec)?;
        if !check {
            for path in codegen::write(&files, &out)? {
                eprintln!("wrote {}", path.display());
            }
            return Ok(ExitCode::SUCCESS);
        }
        let diff = codegen::diff(&files, &out)?;
        if diff.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        // Whoever reads it may have seen enough; `print!` would panic.
        let _ = io::stdout().write_all(diff.as_bytes());
        eprintln!("error: generated files are out of step with {}", spec.display());
        eprintln!("  mend it with: cargo xtask codegen");
        Ok(ExitCode::from(NEEDS_UPDATE))
    };
    run().unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn workspace_root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}
