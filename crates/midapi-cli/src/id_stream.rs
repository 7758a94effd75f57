//! The ids of a command: its arguments, and the lines of standard input for `-`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::Stream;
use futures_util::stream::{self, StreamExt};
use midapi::{Error, TaskId};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::output::terminal::print_stderr;

/// The position of an id in a command: the index of its argument and, for an id from standard input, its index among
/// the ids that are read from standard input. Both indexes start at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Position {
    pub(crate) argument: usize,
    pub(crate) line: usize,
}

/// Creates the stream of all ids in order. Standard input is read only as the stream is polled.
///
/// A byte order mark, surrounding white space and empty lines of standard input are ignored. If standard input cannot
/// be read to its end, an error is printed and `has_failed` is set.
pub(crate) fn id_stream(
    arguments: Vec<String>,
    has_failed: Arc<AtomicBool>,
) -> impl Stream<Item = (Position, Result<TaskId, Error>)> + Send {
    stream::iter(arguments).enumerate().flat_map(move |(argument, id)| {
        if id == "-" {
            let lines = read_lines(Arc::clone(&has_failed)).enumerate();
            lines.map(move |(line, id)| (Position { argument, line }, id)).boxed()
        } else {
            stream::once(async move { (Position { argument, line: 0 }, TaskId::new(id)) }).boxed()
        }
    })
}

fn read_lines(has_failed: Arc<AtomicBool>) -> impl Stream<Item = Result<TaskId, Error>> + Send {
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
            let id = match str::from_utf8(&line) {
                Ok(line) if line.trim_matches(is_blank).is_empty() => continue,
                Ok(line) => TaskId::new(line.trim_matches(is_blank)),
                Err(_) => TaskId::try_from(line.trim_ascii()),
            };
            return Some((id, (input, has_failed)));
        }
    })
}

/// Whether a character is ignored before and after an id: white space or a byte order mark.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}
