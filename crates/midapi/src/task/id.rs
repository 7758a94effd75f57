//! Ids that can be asked for.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};

/// The longest id that is sent, in bytes. Known ones have 32.
const MAX_BYTES: usize = 256;

/// An id that can be asked for: not blank, no control characters, at most 256 bytes. Apart from that it is opaque.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct TaskId(Arc<str>);

impl TaskId {
    /// Takes an id as it is; nothing is trimmed.
    pub(crate) fn new(id: &str) -> Result<Self, Error> {
        let wrong = if id.trim().is_empty() {
            "is empty"
        } else if id.len() > MAX_BYTES {
            "is longer than 256 bytes"
        } else if id.chars().any(char::is_control) {
            "has control characters in it"
        } else {
            return Ok(Self(id.into()));
        };
        // Long enough to recognise it by, short enough for a terminal.
        let shown: String = id.chars().take(40).flat_map(char::escape_debug).collect();
        Err(Error::new(ErrorKind::Usage, format!("the task id \"{shown}\" {wrong}; nothing was sent")).with_task_id(id))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The same text, not a copy.
    pub(crate) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
