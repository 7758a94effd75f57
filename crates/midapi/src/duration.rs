//! Durations as people write them.

use std::time::Duration;

/// Writes a duration as a person would: `48.2s`, `15m 0s`, `2h 5m 0s`.
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// assert_eq!(midapi::format_duration(Duration::from_mins(125)), "2h 5m 0s");
/// ```
pub fn format_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, _) => format!("{:.1}s", duration.as_secs_f64()),
        (0, minutes, seconds) => format!("{minutes}m {seconds}s"),
        (hours, minutes, seconds) => format!("{hours}h {minutes}m {seconds}s"),
    }
}
