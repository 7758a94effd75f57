//! Formats tasks, times and durations as text for people.

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use midapi::{Params, Status, Task};

use crate::output::sanitized::Sanitized;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GREEN: Style = AnsiColor::Green.on_default().bold();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const RED: Style = AnsiColor::Red.on_default().bold();

/// A warning is printed if results expire within this time.
const EXPIRY_WARNING: Duration = Duration::from_hours(3 * 24);

/// Formats times: local with the offset, or UTC.
#[derive(Debug, Clone)]
pub(crate) struct TimeDisplay(Option<TimeZone>);

impl TimeDisplay {
    /// Creates a formatter for times in UTC or in local time.
    pub(crate) fn new(utc: bool) -> Self {
        Self((!utc).then(TimeZone::system))
    }

    /// Formats date and time: `2025-10-16 03:04:56 +02:00`.
    fn format(&self, time: Timestamp) -> String {
        match &self.0 {
            None => time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
            Some(zone) => time.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
        }
    }

    /// Formats the time of day.
    pub(crate) fn format_time_of_day(&self, time: Timestamp) -> String {
        let zone = self.0.clone().unwrap_or(TimeZone::UTC);
        time.to_zoned_datetime(zone).strftime("%H:%M:%S").to_string()
    }
}

/// Formats a duration: `250ms`, `48s 200ms`, `1m 2s`.
pub(crate) fn format_duration(duration: Duration) -> String {
    let step = match duration.as_secs() {
        0 => Duration::from_millis(1),
        1..60 => Duration::from_millis(100),
        _ => Duration::from_secs(1),
    };
    let steps = duration.as_nanos() / step.as_nanos();
    let rounded = u32::try_from(steps).map_or(duration, |steps| step.saturating_mul(steps));
    SignedDuration::try_from(rounded).map_or_else(|_| format!("{rounded:?}"), |duration| format!("{duration:#}"))
}

/// Formats a number of bytes: `834 B`, `84.2 kB`, `1.4 MB`.
pub(crate) fn format_bytes(bytes: u64) -> String {
    let unit = |unit: u64, name: &str| format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => unit(1_000, "kB"),
        1_000_000..1_000_000_000 => unit(1_000_000, "MB"),
        _ => unit(1_000_000_000, "GB"),
    }
}

/// Formats a task as a small table.
pub(super) fn format_task(task: &Task, times: &TimeDisplay) -> String {
    let style = match task.status() {
        Status::Success => GREEN,
        Status::Failed | Status::GenerationFailed => RED,
        _ => YELLOW,
    };
    let mut text = format!("{BOLD}{}{BOLD:#}  {style}{}{style:#}", Sanitized(task.id()), task.status());
    let mut row = |name: &str, value: &dyn std::fmt::Display| {
        let _ = write!(text, "\n  {DIM}{name:<9}{DIM:#} {value}");
    };
    if let Status::Unknown(flag) = task.status() {
        row("flag", &flag.map_or_else(|| "none".to_owned(), |flag| flag.to_string()));
    }
    if let Some(kind) = task.task_type() {
        row("type", &Sanitized(kind));
    }
    if let Ok(params) = task.params() {
        if let Some(prompt) = params.prompt.as_deref() {
            row("prompt", &Sanitized(prompt));
        }
        let settings = format_settings(params);
        if !settings.is_empty() {
            row("settings", &settings);
        }
    }
    if let Some(created) = task.create_time() {
        row("created", &times.format(created));
    }
    match (task.create_time(), task.complete_time()) {
        (Some(created), Some(completed)) if created <= completed => {
            let elapsed = Duration::try_from(completed.duration_since(created)).unwrap_or_default();
            row("ended", &format!("{}, after {}", times.format(completed), format_duration(elapsed)));
        }
        (_, Some(completed)) => row("ended", &times.format(completed)),
        _ => {}
    }
    if task.error_code().is_some() || task.error_message().is_some() {
        let code = task.error_code().map(|code| format!(" (code {code})")).unwrap_or_default();
        let message = task.error_message().unwrap_or("no reason given");
        row("error", &format!("{}{}", Sanitized(message), Sanitized(&code)));
    }
    for (index, url) in task.result_urls().iter().enumerate() {
        row(if index == 0 { "results" } else { "" }, &Sanitized(url));
    }
    if let Some(expires) = task.results_expire_time() {
        row("expires", &times.format(expires));
    }
    for warning in task.warnings() {
        row("warning", &format!("{}: {}", Sanitized(&warning.field), Sanitized(&warning.message)));
    }
    if let Some(warning) = format_expiry_warning(task, Timestamp::now()) {
        row("", &format!("{YELLOW}{warning}{YELLOW:#}"));
    }
    text
}

/// Formats a warning if the results of a task expire within three days, or have expired.
pub(super) fn format_expiry_warning(task: &Task, now: Timestamp) -> Option<String> {
    const HOUR: i64 = 3600;
    let left = task.results_expire_time()?.duration_since(now);
    if left > SignedDuration::try_from(EXPIRY_WARNING).unwrap_or(SignedDuration::MAX) {
        return None;
    }
    Some(match left.as_secs() {
        ..=0 => "the results may have been deleted".to_owned(),
        seconds if seconds < HOUR => "the results expire within the hour: download them now".to_owned(),
        seconds if seconds < 48 * HOUR => format!("the results expire in {} h: download them now", seconds / HOUR),
        seconds => format!("the results expire in {} days: download them soon", seconds / (24 * HOUR)),
    })
}

fn format_settings(params: &Params) -> String {
    let texts = [("aspect", &params.aspect_ratio), ("speed", &params.speed), ("version", &params.version)];
    let numbers = [
        ("stylization", params.stylization),
        ("weirdness", params.weirdness),
        ("variety", params.variety),
        ("ow", params.ow),
    ];
    let texts = texts.iter().filter_map(|(name, value)| Some(format!("{name} {}", Sanitized(value.as_deref()?))));
    let numbers = numbers.iter().filter_map(|(name, value)| Some(format!("{name} {}", (*value)?)));
    texts.chain(numbers).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_bytes_with_one_digit() {
        let table = [(834, "834 B"), (84_250, "84.2 kB"), (1_499_999, "1.4 MB"), (2_000_000_000, "2.0 GB")];
        for (bytes, expected) in table {
            assert_eq!(format_bytes(bytes), expected);
        }
    }

    #[test]
    fn formats_durations_with_their_precision() {
        let table = [
            (Duration::from_micros(250_400), "250ms"),
            (Duration::from_millis(3_204), "3s 200ms"),
            (Duration::from_millis(62_900), "1m 2s"),
            (Duration::from_mins(15), "15m"),
            (Duration::ZERO, "0s"),
        ];
        for (duration, expected) in table {
            assert_eq!(format_duration(duration), expected);
        }
    }
}
