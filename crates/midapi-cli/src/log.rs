//! Logging to standard error.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;

use crate::progress;

/// Starts logging to standard error. The number of `-v` options sets the level. Without `-v`, `RUST_LOG` sets the
/// filter; without both, nothing is logged.
pub(crate) fn start(verbose: u8) {
    let filter = match verbose {
        0 => match std::env::var("RUST_LOG") {
            Ok(rules) => EnvFilter::new(rules),
            Err(_) => return,
        },
        1 => EnvFilter::new("midapi=info"),
        2 => EnvFilter::new("midapi=debug"),
        _ => EnvFilter::new("trace"),
    };
    let has_colors = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| LogWriter)
        .with_ansi(has_colors)
        .log_internal_errors(false)
        .init();
}

/// A log writer that clears the progress line before it writes an event to standard error.
struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        progress::suspend(|| io::stderr().write_all(event)).map(|()| event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
