//! The files that a task made.

use midapi_client::types::{ResultInfo, ResultInfoOrText};
use serde_json::Value;

use crate::task::Problem;

/// Reads the result URLs, in order. Items are objects (all recordings) or bare strings (users report them).
pub(crate) fn read(results: &ResultInfoOrText, problems: &mut Vec<Problem>) -> Vec<String> {
    let mut problem = |field: String, message: String| problems.push(Problem { field, message });
    let parsed;
    let info = match results {
        ResultInfoOrText::Object(info) => info,
        ResultInfoOrText::Text(text) => match serde_json::from_str::<ResultInfo>(text) {
            Ok(info) => {
                parsed = info;
                &parsed
            }
            Err(error) => {
                problem("result_urls".into(), format!("the results are a text that does not read: {error}"));
                return Vec::new();
            }
        },
        _ => return Vec::new(),
    };
    let mut urls = Vec::new();
    for (index, item) in info.result_urls.iter().flatten().enumerate() {
        match url(item) {
            Ok(url) => urls.push(url.to_owned()),
            Err(message) => problem(format!("result_urls[{index}]"), message),
        }
    }
    urls
}

/// A result is fetched by whoever reads it, often by a shell: only what is plainly a web address passes.
fn url(item: &Value) -> Result<&str, String> {
    let text = item.as_str().or_else(|| item.get("resultUrl")?.as_str());
    let text = text.ok_or_else(|| format!("no URL in {}", start(&item.to_string())))?;
    let web = text.starts_with("https://") || text.starts_with("http://");
    if web && !text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        Ok(text)
    } else {
        Err(format!("not a web address: {}", start(&format!("{text:?}"))))
    }
}

fn start(text: &str) -> String {
    text.chars().take(100).collect()
}
