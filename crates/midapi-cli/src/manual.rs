//! `midapi completions` and `midapi man`

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::print::{Closed, err, out_raw};

/// Prints a script that completes the command in a shell.
pub(crate) fn completions(shell: Shell) -> Result<u8, Closed> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "midapi", &mut script);
    out_raw(String::from_utf8_lossy(&script).trim_end())?;
    Ok(0)
}

/// Writes a manual page for each command into a folder.
pub(crate) fn pages(folder: &Path) -> u8 {
    match clap_mangen::generate_to(Cli::command(), folder) {
        Ok(()) => 0,
        Err(error) => {
            err(format_args!("error: cannot write the manual to {}: {error}", folder.display()));
            1
        }
    }
}
