//! What is taken out of an answer before it is written down: the one place that decides it.

use serde_json::Value;

/// Keys whose texts are taken out, wherever they stand; in `paramJson` too, which is JSON in a text.
const CALLBACKS: [&str; 2] = ["callBackUrl", "callbackUrl"];
const PROMPTS: [&str; 2] = ["prompt", "promptJson"];
/// What stands in their place.
const REDACTED: &str = "[redacted]";

/// What the caller chose.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Redaction {
    /// Whether prompts are taken out.
    pub(crate) prompt: bool,
}

impl Redaction {
    fn takes(self, key: &str) -> bool {
        CALLBACKS.contains(&key) || (self.prompt && PROMPTS.contains(&key))
    }
}

/// The body without what nobody else is to see: byte for byte as it came if there is nothing of it in it, else the same values
/// written anew. None if it is no JSON.
///
/// `redact` takes the account's key out of a text.
pub(crate) fn redacted(body: &[u8], redaction: Redaction, redact: &dyn Fn(&str) -> String) -> Option<Vec<u8>> {
    let original: Value = serde_json::from_slice(body).ok()?;
    let mut secrets = Vec::new();
    collect(&original, redaction, &mut secrets);
    let clean = |text: &str| {
        let text = secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), REDACTED));
        redact(&text)
    };
    let mut value = original.clone();
    take_out(&mut value, redaction, &clean);
    if value == original { Some(body.to_vec()) } else { serde_json::to_vec(&value).ok() }
}

/// The texts that are to go, so that they go where they are echoed too.
fn collect(value: &Value, redaction: Redaction, secrets: &mut Vec<String>) {
    /// A shorter one would tear words apart.
    const SHORTEST: usize = 8;
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Value::String(text) if redaction.takes(key) => {
                        secrets.extend(Some(text.clone()).filter(|text| text.len() >= SHORTEST));
                    }
                    value => collect(value, redaction, secrets),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, redaction, secrets)),
        Value::String(text) => {
            if let Some(inner) = embedded(text) {
                collect(&inner, redaction, secrets);
            }
        }
        _ => {}
    }
}

fn take_out(value: &mut Value, redaction: Redaction, clean: &dyn Fn(&str) -> String) {
    match value {
        Value::Object(entries) => {
            // An echo may stand in a key as well.
            for (key, mut value) in std::mem::take(entries) {
                match &mut value {
                    Value::Null => {}
                    value if redaction.takes(&key) => *value = REDACTED.into(),
                    value => take_out(value, redaction, clean),
                }
                entries.insert(clean(&key), value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| take_out(item, redaction, clean)),
        Value::String(text) => {
            if let Some(inner) = embedded(text) {
                let mut redacted = inner.clone();
                take_out(&mut redacted, redaction, clean);
                if redacted != inner {
                    *text = redacted.to_string();
                }
            } else if CALLBACKS
                .iter()
                .chain(&PROMPTS)
                .any(|key| redaction.takes(key) && text.contains(&format!("\"{key}\"")))
            {
                // Broken JSON: nobody can say where the value ends.
                REDACTED.clone_into(text);
            } else {
                *text = clean(text);
            }
        }
        _ => {}
    }
}

/// JSON in a text, if it is an object or a list.
fn embedded(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "made-up-key-5f2c";

    fn run(body: &str, prompt: bool) -> Option<String> {
        let redacted = redacted(body.as_bytes(), Redaction { prompt }, &|text| text.replace(KEY, "[key]"));
        redacted.map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn what_nobody_else_is_to_see_goes_and_the_rest_stays() {
        let callback = r#"{"paramJson":"{\"callBackUrl\":\"https://me.example/hook?token=1\",\"speed\":\"fast\"}"}"#;
        let prompt = r#"{"paramJson":"{\"prompt\":\"A heron in the reeds\"}","errorMessage":"bad prompt: A heron in the reeds"}"#;
        let table: &[(&str, &str, bool, Option<&str>)] = &[
            (
                "nothing of it: to the byte",
                "{ \"b\": 1.50,\n\"a\":\"\\u0041\" }",
                true,
                Some("{ \"b\": 1.50,\n\"a\":\"\\u0041\" }"),
            ),
            ("an echo of the key", r#"{"msg":"the key made-up-key-5f2c"}"#, false, Some(r#"{"msg":"the key [key]"}"#)),
            ("as a key", r#"{"made-up-key-5f2c":1}"#, false, Some(r#"{"[key]":1}"#)),
            (
                "in embedded JSON",
                r#"{"x":"{\"a\":\"made-up-key-5f2c\"}"}"#,
                false,
                Some(r#"{"x":"{\"a\":\"[key]\"}"}"#),
            ),
            (
                "a callback",
                callback,
                false,
                Some(r#"{"paramJson":"{\"callBackUrl\":\"[redacted]\",\"speed\":\"fast\"}"}"#),
            ),
            ("an absent one stays so", r#"{"callBackUrl":null}"#, false, Some(r#"{"callBackUrl":null}"#)),
            (
                "a callback that is an object",
                r#"{"callBackUrl":{"u":"x"}}"#,
                false,
                Some(r#"{"callBackUrl":"[redacted]"}"#),
            ),
            ("a prompt stays unless asked for", prompt, false, Some(prompt)),
            (
                "and goes, with its echo",
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
            ("no JSON", "<html>", false, None),
        ];
        for (why, body, prompt, expected) in table {
            assert_eq!(run(body, *prompt).as_deref(), *expected, "{why}");
        }
    }
}
