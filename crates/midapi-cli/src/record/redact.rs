//! Removal of private data from response bodies.

use serde_json::Value;

/// Keys whose values are removed, at any depth and also in strings that contain JSON, such as `paramJson`.
const CALLBACKS: [&str; 2] = ["callBackUrl", "callbackUrl"];
const PROMPTS: [&str; 2] = ["prompt", "promptJson"];
/// The replacement of a removed value.
const REDACTED: &str = "[redacted]";

/// The private data to remove in addition to callback URLs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Redaction {
    /// Whether prompts are removed.
    pub(crate) prompt: bool,
}

impl Redaction {
    fn is_private(self, key: &str) -> bool {
        CALLBACKS.contains(&key) || (self.prompt && PROMPTS.contains(&key))
    }
}

/// Removes private data from a JSON body. Returns the same bytes if the body has none, and None if it is not JSON.
///
/// `redact_key` removes the API key from a text.
pub(crate) fn redact_body(body: &[u8], redaction: Redaction, redact_key: &dyn Fn(&str) -> String) -> Option<Vec<u8>> {
    let original: Value = serde_json::from_slice(body).ok()?;
    let mut secrets = Vec::new();
    collect_private(&original, redaction, &mut secrets);
    let clean = |text: &str| {
        let text = secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), REDACTED));
        redact_key(&text)
    };
    let mut value = original.clone();
    redact_value(&mut value, redaction, &clean);
    if value == original { Some(body.to_vec()) } else { serde_json::to_vec(&value).ok() }
}

/// Collects the values of private keys. They are removed everywhere in the body, because the server may repeat them.
fn collect_private(value: &Value, redaction: Redaction, secrets: &mut Vec<String>) {
    /// The minimum length of a private text. A shorter text may also be part of another word.
    const MIN_BYTES: usize = 8;
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Value::String(text) if redaction.is_private(key) => {
                        secrets.extend(Some(text.clone()).filter(|text| text.len() >= MIN_BYTES));
                    }
                    value => collect_private(value, redaction, secrets),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_private(item, redaction, secrets)),
        Value::String(text) => {
            if let Some(inner) = parse_embedded(text) {
                collect_private(&inner, redaction, secrets);
            }
        }
        _ => {}
    }
}

fn redact_value(value: &mut Value, redaction: Redaction, clean: &dyn Fn(&str) -> String) {
    match value {
        Value::Object(entries) => {
            // A key may also contain a private text.
            for (key, mut value) in std::mem::take(entries) {
                match &mut value {
                    Value::Null => {}
                    value if redaction.is_private(&key) => *value = REDACTED.into(),
                    value => redact_value(value, redaction, clean),
                }
                entries.insert(clean(&key), value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redact_value(item, redaction, clean)),
        Value::String(text) => {
            if let Some(inner) = parse_embedded(text) {
                let mut redacted = inner.clone();
                redact_value(&mut redacted, redaction, clean);
                if redacted != inner {
                    *text = redacted.to_string();
                }
            } else if CALLBACKS
                .iter()
                .chain(&PROMPTS)
                .any(|key| redaction.is_private(key) && text.contains(&format!("\"{key}\"")))
            {
                // Broken JSON: the end of the value is unknown.
                REDACTED.clone_into(text);
            } else {
                *text = clean(text);
            }
        }
        _ => {}
    }
}

/// Parses JSON inside a string, if it is an object or an array.
fn parse_embedded(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "example-key-5f2c";

    fn run(body: &str, prompt: bool) -> Option<String> {
        let redacted = redact_body(body.as_bytes(), Redaction { prompt }, &|text| text.replace(KEY, "[key]"));
        redacted.map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn removes_private_data_only() {
        let callback = r#"{"paramJson":"{\"callBackUrl\":\"https://me.example/hook?token=1\",\"speed\":\"fast\"}"}"#;
        let prompt = r#"{"paramJson":"{\"prompt\":\"A heron in the reeds\"}","errorMessage":"bad prompt: A heron in the reeds"}"#;
        let table: &[(&str, &str, bool, Option<&str>)] = &[
            (
                "no private data: unchanged bytes",
                "{ \"b\": 1.50,\n\"a\":\"\\u0041\" }",
                true,
                Some("{ \"b\": 1.50,\n\"a\":\"\\u0041\" }"),
            ),
            ("repeated key", r#"{"msg":"the key example-key-5f2c"}"#, false, Some(r#"{"msg":"the key [key]"}"#)),
            ("key as member name", r#"{"example-key-5f2c":1}"#, false, Some(r#"{"[key]":1}"#)),
            (
                "key in embedded JSON",
                r#"{"x":"{\"a\":\"example-key-5f2c\"}"}"#,
                false,
                Some(r#"{"x":"{\"a\":\"[key]\"}"}"#),
            ),
            (
                "callback URL",
                callback,
                false,
                Some(r#"{"paramJson":"{\"callBackUrl\":\"[redacted]\",\"speed\":\"fast\"}"}"#),
            ),
            ("null callback URL", r#"{"callBackUrl":null}"#, false, Some(r#"{"callBackUrl":null}"#)),
            ("callback object", r#"{"callBackUrl":{"u":"x"}}"#, false, Some(r#"{"callBackUrl":"[redacted]"}"#)),
            ("prompt stays by default", prompt, false, Some(prompt)),
            (
                "prompt and its repetition",
                prompt,
                true,
                Some(r#"{"errorMessage":"bad prompt: [redacted]","paramJson":"{\"prompt\":\"[redacted]\"}"}"#),
            ),
            (
                "broken embedded JSON",
                r#"{"paramJson":"{\"callBackUrl\":\"https://me"}"#,
                false,
                Some(r#"{"paramJson":"[redacted]"}"#),
            ),
            ("not JSON", "<html>", false, None),
        ];
        for (why, body, prompt, expected) in table {
            assert_eq!(run(body, *prompt).as_deref(), *expected, "{why}");
        }
    }
}
