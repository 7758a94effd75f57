//! Option values: durations and rates.

use std::time::Duration;

use jiff::SignedDuration;

/// Parses a number of seconds (`90`, `0.5`) or a duration in jiff's friendly format (`90s`, `1h30m`, `500ms`).
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let is_number = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let parsed = if is_number { format!("{text}s").parse() } else { text.parse::<SignedDuration>() };
    let duration = parsed.ok().and_then(|duration| Duration::try_from(duration).ok());
    duration.ok_or_else(|| "expected a number of seconds, or a duration such as 90s, 1h30m or 500ms".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_seconds_and_friendly_durations() {
        let table = [
            ("90", Some(90.0)),
            ("0", Some(0.0)),
            ("0.5", Some(0.5)),
            ("90s", Some(90.0)),
            ("15m", Some(900.0)),
            ("2h", Some(7200.0)),
            ("1h30m", Some(5400.0)),
            ("500ms", Some(0.5)),
            ("1.5m", Some(90.0)),
            ("", None),
            ("s", None),
            ("-1", None),
            ("-5s", None),
            ("1e9", None),
            ("inf", None),
            ("nan", None),
            ("5d", None),
            ("99999999999999999999h", None),
            ("５s", None),
            ("5é", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse_duration(text).ok().map(|time| time.as_secs_f64()), expected, "{text:?}");
        }
    }
}
