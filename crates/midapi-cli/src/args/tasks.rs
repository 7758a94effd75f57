//! Arguments of `get`, `wait` and `watch`.

use std::fmt::Display;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};
use midapi::defaults::{GET_TIMEOUT, INITIAL_INTERVAL, MAX_IN_FLIGHT, MAX_INTERVAL, MAX_RETRIES, WAIT_TIMEOUT};

use crate::args::values::parse_duration;
use crate::output::format_duration;

pub(super) const IDS_HELP: &str = "Task ids; \"-\" reads ids from standard input, one per line";

#[derive(Debug, Args)]
pub(crate) struct GetCommand {
    #[arg(required = true, value_name = "ID", help = IDS_HELP, value_hint = ValueHint::Other)]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[arg(long, help = with_default("Time limit for all attempts of one id, such as 90s or 500ms; a number without a unit means seconds", format_duration(GET_TIMEOUT)), value_name = "TIME", value_parser = parse_duration, value_hint = ValueHint::Other)]
    pub(crate) timeout: Option<Duration>,
    #[arg(long, help = with_default("Maximum number of retries of one id", MAX_RETRIES), value_name = "N", value_hint = ValueHint::Other)]
    pub(crate) retries: Option<u32>,
    /// Exit with status 3 if a task has failed.
    #[arg(long)]
    pub(crate) exit_status: bool,
    #[command(flatten)]
    pub(crate) concurrency: ConcurrencyArgs,
    #[command(flatten)]
    pub(crate) pending: PendingArgs,
    #[command(flatten)]
    pub(crate) record: RecordArgs,
}

#[derive(Debug, Args)]
pub(crate) struct WaitCommand {
    #[arg(required = true, value_name = "ID", help = IDS_HELP, value_hint = ValueHint::Other)]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
    #[command(flatten)]
    pub(crate) concurrency: ConcurrencyArgs,
    #[command(flatten)]
    pub(crate) pending: PendingArgs,
    #[command(flatten)]
    pub(crate) record: RecordArgs,
    /// Download the results of each finished task to a directory or object store, as `midapi download` does.
    #[arg(long, value_name = "DIR|URL", conflicts_with = "urls", value_hint = ValueHint::DirPath)]
    pub(crate) download: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct WatchCommand {
    #[arg(required = true, value_name = "ID", help = IDS_HELP, value_hint = ValueHint::Other)]
    pub(crate) ids: Vec<String>,
    /// Print each status change and each failure as a JSON object on one line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
    #[command(flatten)]
    pub(crate) concurrency: ConcurrencyArgs,
    #[command(flatten)]
    pub(crate) pending: PendingArgs,
}

/// The format of results.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct OutputArgs {
    /// Print each result or failure as a JSON object on one line.
    #[arg(long, conflicts_with = "urls")]
    pub(crate) json: bool,
    /// Print only the result URLs, one per line.
    #[arg(long)]
    pub(crate) urls: bool,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
}

/// The time zone of printed times.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct TimeArgs {
    /// Print times in UTC instead of local time.
    #[arg(long)]
    pub(crate) utc: bool,
}

/// Limits on the number of requests.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ConcurrencyArgs {
    #[arg(long, help = with_default("Maximum number of concurrent requests", MAX_IN_FLIGHT), value_name = "N", value_hint = ValueHint::Other)]
    pub(crate) max_in_flight: Option<NonZero<usize>>,
    /// Maximum number of requests per second [default: no limit].
    #[arg(long, value_name = "N", value_hint = ValueHint::Other)]
    pub(crate) rate: Option<f64>,
}

/// Options of a wait.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct WaitArgs {
    #[arg(long, help = with_default("Maximum time to wait for each id, such as 90s, 1h30m or 500ms; a number without a unit means seconds", format_duration(WAIT_TIMEOUT)), value_name = "TIME", value_parser = parse_duration, value_hint = ValueHint::Other)]
    pub(crate) timeout: Option<Duration>,
    #[arg(long, help = with_default("Use a fixed time between two polls of an id", growing_interval()), value_name = "TIME", value_parser = parse_duration, value_hint = ValueHint::Other)]
    pub(crate) interval: Option<Duration>,
    /// Delay before the first poll [default: 0s].
    #[arg(long, value_name = "TIME", value_parser = parse_duration, value_hint = ValueHint::Other)]
    pub(crate) first_delay: Option<Duration>,
    /// How long to keep polling an id that is not found; a new task may not be visible yet [default: 0s].
    #[arg(long, value_name = "TIME", value_parser = parse_duration, value_hint = ValueHint::Other)]
    pub(crate) not_found_grace: Option<Duration>,
    /// Stop at the first failure instead of continuing with the other ids.
    #[arg(long)]
    pub(crate) fail_fast: bool,
}

/// The file for pending ids.
#[derive(Debug, Clone, Args)]
pub(crate) struct PendingArgs {
    /// File for the ids to try again, one per line: those without a result, for example after a timeout or a failed
    /// request. Its content is replaced when the command ends, even after a failure or an interrupt.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) pending_to: Option<PathBuf>,
}

/// The directory for recorded responses.
#[derive(Debug, Clone, Args)]
pub(crate) struct RecordArgs {
    /// Save the last response body of each id to a directory, for `midapi mock --replay`. The API key and callback URLs
    /// are removed.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) record: Option<PathBuf>,
    /// Also remove prompts from recorded responses.
    #[arg(long, requires = "record")]
    pub(crate) redact_prompt: bool,
}

/// Formats the help of an option with its default.
pub(super) fn with_default(text: &str, default: impl Display) -> String {
    escape_field(&format!("{text} [default: {default}]"))
}

/// Returns a help text in which clap does not replace `{n}` with a line break. Inserts an escape sequence inside the
/// braces, the sequence that resets the style. Output without colors does not contain the sequence.
pub(super) fn escape_field(help: &str) -> String {
    help.replace("{n}", "{\u{1b}[0mn}")
}

fn growing_interval() -> String {
    format!("grows from {} to {}", format_duration(INITIAL_INTERVAL), format_duration(MAX_INTERVAL))
}
