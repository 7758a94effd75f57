//! Standard output and standard error.

use std::fmt;
use std::io::{self, Write};

/// Standard output takes no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Whoever read it has read enough.
    ByReader,
    /// It could not be written, which has been said.
    ByFailure,
}

/// Prints a table for people on standard output, in colours if it is a terminal.
pub(crate) fn out(text: impl fmt::Display) -> Result<(), Closed> {
    write(anstream::stdout().lock(), text)
}

/// Prints a line for programs on standard output, as it is: anstream would take more out of it than colours.
pub(crate) fn out_raw(text: impl fmt::Display) -> Result<(), Closed> {
    write(io::stdout().lock(), text)
}

/// Flushed at once, so that a reader sees each result when it comes.
fn write(mut stdout: impl Write, text: impl fmt::Display) -> Result<(), Closed> {
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).map_err(|error| {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Closed::ByReader;
        }
        err(format_args!("error: cannot write to standard output: {error}"));
        Closed::ByFailure
    })
}

/// Prints a line for people on standard error. Nothing can be done if that fails.
pub(crate) fn err(text: impl fmt::Display) {
    drop(writeln!(anstream::stderr().lock(), "{text}"));
}

/// A text of the server, fit for a terminal: control characters are shown as what they are.
pub(crate) struct Plain<'a>(pub(crate) &'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if is_unfit(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}

/// Control characters, and those that turn the direction of writing round.
fn is_unfit(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_server_cannot_drive_the_terminal() {
        let table = [
            ("plain words in any script", "ein Kätzchen 猫", "ein Kätzchen 猫"),
            ("escape sequences", "\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("new lines", "one\r\ntwo", "one\\r\\ntwo"),
            ("the eight-bit escape", "\u{9b}31m", "\\u{9b}31m"),
            ("reversed writing", "gpj.\u{202e}exe", "gpj.\\u{202e}exe"),
        ];
        for (why, given, expected) in table {
            assert_eq!(Plain(given).to_string(), expected, "{why}");
        }
    }
}
