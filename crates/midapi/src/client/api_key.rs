//! API keys.

use std::fmt;
use std::path::Path;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::error::Error;
use crate::error::reason::Reason;

/// An API key.
///
/// The type has no `Display` and no `Serialize`, and its `Debug` does not show the key. The memory of the key is wiped
/// when the key is dropped; the Authorization header made from the key is not wiped.
///
/// # Examples
/// ```
/// let key = midapi::ApiKey::new("example-key")?;
/// assert_eq!(format!("{key:?}"), "ApiKey([redacted])");
/// # Ok::<(), midapi::Error>(())
/// ```
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// Creates a key from text. Removes surrounding white space and a byte order mark.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the text is blank, has several lines, or contains spaces,
    /// control characters or non-ASCII characters. The message does not show the key.
    pub fn new(key: impl Into<String>) -> Result<Self, Error> {
        Self::from_source(key.into(), "the API key")
    }

    /// Reads a key from a file that contains only the key, or one line `NAME=value` as in an environment file, with or
    /// without quotes.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the file cannot be read or has no usable key.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let source = format!("the API key in {}", path.display());
        match std::fs::read_to_string(path) {
            Ok(text) => {
                Self::from_source(unwrap_assignment(text.trim_start_matches('\u{feff}').trim()).into(), &source)
            }
            Err(error) => Err(invalid(format!("{source} cannot be read")).with_source(error)),
        }
    }

    /// Checks a key. `source` is its name in error messages.
    pub(crate) fn from_source(key: String, source: &str) -> Result<Self, Error> {
        let key = SecretString::from(key);
        let text = key.expose_secret().trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Err(invalid(format!("{source} is empty")));
        }
        if text.contains(['\n', '\r']) {
            return Err(invalid(format!("{source} has more than one line")));
        }
        if !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(invalid(format!("{source} contains spaces, control characters or non-ASCII characters")));
        }
        Ok(Self(SecretString::from(text)))
    }

    /// The value of the Authorization header, marked as sensitive.
    pub(crate) fn bearer(&self) -> Result<HeaderValue, Error> {
        let text = SecretString::from(format!("Bearer {}", self.0.expose_secret()));
        let mut value = HeaderValue::from_str(text.expose_secret())
            .map_err(|_| invalid("the API key cannot be sent in an HTTP header".to_owned()))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Replaces the key by `[key]` in a text from the server, because the server may have echoed a request. A key of
    /// less than 8 bytes is not replaced.
    pub(crate) fn redact(&self, text: &str) -> String {
        /// The minimum length of a key that is replaced, in bytes. A shorter key is not a secret, and its replacement
        /// would garble words.
        const MIN_LENGTH: usize = 8;
        let key = self.0.expose_secret();
        if key.len() < MIN_LENGTH { text.to_owned() } else { text.replace(key, "[key]") }
    }

    /// Replaces the key in each string of a JSON value, as [`redact`](Self::redact) does.
    pub(crate) fn redact_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.redact(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact_json(item)),
            Value::Object(entries) => entries.values_mut().for_each(|value| self.redact_json(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn invalid(message: String) -> Error {
    Error::config(message).with_reason(Reason::InvalidApiKey)
}

/// The value of a `NAME=value` line, or the text itself. Quotes around the value are removed.
fn unwrap_assignment(text: &str) -> &str {
    let line = text.strip_prefix("export ").unwrap_or(text).trim_start();
    let is_name = |name: &str| {
        let mut chars = name.chars();
        chars.next().is_some_and(|first| first.is_ascii_uppercase() || first == '_')
            && chars.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    let value = match line.split_once('=') {
        Some((name, value)) if is_name(name.trim_end()) => value.trim(),
        _ => text,
    };
    let unquoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    unquoted.unwrap_or(value)
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey([redacted])")
    }
}

/// Creates a key from text: see [`ApiKey::new`].
impl TryFrom<&str> for ApiKey {
    type Error = Error;

    fn try_from(key: &str) -> Result<Self, Error> {
        Self::new(key)
    }
}

impl TryFrom<String> for ApiKey {
    type Error = Error;

    fn try_from(key: String) -> Result<Self, Error> {
        Self::new(key)
    }
}

impl TryFrom<&String> for ApiKey {
    type Error = Error;

    fn try_from(key: &String) -> Result<Self, Error> {
        Self::new(key.as_str())
    }
}

impl From<&Self> for ApiKey {
    fn from(key: &Self) -> Self {
        key.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_keys_in_common_forms() {
        let table = [
            ("plain", "example-key", "example-key"),
            ("an environment file", "MIDAPI_API_KEY=example-key", "example-key"),
            ("a shell script", "export MIDAPI_API_KEY=\"example-key\"", "example-key"),
            ("quotes", "'example-key'", "example-key"),
            ("a key that has an equals sign", "exAmple=", "exAmple="),
            ("one quote only", "\"example", "\"example"),
        ];
        for (why, text, expected) in table {
            assert_eq!(unwrap_assignment(text), expected, "{why}");
        }
        assert!(ApiKey::new("\u{feff}example-key\r\n").is_ok(), "a byte order mark and a line end");
    }
}
