//! Decode warnings: fields of a response that could not be read.

use serde::{Deserialize, Serialize};

/// A field of a response that could not be read. The rest of the response is unaffected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DecodeWarning {
    /// The field of the task, such as `create_time`, `result_urls[2]` or `params.version`.
    pub field: String,
    /// The reason why the field could not be read.
    pub message: String,
}

impl DecodeWarning {
    /// Creates a warning. Long texts are shortened; the whole response is in [`Task::raw`](crate::Task::raw).
    pub(crate) fn new(field: impl Into<String>, message: impl AsRef<str>) -> Self {
        Self { field: shorten(&field.into()), message: shorten(message.as_ref()) }
    }
}

impl std::fmt::Display for DecodeWarning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// Shortens a text to 300 characters, because a text from the server may have any length.
pub(crate) fn shorten(text: &str) -> String {
    const MAX_CHARS: usize = 300;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
