//! The `Retry-After` header.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use jiff::Timestamp;

use crate::defaults::MAX_RETRY_AFTER;

/// Reads the delay from `Retry-After-Ms` (milliseconds) or `Retry-After` (seconds with or without a fraction, or an
/// HTTP date). Longer delays are reduced to 2 minutes. None if both headers are missing or invalid.
///
/// A date is compared with the response's own `Date`, because the clock of this machine may be wrong. Without a
/// `Date`, the date is compared with `now`.
pub(crate) fn retry_after(headers: &HeaderMap, now: impl FnOnce() -> Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let milliseconds = text("retry-after-ms").and_then(|text| parse_number(text, 1000.0));
    let delay = milliseconds.or_else(|| {
        let value = text(RETRY_AFTER.as_str())?;
        parse_number(value, 1.0).or_else(|| {
            let date = parse_date(value)?;
            let now = text(DATE.as_str()).and_then(parse_date).unwrap_or_else(now);
            // A date in the past means no delay.
            Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
        })
    })?;
    Some(delay.min(MAX_RETRY_AFTER))
}

fn parse_number(text: &str, units_per_second: f64) -> Option<Duration> {
    // f64 also parses "inf" and "nan".
    if !text.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let seconds = text.parse::<f64>().ok()? / units_per_second;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(MAX_RETRY_AFTER))
}

fn parse_date(text: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let table: &[(&str, &str, &str, Option<f64>)] = &[
            ("whole seconds", "retry-after", "7", Some(7.0)),
            ("a fraction", "retry-after", "0.25", Some(0.25)),
            ("a fraction without a leading zero", "retry-after", ".5", Some(0.5)),
            ("surrounding spaces", "retry-after", "  3 ", Some(3.0)),
            ("zero", "retry-after", "0", Some(0.0)),
            ("milliseconds", "retry-after-ms", "1500", Some(1.5)),
            ("a date", "retry-after", "Sun, 01 Mar 2026 12:00:30 GMT", Some(30.0)),
            ("a date in the past", "retry-after", "Sun, 01 Mar 2026 11:00:00 GMT", Some(0.0)),
            ("longer than the limit", "retry-after", "86400", Some(120.0)),
            ("a date far in the future", "retry-after", "Sun, 01 Mar 2099 12:00:00 GMT", Some(120.0)),
            ("too large for a duration", "retry-after", "1e300", Some(120.0)),
            ("negative", "retry-after", "-5", None),
            ("not a number or date", "retry-after", "soon", None),
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
    #[test]
    fn compares_dates_with_the_response_date() {
        let date = "Sun, 01 Mar 2026 12:00:30 GMT";
        let table = [
            (
                "a client clock that is an hour fast",
                "2026-03-01T13:00:00Z",
                Some("Sun, 01 Mar 2026 12:00:00 GMT"),
                30.0,
            ),
            (
                "a client clock that is an hour slow",
                "2026-03-01T11:00:00Z",
                Some("Sun, 01 Mar 2026 12:00:00 GMT"),
                30.0,
            ),
            ("an unreadable response date", "2026-03-01T12:00:20Z", Some("today"), 10.0),
            ("no response date", "2026-03-01T12:00:20Z", None, 10.0),
        ];
        for (why, now, response_date, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, date.parse().unwrap());
            response_date.map(|date| headers.insert(DATE, date.parse().unwrap()));
            let delay = retry_after(&headers, || now.parse().unwrap()).unwrap();
            assert!((delay.as_secs_f64() - expected).abs() < 1e-9, "{why}: {delay:?}");
        }
    }
}
