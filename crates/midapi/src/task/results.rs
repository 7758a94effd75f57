//! Result URLs of a task.

use std::fmt::Write as _;

use midapi_client::types::{ResultInfo, ResultInfoOrText, ResultUrlOrText};
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use crate::task::warning::DecodeWarning;

/// Decodes the result URLs, in order. Items are objects (in all recorded responses) or plain strings (reported by
/// users).
pub(crate) fn decode(results: ResultInfoOrText, warnings: &mut Vec<DecodeWarning>) -> Vec<String> {
    let mut warn = |field: String, message: String| warnings.push(DecodeWarning::new(field, message));
    let info = match results {
        ResultInfoOrText::Object(info) => info,
        ResultInfoOrText::Text(text) => match decode_text(&text) {
            Ok(info) => info,
            Err(error) => {
                warn("result_urls".into(), format!("is a string that is not JSON: {error}"));
                return Vec::new();
            }
        },
        _ => return Vec::new(),
    };
    let items = info.result_urls.unwrap_or_default();
    let mut urls = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        match normalize_item(item) {
            Ok(url) => urls.push(url),
            Err(message) => warn(format!("result_urls[{index}]"), message),
        }
    }
    urls
}

/// Replaces items of the wrong type by empty objects, so that the other items can be decoded and keep their positions.
pub(crate) fn clear_invalid_items(results: &mut Value) {
    let items = results.get_mut("resultUrls").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        if ResultUrlOrText::deserialize(&*item).is_err() {
            *item = Value::Object(serde_json::Map::new());
        }
    }
}

fn decode_text(text: &str) -> serde_json::Result<ResultInfo> {
    let mut results = serde_json::from_str(text)?;
    clear_invalid_items(&mut results);
    serde_json::from_value(results)
}

fn normalize_item(item: ResultUrlOrText) -> Result<String, String> {
    let text = match item {
        ResultUrlOrText::Object(object) => object.result_url,
        ResultUrlOrText::Text(text) => Some(text),
        _ => None,
    };
    match text {
        Some(text) if is_safe_url(&text) => Ok(text),
        Some(text) => encode_url(&text).ok_or_else(|| format!("is not an http or https URL: {text:?}")),
        None => Err("has no URL and was left out; the item is in the raw response".to_owned()),
    }
}

/// Percent-encodes the characters of a URL that xargs and curl would interpret.
fn encode_url(text: &str) -> Option<String> {
    let text = text.trim();
    // `Url::parse` drops tabs and line breaks, which would change the URL silently.
    if text.contains(char::is_control) {
        return None;
    }
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if !matches!(url.host(), Some(Host::Domain(_) | Host::Ipv4(_))) || !url.username().is_empty() {
        return None;
    }
    let mut encoded = String::with_capacity(text.len());
    for byte in url.as_str().bytes() {
        if is_safe(byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    is_safe_url(&encoded).then_some(encoded)
}

/// Whether a text is an http or https URL without characters that xargs or curl interpret.
fn is_safe_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    rest.starts_with(|first: char| first.is_ascii_alphanumeric())
        // Without an early exit: the compiler then checks many bytes at once.
        && rest.bytes().fold(true, |all, byte| all & is_safe(byte))
}

/// Whether a byte is safe in a URL: a character of RFC 3986, but not a quote for xargs or a pattern character of curl.
const fn is_safe(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'['..=b'^' | b'{'..=b'}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_unsafe_characters() {
        let table = [
            ("a space", "https://h.example/a b.png", Some("https://h.example/a%20b.png")),
            ("not ASCII", "https://h.example/猫.png", Some("https://h.example/%E7%8C%AB.png")),
            ("a quote", "https://h.example/it's.png", Some("https://h.example/it%27s.png")),
            ("a pattern of curl", "https://h.example/[1-9].png", Some("https://h.example/%5B1-9%5D.png")),
            ("blanks around it", " https://h.example/a.png ", Some("https://h.example/a.png")),
            ("a line break", "https://h.example/a\nb", None),
            ("another scheme", "file:///etc/passwd", None),
            ("not a URL", "a.png", None),
            ("user info", "https://user@h.example/猫", None),
        ];
        for (why, text, expected) in table {
            assert_eq!(encode_url(text).as_deref(), expected, "{why}");
        }
    }
}
