//! Untrusted text that is safe to print on a terminal.

use std::fmt;

/// Untrusted text whose control characters are escaped when it is printed.
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
