//! Option values: durations and sizes.

use std::time::Duration;

use jiff::SignedDuration;

/// Parses a number of seconds (`90`, `0.5`) or a duration in jiff's friendly format (`90s`, `1h30m`, `500ms`).
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let is_number = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let parsed = if is_number { format!("{text}s").parse() } else { text.parse::<SignedDuration>() };
    let duration = parsed.ok().and_then(|duration| Duration::try_from(duration).ok());
    duration.ok_or_else(|| "expected a number of seconds, or a duration such as 90s, 1h30m or 500ms".to_owned())
}

/// Parses a size: a number of bytes, or with a unit of 1,000 (`kB`, `MB`, `GB`) or 1,024 (`KiB`, `MiB`, `GiB`).
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 8] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("B", 1),
        ("", 1),
    ];
    let unit = UNITS.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?.trim_end(), *unit)));
    let size = unit.and_then(|(number, unit)| number.parse::<u64>().ok()?.checked_mul(unit));
    size.ok_or_else(|| "expected a number of bytes, or a size such as 20MB, 512MiB or 1GiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_sizes_with_units() {
        let table = [
            ("0", Some(0)),
            ("1234", Some(1234)),
            ("20MB", Some(20_000_000)),
            ("512MiB", Some(512 << 20)),
            ("1 GiB", Some(1 << 30)),
            ("3kB", Some(3_000)),
            ("9B", Some(9)),
            ("", None),
            ("MB", None),
            ("1.5MB", None),
            ("-1", None),
            ("99999999999GiB", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse_size(text).ok(), expected, "{text:?}");
        }
    }

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
