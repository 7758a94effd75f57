//! `midapi completions`

use std::fmt::Write as _;

use clap_complete::Shell;

use crate::args::Cli;
use crate::output::terminal::{OutputError, print_raw};

/// Completions of positional arguments for fish, which `clap_complete` does not generate.
const FISH_ARGUMENTS: &[(&str, &str)] = &[
    ("get", "-f"),
    ("wait", "-f"),
    ("watch", "-f"),
    ("check", "-f"),
    ("mock", "-f"),
    ("lua", "-F"),
    ("completions", "-f -a \"bash elvish fish powershell zsh\""),
    ("man", "-f -a \"(__fish_complete_directories)\""),
];

/// Prints a completion script.
pub(crate) fn run(shell: Shell) -> Result<u8, OutputError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::full_command(), "midapi", &mut script);
    let mut script = String::from_utf8_lossy(&script).trim_end().to_owned();
    if shell == Shell::Fish {
        for (command, completion) in FISH_ARGUMENTS {
            let _ = write!(script, "\ncomplete -c midapi -n \"__fish_midapi_using_subcommand {command}\" {completion}");
        }
    }
    print_raw(script)?;
    Ok(0)
}
