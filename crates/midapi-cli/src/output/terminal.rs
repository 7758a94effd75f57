//! Standard output and standard error.

use std::fmt;
use std::io::{self, Write};

use crate::progress;

/// The reason why standard output cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputError {
    /// The reader closed the pipe. The command ends quietly.
    BrokenPipe,
    /// The write failed. The error has been printed.
    Failed,
}

/// Prints human-readable text on standard output, with colors if it is a terminal.
pub(crate) fn print(text: impl fmt::Display) -> Result<(), OutputError> {
    progress::suspend(|| write(anstream::stdout().lock(), text))
}

/// Prints a line for programs on standard output. Does not use anstream: without colors, anstream also removes other
/// escape sequences and most control characters from the line.
pub(crate) fn print_raw(text: impl fmt::Display) -> Result<(), OutputError> {
    progress::suspend(|| write(io::stdout().lock(), text))
}

/// Writes a line and flushes it, so that a reader gets each result immediately.
fn write(mut stdout: impl Write, text: impl fmt::Display) -> Result<(), OutputError> {
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).map_err(|error| {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return OutputError::BrokenPipe;
        }
        write_stderr(format_args!("error: cannot write to standard output: {error}"));
        OutputError::Failed
    })
}

/// Prints a line on standard error. Ignores write errors, because they cannot be reported.
pub(crate) fn print_stderr(text: impl fmt::Display) {
    progress::suspend(|| write_stderr(text));
}

fn write_stderr(text: impl fmt::Display) {
    drop(writeln!(anstream::stderr().lock(), "{text}"));
}
