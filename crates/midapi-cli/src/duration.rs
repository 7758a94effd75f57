//! Durations on the command line.

use std::time::Duration;

/// Reads a number of seconds (`90`, `0.5`), or a number with a unit: `90s`, `15m`, `2h`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let (number, seconds_each) = match text.char_indices().next_back() {
        Some((end, 's')) => (&text[..end], 1.0),
        Some((end, 'm')) => (&text[..end], 60.0),
        Some((end, 'h')) => (&text[..end], 3600.0),
        _ => (text, 1.0),
    };
    // f64 also reads "inf", "nan" and "1e9".
    let plain = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let seconds = number.parse::<f64>().ok().filter(|_| plain).map(|number| number * seconds_each);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        // A deadline is a point in time, which has to fit the clock.
        .filter(|duration| *duration <= Duration::from_hours(24 * 365 * 10))
        .ok_or_else(|| "a time is a number of seconds, or one with a unit: 90s, 15m, 2h; ten years at most".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_units_are_read_and_all_else_is_refused() {
        let table = [
            ("90", Some(90.0)),
            ("0", Some(0.0)),
            ("0.5", Some(0.5)),
            ("90s", Some(90.0)),
            ("15m", Some(900.0)),
            ("2h", Some(7200.0)),
            ("1.5m", Some(90.0)),
            ("", None),
            ("s", None),
            ("-1", None),
            ("1e9", None),
            ("inf", None),
            ("nan", None),
            ("5d", None),
            ("1h30m", None),
            ("999999999h", None),
            ("5 s", None),
            ("５s", None),
            ("5é", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text).ok().map(|time| time.as_secs_f64()), expected, "{text:?}");
        }
    }
}
