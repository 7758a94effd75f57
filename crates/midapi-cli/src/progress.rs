//! The progress line of a wait or a download, on a terminal.

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use midapi::Update;

use crate::output::format_bytes;
use crate::output::sanitized::Sanitized;

/// The progress line. Empty if no progress line was started. All other output must be printed inside [`suspend`].
static LINE: OnceLock<ProgressBar> = OnceLock::new();

/// Runs a function that prints, with the progress line removed.
pub(crate) fn suspend<T>(print: impl FnOnce() -> T) -> T {
    match LINE.get() {
        Some(line) => line.suspend(print),
        None => print(),
    }
}

/// The progress line at the end of the output. It is not shown if standard error is not a terminal.
///
/// The text is cut to one line of the terminal. If the text were wrapped and the terminal resized, indicatif would
/// erase lines above the text.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    line: Option<ProgressBar>,
    /// The number of ids. None if ids are read from standard input.
    total: Option<usize>,
}

impl Progress {
    pub(crate) fn start(arguments: &[String]) -> Self {
        let total = (!arguments.iter().any(|argument| argument == "-")).then_some(arguments.len());
        let line = std::io::stderr().is_terminal().then(|| {
            // ASCII only, because some terminals cannot show other characters.
            let style = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            let line = ProgressBar::no_length().with_style(style.tick_chars("-\\|/ "));
            line.enable_steady_tick(Duration::from_millis(500));
            line
        });
        if let Some(line) = &line {
            drop(LINE.set(line.clone()));
        }
        let progress = Self { line, total };
        progress.show("polling");
        progress
    }

    /// Shows an update of an id.
    pub(crate) fn update(&self, id: &str, update: &Update) {
        match update {
            Update::Changed(task) => self.show(&format!("{} {}", task.status(), printable(id))),
            Update::PollFailed(error) => self.show(&format!("{}, retrying {}", error.kind(), printable(id))),
            _ => {}
        }
    }

    /// Adds one to the number of ids that have a result.
    pub(crate) fn finish_one(&self) {
        let Some(line) = &self.line else { return };
        line.inc(1);
        self.show("polling");
    }

    /// Shows the number of received bytes until the returned handle is aborted. Returns None if there is no progress
    /// line.
    pub(crate) fn show_bytes(&self, received: impl Fn() -> u64 + Send + 'static) -> Option<tokio::task::AbortHandle> {
        self.line.as_ref()?;
        let progress = self.clone();
        let shown = tokio::spawn(async move {
            loop {
                match received() {
                    0 => {}
                    bytes => progress.show(&format!("{} received", format_bytes(bytes))),
                }
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
        });
        Some(shown.abort_handle())
    }

    fn show(&self, text: &str) {
        let Some(line) = &self.line else { return };
        line.set_message(match self.total {
            Some(1) => text.to_owned(),
            Some(total) => format!("{}/{total} done, {text}", line.position()),
            None => format!("{} done, {text}", line.position()),
        });
    }

    /// Removes the progress line.
    pub(crate) fn clear(&self) {
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
    }
}

/// Formats an id for the locale. If the encoding of the locale is not UTF-8, each non-ASCII character of the id is
/// replaced by `?`.
fn printable(id: &str) -> String {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    let locale = locale.into_iter().find(|value| !value.is_empty()).unwrap_or_default().to_ascii_lowercase();
    let id = Sanitized(id).to_string();
    if locale.contains("utf-8") || locale.contains("utf8") {
        return id;
    }
    id.chars().map(|character| if character.is_ascii() { character } else { '?' }).collect()
}
