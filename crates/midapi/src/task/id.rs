//! Task ids.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;
use crate::error::kind::ErrorKind;

/// The maximum length of an id, in bytes. Recorded ids have 32 bytes.
const MAX_BYTES: usize = 256;

/// A task id. It is opaque text of at most 256 bytes of UTF-8, not blank and without control characters.
///
/// # Examples
/// ```
/// use midapi::TaskId;
///
/// let id = TaskId::new("0f1e2d3c4b5a69788796a5b4c3d2e1f0")?;
/// assert_eq!(id.as_str(), "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
/// assert!(TaskId::try_from(&b"\xff"[..]).is_err(), "not UTF-8");
/// # Ok::<(), midapi::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(Arc<str>);

impl TaskId {
    /// Creates an id from text. White space is kept.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if the text is blank, longer than 256 bytes, or has control characters.
    pub fn new(id: impl AsRef<str>) -> Result<Self, Error> {
        let id = id.as_ref();
        let fault = if id.trim().is_empty() {
            "is empty"
        } else if id.len() > MAX_BYTES {
            "is longer than 256 bytes"
        } else if id.chars().any(char::is_control) {
            "contains control characters"
        } else {
            return Ok(Self(id.into()));
        };
        Err(invalid(id, fault))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as shared text, without a copy.
    pub(crate) fn to_shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

fn invalid(id: &str, fault: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("the task id {fault}; no request was sent")).with_task_id(id)
}

impl TryFrom<&[u8]> for TaskId {
    type Error = Error;

    /// Creates an id from bytes. If the bytes are not UTF-8, the error contains the id with the replacement character
    /// U+FFFD in place of the invalid bytes.
    fn try_from(id: &[u8]) -> Result<Self, Error> {
        match std::str::from_utf8(id) {
            Ok(id) => Self::new(id),
            Err(_) => Err(invalid(&String::from_utf8_lossy(id), "is not UTF-8")),
        }
    }
}

impl TryFrom<&str> for TaskId {
    type Error = Error;

    fn try_from(id: &str) -> Result<Self, Error> {
        Self::new(id)
    }
}

impl TryFrom<String> for TaskId {
    type Error = Error;

    fn try_from(id: String) -> Result<Self, Error> {
        Self::new(id)
    }
}

impl FromStr for TaskId {
    type Err = Error;

    fn from_str(id: &str) -> Result<Self, Error> {
        Self::new(id)
    }
}

impl AsRef<str> for TaskId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// Allows sets and maps of ids to be searched by text.
impl Borrow<str> for TaskId {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl From<TaskId> for String {
    fn from(id: TaskId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for TaskId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_str().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TaskId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
