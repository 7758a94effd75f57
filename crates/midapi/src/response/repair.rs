//! Repair of JSON with invalid characters.
//!
//! A task that was paid for must stay readable even if one character of the response is invalid.

/// Replaces invalid UTF-8 and unpaired surrogates by U+FFFD, because valid JSON contains neither. Removes a byte order
/// mark. Returns None if the body needs no repair.
pub(crate) fn repair(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let repaired = replace_unpaired_surrogates(text);
    (repaired.as_bytes() != body).then_some(repaired)
}

/// Replaces the escape sequence of every unpaired surrogate, such as `\ud83d`, by `\ufffd`.
fn replace_unpaired_surrogates(text: &str) -> String {
    let mut repaired = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        repaired.push_str(before);
        let length = match surrogate(escape) {
            Some(0xD800..=0xDBFF) if matches!(escape.get(6..).and_then(surrogate), Some(0xDC00..=0xDFFF)) => 12,
            Some(0xD800..=0xDFFF) => {
                repaired.push_str("\\ufffd");
                rest = &escape[6..];
                continue;
            }
            Some(_) => 6,
            // A backslash and the escaped character, which may be a backslash.
            None => escape.chars().take(2).map(char::len_utf8).sum(),
        };
        repaired.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    repaired + rest
}

/// The UTF-16 code unit of an escape sequence `\uXXXX` at the start of a text. None for any other text.
fn surrogate(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_only_invalid_characters() {
        let table: &[(&str, &[u8], Option<&str>)] = &[
            ("valid text", br#"{"a":"b\\ud83d\n"}"#, None),
            ("a valid pair", br#""\ud83d\udc08""#, None),
            ("the first half alone", br#""cut \ud83d""#, Some(r#""cut \ufffd""#)),
            ("the second half alone", br#""\udc08!""#, Some(r#""\ufffd!""#)),
            ("two first halves", br#""\ud83d\ud83d\udc08""#, Some(r#""\ufffd\ud83d\udc08""#)),
            ("a byte that is not UTF-8", b"\"a\xffb\"", Some("\"a\u{fffd}b\"")),
            ("a byte order mark", b"\xef\xbb\xbf{}", Some("{}")),
            ("an escape at the very end", b"\"\\", None),
            ("a cut escape", br#""\ud8"#, None),
        ];
        for (why, body, expected) in table {
            assert_eq!(repair(body).as_deref(), *expected, "{why}");
        }
    }
}
