//! How long a server asks to wait.

use std::time::Duration;

use midapi::RawResponse;

use crate::asked::asked;

/// Takes the text of a `Retry-After`, or after a byte above 127 that of a `Retry-After-Ms`.
///
/// # Panics
/// If more than two minutes come out of it, or whole seconds are read as something else.
pub fn retry_after(bytes: &[u8]) {
    let (name, text) = match bytes.split_first() {
        Some((128.., rest)) => ("retry-after-ms", rest),
        _ => ("retry-after", bytes),
    };
    let Some(value) = str::from_utf8(text).ok().and_then(|text| text.parse().ok()) else { return };
    let answer = RawResponse::new(503, "").with_header(name.parse().expect("a header's name"), value);
    let error = asked(&answer).expect_err("HTTP 503 is an error");
    let wait = error.retry_after();
    assert!(wait.is_none_or(|wait| wait <= Duration::from_mins(2)), "{wait:?}");
    let text = String::from_utf8_lossy(text);
    // White space is that of ASCII, as in any header.
    let digits = Some(text.trim()).filter(|digits| text.is_ascii() && digits.starts_with(|c: char| c.is_ascii_digit()));
    if let Some(units) = digits.and_then(|digits| digits.parse::<u32>().ok()).map(u64::from) {
        let asked = if name == "retry-after" { Duration::from_secs(units) } else { Duration::from_millis(units) };
        assert_eq!(wait, Some(asked.min(Duration::from_mins(2))), "{name}: {text}");
    }
}
