//! The ids of a command: its arguments, and the lines of standard input for `-`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::Stream;
use futures_util::stream::{self, StreamExt};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::output::terminal::print_stderr;

/// The position of an id in its command: the number of the argument, and the line of standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Position {
    pub(crate) argument: usize,
    pub(crate) line: usize,
}

/// Creates the stream of all ids in order. Standard input is read as ids are requested.
///
/// A byte order mark, surrounding blanks, carriage returns and empty lines of standard input are ignored. `has_failed` is set,
/// and an error printed, if standard input cannot be read to its end.
pub(crate) fn id_stream(
    arguments: Vec<String>,
    has_failed: Arc<AtomicBool>,
) -> impl Stream<Item = (Position, String)> + Send {
    stream::iter(arguments).enumerate().flat_map(move |(argument, id)| {
        if id == "-" {
            let lines = read_lines(Arc::clone(&has_failed)).enumerate();
            lines.map(move |(line, id)| (Position { argument, line }, id)).boxed()
        } else {
            stream::once(async move { (Position { argument, line: 0 }, id) }).boxed()
        }
    })
}

fn read_lines(has_failed: Arc<AtomicBool>) -> impl Stream<Item = String> + Send {
    let input = BufReader::new(tokio::io::stdin());
    stream::unfold((input, has_failed), |(mut input, has_failed)| async {
        loop {
            let mut line = Vec::new();
            match input.read_until(b'\n', &mut line).await {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => {
                    print_stderr(format_args!("error: cannot read standard input: {error}"));
                    has_failed.store(true, Ordering::Relaxed);
                    return None;
                }
            }
            let id = match String::from_utf8(line) {
                Ok(line) => line.trim_matches(is_blank).to_owned(),
                // An id must not contain NUL, so the SDK rejects it.
                Err(bytes) => format!("{}\0", String::from_utf8_lossy(bytes.as_bytes()).trim_matches(is_blank)),
            };
            if !id.is_empty() {
                return Some((id, (input, has_failed)));
            }
        }
    })
}

/// Whether a character around an id is ignored: white space and the byte order mark.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}
