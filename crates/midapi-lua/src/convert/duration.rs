//! Durations: a number of seconds, or text such as `90s`, `1h30m` or `500ms`.

use std::time::Duration;

use jiff::SignedDuration;
use mlua::Value;

/// Returns the duration of a Lua value. `None` if it is negative, not finite, or not a duration.
pub(crate) fn from_value(value: &Value) -> Option<Duration> {
    match value {
        Value::Integer(seconds) => u64::try_from(*seconds).ok().map(Duration::from_secs),
        Value::Number(seconds) => Duration::try_from_secs_f64(*seconds).ok(),
        Value::String(text) => parse(&text.to_str().ok()?),
        _ => None,
    }
}

/// Parses a number of seconds, or a duration in the format of jiff.
fn parse(text: &str) -> Option<Duration> {
    match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => text.parse::<SignedDuration>().ok()?.try_into().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_seconds_and_units() {
        let table = [
            ("90", Some(90.0)),
            ("0.5", Some(0.5)),
            ("90s", Some(90.0)),
            ("1h30m", Some(5400.0)),
            ("500ms", Some(0.5)),
            ("", None),
            ("-1", None),
            ("-1h", None),
            ("inf", None),
            ("nan", None),
            ("soon", None),
            ("1 month", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text).map(|duration| duration.as_secs_f64()), expected, "{text:?}");
        }
    }
}
