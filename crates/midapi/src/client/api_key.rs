//! The key of an account, kept out of everything that is printed.

use std::fmt;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::Error;

/// The key of an account.
///
/// It has no `Display` and no `Serialize`, its `Debug` does not show it, and its memory is wiped when it is dropped (that of the header
/// made of it is not).
///
/// # Examples
/// ```
/// let key = midapi::ApiKey::new("made-up-key")?;
/// assert_eq!(format!("{key:?}"), "ApiKey([redacted])");
/// # Ok::<(), midapi::Error>(())
/// ```
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// Takes a key. White space around it is dropped.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if it is blank, has several lines, or has characters that no HTTP
    /// header can carry. The message does not show the key.
    pub fn new(key: impl Into<String>) -> Result<Self, Error> {
        let key = SecretString::from(key.into());
        let text = key.expose_secret().trim();
        if text.is_empty() {
            return Err(Error::config("the API key is blank"));
        }
        if text.contains(['\n', '\r']) {
            return Err(Error::config("the API key has several lines; it has to be one"));
        }
        if !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(Error::config("the API key has spaces, control characters or non-ASCII characters in it"));
        }
        Ok(Self(SecretString::from(text)))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The value of the Authorization header, marked so that nobody prints it.
    pub(crate) fn bearer(&self) -> Result<HeaderValue, Error> {
        let text = SecretString::from(format!("Bearer {}", self.expose()));
        let mut value = HeaderValue::from_str(text.expose_secret())
            .map_err(|_| Error::config("the API key cannot be sent in an HTTP header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey([redacted])")
    }
}
