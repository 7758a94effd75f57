//! Standard output and standard error.

use std::fmt;
use std::io::{self, Write};

use crate::progress;

/// Why standard output takes no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputError {
    /// The reader closed the pipe. The command ends quietly.
    BrokenPipe,
    /// The write failed, which has been printed.
    Failed,
}

/// Prints text for people on standard output, in colors if it is a terminal.
pub(crate) fn print(text: impl fmt::Display) -> Result<(), OutputError> {
    progress::suspend(|| write(anstream::stdout().lock(), text))
}

/// Prints a line for programs on standard output. anstream would remove more than colors from it.
pub(crate) fn print_raw(text: impl fmt::Display) -> Result<(), OutputError> {
    progress::suspend(|| write(io::stdout().lock(), text))
}

/// Flushes each line, so that a reader gets each result at once.
fn write(mut stdout: impl Write, text: impl fmt::Display) -> Result<(), OutputError> {
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).map_err(|error| {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return OutputError::BrokenPipe;
        }
        write_stderr(format_args!("error: cannot write to standard output: {error}"));
        OutputError::Failed
    })
}

/// Prints a line for people on standard error. A failure of it cannot be reported anywhere.
pub(crate) fn print_stderr(text: impl fmt::Display) {
    progress::suspend(|| write_stderr(text));
}

fn write_stderr(text: impl fmt::Display) {
    drop(writeln!(anstream::stderr().lock(), "{text}"));
}

/// Text from outside with its control characters escaped.
pub(crate) struct Sanitized<'a>(pub(crate) &'a str);

impl fmt::Display for Sanitized<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if is_unsafe(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}

/// Whether a character controls a terminal or changes the direction of writing.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_control_and_bidi_characters() {
        let table = [
            ("any script", "ein Kätzchen 猫", "ein Kätzchen 猫"),
            ("escape sequence", "\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("line breaks", "one\r\ntwo", "one\\r\\ntwo"),
            ("eight-bit escape", "\u{9b}31m", "\\u{9b}31m"),
            ("bidi override", "gpj.\u{202e}exe", "gpj.\\u{202e}exe"),
        ];
        for (why, given, expected) in table {
            assert_eq!(Sanitized(given).to_string(), expected, "{why}");
        }
    }
}
