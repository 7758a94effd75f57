//! How long the server asks to wait.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The longest time that a server is believed to ask for.
pub(crate) const CAP: Duration = Duration::from_mins(2);

/// Reads `Retry-After-Ms` (milliseconds) or `Retry-After` (seconds, with a fraction or not, or an HTTP date), capped at two
/// minutes. None if there is neither, or none that can be read.
pub(crate) fn retry_after(headers: &HeaderMap, now: impl FnOnce() -> Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let milliseconds = text("retry-after-ms").and_then(|text| seconds(text, 1000.0));
    let wait = milliseconds.or_else(|| {
        let text = text(RETRY_AFTER.as_str())?;
        seconds(text, 1.0).or_else(|| until(text, now()))
    })?;
    Some(wait.min(CAP))
}

fn seconds(text: &str, units_per_second: f64) -> Option<Duration> {
    // f64 also reads "inf" and "nan", which no server means.
    if !text.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let seconds = text.parse::<f64>().ok()? / units_per_second;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(CAP))
}

/// A date that has passed asks for no wait at all.
fn until(text: &str, now: Timestamp) -> Option<Duration> {
    let date = Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_capped() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let table: &[(&str, &str, &str, Option<f64>)] = &[
            ("whole seconds", "retry-after", "7", Some(7.0)),
            ("a fraction", "retry-after", "0.25", Some(0.25)),
            ("a fraction without its zero", "retry-after", ".5", Some(0.5)),
            ("spaces around", "retry-after", "  3 ", Some(3.0)),
            ("none at all is a hint too", "retry-after", "0", Some(0.0)),
            ("milliseconds", "retry-after-ms", "1500", Some(1.5)),
            ("a date", "retry-after", "Sun, 01 Mar 2026 12:00:30 GMT", Some(30.0)),
            ("a date that has passed", "retry-after", "Sun, 01 Mar 2026 11:00:00 GMT", Some(0.0)),
            ("longer than anybody should wait", "retry-after", "86400", Some(120.0)),
            ("a date far away", "retry-after", "Sun, 01 Mar 2099 12:00:00 GMT", Some(120.0)),
            ("too large for a duration", "retry-after", "1e300", Some(120.0)),
            ("negative", "retry-after", "-5", None),
            ("no number", "retry-after", "soon", None),
            ("infinite", "retry-after", "inf", None),
            ("not a number", "retry-after", "NaN", None),
            ("empty", "retry-after", "", None),
            ("another header", "x-retry", "7", None),
        ];
        for (why, name, value, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(*name, value.parse().unwrap());
            assert_eq!(retry_after(&headers, || now).map(|wait| wait.as_secs_f64()), *expected, "{why}");
        }
    }
}
