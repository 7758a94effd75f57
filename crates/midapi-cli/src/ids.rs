//! The ids of a command: its arguments, and the lines of standard input for `-`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::Stream;
use futures_util::stream::{self, StreamExt};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::print::err;

/// Where an id stands among those of a command: the argument, and the line of it.
pub(crate) type Place = (usize, usize);

/// All ids with their places, in order. Standard input is read as ids are asked for; its blank lines are skipped, and so are
/// carriage returns at line ends. A line that is not UTF-8 is handed on with what it has instead, to be answered as a bad
/// id.
///
/// `failed` is set, and said, when standard input cannot be read to its end.
pub(crate) fn stream(arguments: Vec<String>, failed: Arc<AtomicBool>) -> impl Stream<Item = (Place, String)> + Send {
    stream::iter(arguments).enumerate().flat_map(move |(number, argument)| {
        if argument == "-" {
            lines(Arc::clone(&failed)).enumerate().map(move |(line, id)| ((number, line), id)).boxed()
        } else {
            stream::once(async move { ((number, 0), argument) }).boxed()
        }
    })
}

fn lines(failed: Arc<AtomicBool>) -> impl Stream<Item = String> + Send {
    let input = BufReader::new(tokio::io::stdin());
    stream::unfold((input, failed), |(mut input, failed)| async {
        loop {
            let mut line = Vec::new();
            match input.read_until(b'\n', &mut line).await {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => {
                    err(format_args!("error: cannot read standard input: {error}"));
                    failed.store(true, Ordering::Relaxed);
                    return None;
                }
            }
            while line.pop_if(|end| matches!(end, b'\r' | b'\n')).is_some() {}
            let id = match String::from_utf8(line) {
                Ok(id) => id,
                // NUL is a character that no id may have.
                Err(bytes) => format!("{}\0", String::from_utf8_lossy(bytes.as_bytes())),
            };
            if !id.trim().is_empty() {
                return Some((id, (input, failed)));
            }
        }
    })
}
