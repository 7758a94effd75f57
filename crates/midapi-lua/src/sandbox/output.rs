//! The output of `print` in a sandbox.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The standard output with a size limit. Escapes control characters, which could control a terminal.
#[derive(Clone)]
pub(crate) struct Output {
    limit: usize,
    /// The bytes that the current run may still print.
    remaining: Arc<AtomicUsize>,
}

impl Output {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, remaining: Arc::new(AtomicUsize::new(limit)) }
    }

    /// Begins a run, which may print as many bytes as the limit allows.
    pub(crate) fn begin_run(&self) {
        self.remaining.store(self.limit, Ordering::Relaxed);
    }

    /// The error if the output of a script exceeds the limit.
    pub(crate) fn limit_error(&self) -> String {
        format!("script exceeded its output limit of {} bytes", self.limit)
    }

    /// Whether a text of this length exceeds the limit.
    pub(crate) fn is_too_long(&self, length: usize) -> bool {
        length > self.limit
    }

    /// Prints a text with its control characters escaped.
    ///
    /// # Errors
    /// An error message, if the text exceeds the output limit or cannot be written.
    pub(crate) fn write(&self, text: &[u8]) -> Result<(), String> {
        // Escaping only makes a text longer. A text that is too long is not escaped, to save memory.
        let escaped = if self.is_too_long(text.len()) { String::new() } else { escape(text) };
        let take = |remaining: usize| remaining.checked_sub(text.len().max(escaped.len()));
        if self.remaining.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
            return Err(self.limit_error());
        }
        let mut stdout = std::io::stdout().lock();
        let written = stdout.write_all(escaped.as_bytes()).and_then(|()| stdout.flush());
        written.map_err(|error| format!("cannot write to standard output: {error}"))
    }
}

/// Escapes control characters except tabs and line feeds, in the notation of Lua strings.
fn escape(text: &[u8]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in String::from_utf8_lossy(text).chars() {
        if character.is_control() && !matches!(character, '\t' | '\n') {
            let _ = write!(escaped, "\\u{{{:X}}}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_control_characters() {
        let table: [(&[u8], &str); 4] = [
            (b"a\tb\n", "a\tb\n"),
            (b"\x1b[2J", "\\u{1B}[2J"),
            ("\u{9b}2J\u{e9}".as_bytes(), "\\u{9B}2J\u{e9}"),
            (b"\xff\r", "\u{fffd}\\u{D}"),
        ];
        for (text, expected) in table {
            assert_eq!(escape(text), expected, "{text:?}");
        }
    }
}
