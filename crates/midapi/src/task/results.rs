//! The files that a task made.

use midapi_client::types::{ResultInfo, ResultInfoOrText, ResultUrlOrText};
use serde::Deserialize;
use serde_json::Value;

use crate::task::DecodeWarning;

/// Reads the result URLs, in order. Items are objects (all recordings) or bare strings (users report them).
pub(crate) fn read(results: ResultInfoOrText, warnings: &mut Vec<DecodeWarning>) -> Vec<String> {
    let mut problem = |field: String, message: String| warnings.push(DecodeWarning::new(field, message));
    let info = match results {
        ResultInfoOrText::Object(info) => info,
        ResultInfoOrText::Text(text) => match within(&text) {
            Ok(info) => info,
            Err(error) => {
                problem("result_urls".into(), format!("the results are a text that does not read: {error}"));
                return Vec::new();
            }
        },
        _ => return Vec::new(),
    };
    let items = info.result_urls.unwrap_or_default();
    let mut urls = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        match url(item) {
            Ok(url) => urls.push(url),
            Err(message) => problem(format!("result_urls[{index}]"), message),
        }
    }
    urls
}

/// Empties the items that are none, so that the others can be read and keep their places.
pub(crate) fn without_odd_items(results: &mut Value) {
    let items = results.get_mut("resultUrls").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        if ResultUrlOrText::deserialize(&*item).is_err() {
            *item = Value::Object(serde_json::Map::new());
        }
    }
}

fn within(text: &str) -> serde_json::Result<ResultInfo> {
    let mut results = serde_json::from_str(text)?;
    without_odd_items(&mut results);
    serde_json::from_value(results)
}

/// A result is fetched by whoever reads it, often by a shell: only what is plainly a web address passes.
fn url(item: ResultUrlOrText) -> Result<String, String> {
    let text = match item {
        ResultUrlOrText::Object(object) => object.result_url,
        ResultUrlOrText::Text(text) => Some(text),
        _ => None,
    };
    match text {
        Some(text) if is_web_address(&text) => Ok(text),
        Some(text) => Err(format!("not plainly a web address: {text:?}")),
        None => Err("no URL is in it; the raw answer has what is there instead".to_owned()),
    }
}

/// http or https, a host, and none but the characters that a URL may have (RFC 3986), less those that xargs takes for quotes
/// and curl for a pattern.
fn is_web_address(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    rest.starts_with(|first: char| first.is_ascii_alphanumeric()) && rest.bytes().all(|byte| PASSES[usize::from(byte)])
}

/// A table, since every byte of every result is looked up in it. No byte of a longer character passes.
const PASSES: [bool; 256] = {
    let mut passes = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        passes[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let others = b"-._~:/?#@!$&()*+,;=%";
    let mut at = 0;
    while at < others.len() {
        passes[others[at] as usize] = true;
        at += 1;
    }
    passes
};
