//! Standard output and standard error.

use std::fmt;
use std::io::{self, Write};

/// Nobody reads standard output any more.
#[derive(Debug)]
pub(crate) struct Closed;

/// Prints a result on standard output, in colours if it is a terminal. Flushed at once, so that a reader sees each result
/// when it comes.
pub(crate) fn out(text: impl fmt::Display) -> Result<(), Closed> {
    let mut stdout = anstream::stdout().lock();
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).map_err(|error| {
        if error.kind() != io::ErrorKind::BrokenPipe {
            err(format_args!("error: cannot write to standard output: {error}"));
        }
        Closed
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
