//! What `-v` shows.

use tracing_subscriber::EnvFilter;

/// Starts logging to standard error: by the number of `-v`s, or by `RUST_LOG` where there is none.
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
    let colours = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours)
        .log_internal_errors(false)
        .init();
}
