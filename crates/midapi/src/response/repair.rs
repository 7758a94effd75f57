//! Mending an answer that is nearly JSON, so that one bad character does not lose a task that was paid for.

/// The text with what JSON cannot hold replaced by U+FFFD: bytes that are not UTF-8, halves of surrogate pairs; and without a
/// byte order mark. None if there is nothing to mend.
pub(crate) fn mended(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mended = whole_pairs(text);
    (mended.as_bytes() != body).then_some(mended)
}

/// Replaces every `\uD800` to `\uDFFF` that has no partner.
fn whole_pairs(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let length = match surrogate(escape) {
            Some(0xD800..=0xDBFF) if matches!(escape.get(6..).and_then(surrogate), Some(0xDC00..=0xDFFF)) => 12,
            Some(0xD800..=0xDFFF) => {
                mended.push_str("\\ufffd");
                rest = &escape[6..];
                continue;
            }
            Some(_) => 6,
            // The backslash and what it escapes, which may be a backslash itself.
            None => escape.chars().take(2).map(char::len_utf8).sum(),
        };
        mended.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    mended + rest
}

/// The number of a `\uXXXX` that the text begins with.
fn surrogate(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_cannot_hold_is_replaced_and_nothing_else() {
        let table: &[(&str, &[u8], Option<&str>)] = &[
            ("sound text", br#"{"a":"b\\ud83d\n"}"#, None),
            ("a sound pair", br#""\ud83d\udc08""#, None),
            ("the first half alone", br#""cut \ud83d""#, Some(r#""cut \ufffd""#)),
            ("the second half alone", br#""\udc08!""#, Some(r#""\ufffd!""#)),
            ("two first halves", br#""\ud83d\ud83d\udc08""#, Some(r#""\ufffd\ud83d\udc08""#)),
            ("a byte that is no UTF-8", b"\"a\xffb\"", Some("\"a\u{fffd}b\"")),
            ("a byte order mark", b"\xef\xbb\xbf{}", Some("{}")),
            ("an escape at the very end", b"\"\\", None),
            ("a cut escape", br#""\ud8"#, None),
        ];
        for (why, body, expected) in table {
            assert_eq!(mended(body).as_deref(), *expected, "{why}");
        }
    }
}
