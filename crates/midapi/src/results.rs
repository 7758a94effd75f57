//! The files that a task made.

use midapi_client::types::{ResultInfo, ResultInfoOrText};
use serde_json::Value;

use crate::task::Problem;

/// Reads the result URLs, in order. Items are objects (all recordings) or bare strings (users report them).
pub(crate) fn read(results: ResultInfoOrText, problems: &mut Vec<Problem>) -> Vec<String> {
    let mut problem = |field: String, message: String| problems.push(Problem::new(field, message));
    let info = match results {
        ResultInfoOrText::Object(info) => info,
        ResultInfoOrText::Text(text) => match serde_json::from_str::<ResultInfo>(&text) {
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

/// A result is fetched by whoever reads it, often by a shell: only what is plainly a web address passes.
fn url(mut item: Value) -> Result<String, String> {
    let text = item.get_mut("resultUrl").map(Value::take).filter(Value::is_string);
    match text.unwrap_or(item) {
        Value::String(text) if is_web_address(&text) => Ok(text),
        Value::String(text) => Err(format!("not plainly a web address: {text:?}")),
        item => Err(format!("no URL in {item}")),
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
