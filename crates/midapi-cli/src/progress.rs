//! How a wait comes along, on a terminal.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use midapi::{Error, Task, Update};

use crate::print::Plain;

/// With more ids than this there is one line for all.
const LINES: usize = 10;

/// Lines at the foot of the terminal; nothing where standard error is none.
#[derive(Clone)]
pub(crate) struct Progress(Option<Drawn>);

#[derive(Clone)]
struct Drawn {
    multi: MultiProgress,
    lines: HashMap<String, ProgressBar>,
    summary: Option<ProgressBar>,
}

impl Progress {
    /// Lines for the ids of the arguments, or one for all if there are many or some come from standard input.
    pub(crate) fn new(arguments: &[String]) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let multi = MultiProgress::new();
        let mut drawn = Drawn { multi, lines: HashMap::new(), summary: None };
        let from_input = arguments.iter().any(|argument| argument == "-");
        if arguments.len() > LINES || from_input {
            let style = if from_input {
                "{spinner} {pos} ended, {elapsed}  {msg}"
            } else {
                "{bar:30} {pos}/{len} ended, {elapsed}  {msg}"
            };
            let length = if from_input { None } else { Some(arguments.len() as u64) };
            let bar = drawn.multi.add(ProgressBar::no_length().with_style(named(style)));
            if let Some(length) = length {
                bar.set_length(length);
            }
            bar.enable_steady_tick(Duration::from_millis(500));
            drawn.summary = Some(bar);
        } else {
            for id in arguments {
                let bar =
                    drawn.multi.add(ProgressBar::no_length().with_style(named("{spinner} {prefix}  {msg}, {elapsed}")));
                bar.set_prefix(Plain(id).to_string());
                bar.set_message("asking");
                bar.enable_steady_tick(Duration::from_millis(500));
                drawn.lines.insert(id.clone(), bar);
            }
        }
        Self(Some(drawn))
    }

    /// Shows what a wait tells of an id.
    pub(crate) fn update(&self, id: &str, update: &Update) {
        let Some(drawn) = &self.0 else { return };
        let message = match update {
            Update::Changed(task) => task.status().to_string(),
            Update::PollFailed(error) => format!("{} (going on)", error.kind()),
            _ => return,
        };
        match (drawn.lines.get(id), &drawn.summary) {
            (Some(line), _) => line.set_message(message),
            (None, Some(summary)) => summary.set_message(format!("{} {message}", Plain(id))),
            _ => {}
        }
    }

    /// Takes an id's line away, for its result is printed.
    pub(crate) fn ended(&self, id: &str, _outcome: &Result<Task, Error>) {
        let Some(drawn) = &self.0 else { return };
        match (drawn.lines.get(id), &drawn.summary) {
            (Some(line), _) => line.finish_and_clear(),
            (None, Some(summary)) => summary.inc(1),
            _ => {}
        }
    }

    /// Runs something that prints, with the lines out of its way.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(drawn) => drawn.multi.suspend(print),
            None => print(),
        }
    }

    /// Takes all lines away.
    pub(crate) fn clear(&self) {
        if let Some(drawn) = &self.0 {
            drawn.lines.values().chain(&drawn.summary).for_each(ProgressBar::finish_and_clear);
            // A key that was typed meanwhile may have moved the lines; nothing is lost if they cannot be cleared.
            drop(drawn.multi.clear());
        }
    }
}

fn named(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
