//! Base URLs.

use std::fmt;

use url::Url;

use crate::client::loopback::is_loopback;
use crate::defaults;
use crate::error::Error;
use crate::error::reason::Reason;

/// The base URL of the API: http or https, with or without a path prefix, without user info, query and fragment.
#[derive(Clone)]
pub(crate) struct BaseUrl {
    url: Url,
}

impl BaseUrl {
    /// Checks a base URL. Plain http is allowed for loopback addresses and for `insecure_hosts`.
    pub(crate) fn new(text: &str, insecure_hosts: &[String]) -> Result<Self, Error> {
        // The text is not repeated in errors: it may contain a password.
        let invalid = |why: &str| {
            let message = format!("the base URL {why} (example: {})", defaults::BASE_URL);
            Error::config(message).with_reason(Reason::InvalidBaseUrl)
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(invalid("is empty"));
        }
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::RelativeUrlWithoutBase => invalid("does not start with https://"),
            error => invalid(&format!("is not valid: {error}")),
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid(&format!("has the scheme {:?} instead of https", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("contains a user name or password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("contains a query or a fragment"));
        }
        let base = Self { url };
        let is_allowed = insecure_hosts.iter().any(|host| base.url.host_str() == Some(host));
        if base.is_plain_http() && !base.is_loopback() && !is_allowed {
            return Err(invalid("would send the API key over plain http to another machine"));
        }
        Ok(base)
    }

    /// Whether the host is a loopback address.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// Whether the URL uses plain http.
    pub(crate) fn is_plain_http(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// The host, and the port if it is not the default port.
    pub(crate) fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The URL without a trailing slash.
    pub(crate) fn as_str(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_valid_urls() {
        let table = [
            ("the default", "https://api.midapi.ai", "https://api.midapi.ai"),
            ("a trailing slash is removed", "https://api.midapi.ai/", "https://api.midapi.ai"),
            ("a path prefix is kept", "https://gateway.example/mid/v2/", "https://gateway.example/mid/v2"),
            ("surrounding white space", " https://api.kie.ai\n", "https://api.kie.ai"),
            ("plain http to loopback", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("another loopback address", "http://127.8.8.8", "http://127.8.8.8"),
            ("IPv6 loopback", "http://[::1]:8080", "http://[::1]:8080"),
            ("localhost", "http://localhost:1", "http://localhost:1"),
            ("an allowed host", "http://gateway.internal/x", "http://gateway.internal/x"),
        ];
        for (why, given, expected) in table {
            let base = BaseUrl::new(given, &["gateway.internal".to_owned()]).expect(why);
            assert_eq!(base.as_str(), expected, "{why}");
        }
    }

    #[test]
    fn rejects_other_urls_with_a_reason() {
        let table = [
            ("empty", "", "is empty"),
            ("no scheme", "api.midapi.ai", "https://"),
            ("another scheme", "ftp://api.midapi.ai", "ftp"),
            ("a file", "file:///etc/passwd", "file"),
            ("user info", "https://somebody:hunter2@api.midapi.ai", "user name"),
            ("a user name only", "https://somebody@api.midapi.ai", "user name"),
            ("a query", "https://api.midapi.ai/?x=1", "query"),
            ("a fragment", "https://api.midapi.ai/#x", "fragment"),
            ("plain http elsewhere", "http://api.midapi.ai", "plain http"),
            ("a name that starts with localhost", "http://localhost.example", "plain http"),
            ("no host", "https://", "not valid"),
        ];
        for (why, given, expected) in table {
            let error = BaseUrl::new(given, &[]).expect_err(why);
            assert!(error.message().contains(expected), "{why}: {error}");
            assert!(!error.message().contains("hunter2"), "{why}: {error}");
        }
    }
}
