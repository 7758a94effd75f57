//! The headers `Retry-After` and `Retry-After-Ms`.

use std::time::Duration;

use midapi::RawResponse;

use crate::simulated::get_with_response;

/// The longest delay that a server can request.
const LIMIT: Duration = Duration::from_mins(2);

/// Checks the parsing of a `Retry-After`. If the first byte is above 127, the rest is the value of a `Retry-After-Ms`.
///
/// # Panics
/// If the delay exceeds two minutes, or a whole number is misread.
pub fn check_retry_after(bytes: &[u8]) {
    let (name, text) = match bytes.split_first() {
        Some((128.., rest)) => ("retry-after-ms", rest),
        _ => ("retry-after", bytes),
    };
    let Some(value) = str::from_utf8(text).ok().and_then(|text| text.parse().ok()) else { return };
    let response = RawResponse::new(503, "").with_header(name.parse().expect("a valid header name"), value);
    let error = get_with_response(&response).expect_err("HTTP 503 is an error");
    let delay = error.retry_after();
    assert!(delay.is_none_or(|delay| delay <= LIMIT), "{delay:?}");
    let text = String::from_utf8_lossy(text);
    // Only ASCII white space may surround the value of a header.
    let digits = Some(text.trim()).filter(|digits| text.is_ascii() && digits.starts_with(|c: char| c.is_ascii_digit()));
    if let Some(units) = digits.and_then(|digits| digits.parse::<u32>().ok()).map(u64::from) {
        let requested = if name == "retry-after" { Duration::from_secs(units) } else { Duration::from_millis(units) };
        assert_eq!(delay, Some(requested.min(LIMIT)), "{name}: {text}");
    }
}
