//! The keys of Restate objects and workflows: an account, and a task of an account.

use std::fmt;
use std::str::FromStr;

use midapi::{Error, ErrorKind, TaskId};

/// The maximum length of an account name, in bytes.
const MAX_BYTES: usize = 64;

/// The name of an account. The tasks of an account share one rate and one pause. Defaults to `default`.
///
/// A name has 1 to 64 ASCII letters, digits, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Account(String);

impl Account {
    /// Creates an account name.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if the name is empty, is longer than 64 bytes, or contains a character other than an ASCII
    /// letter, a digit, `.`, `_` or `-`.
    pub fn new(name: impl Into<String>) -> Result<Self, Error> {
        let name = name.into();
        let is_valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if (1..=MAX_BYTES).contains(&name.len()) && name.chars().all(is_valid) {
            return Ok(Self(name));
        }
        let message = format!("the account {name:?} is not 1 to 64 ASCII letters, digits, '.', '_' or '-'");
        Err(Error::new(ErrorKind::Usage, message))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the key of the workflow of a task. An account name contains no `/`, so the keys of different tasks
    /// differ.
    pub(crate) fn task_key(&self, id: &TaskId) -> String {
        format!("{self}/{id}")
    }
}

/// Splits the key of a workflow into the account and the task id.
///
/// # Errors
/// [`ErrorKind::Usage`] if `key` is not the key of a task.
pub(crate) fn parse_task_key(key: &str) -> Result<(Account, TaskId), Error> {
    let (account, id) = key
        .split_once('/')
        .ok_or_else(|| Error::new(ErrorKind::Usage, format!("the workflow key {key:?} is not ACCOUNT/ID")))?;
    Ok((Account::new(account)?, TaskId::new(id)?))
}

impl Default for Account {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Account {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn task_keys_parse_back() {
        let long = "x".repeat(256);
        for id in ["0f1e2d3c", "mj_task_1", "a/b", "/", "..", "%2F", "猫 ?#", &long] {
            for account in ["default", "a", "A.b_c-1"] {
                let (account, id) = (Account::new(account).unwrap(), TaskId::new(id).unwrap());
                assert_eq!(parse_task_key(&account.task_key(&id)).unwrap(), (account, id));
            }
        }
    }

    #[test]
    fn rejects_invalid_names() {
        for name in ["", "a/b", "a b", "猫", "a%", &"x".repeat(65)] {
            assert_eq!(Account::new(name).unwrap_err().kind(), ErrorKind::Usage, "{name:?}");
        }
        for key in ["", "default", "/id", "default/", "a b/id"] {
            assert_eq!(parse_task_key(key).unwrap_err().kind(), ErrorKind::Usage, "{key:?}");
        }
    }
}
