//! Where the API is.

use std::fmt;

use url::Url;

use crate::Error;
use crate::client::loopback::is_loopback;

/// The base URL of the API: http or https, a path prefix if need be, without user info, query and fragment.
#[derive(Clone)]
pub(crate) struct BaseUrl {
    url: Url,
}

impl BaseUrl {
    /// The vendor's.
    pub(crate) const DEFAULT: &str = "https://api.midapi.ai";

    /// Takes a base URL; plain http goes to this machine only, and to the hosts given.
    pub(crate) fn new(text: &str, plain_http_hosts: &[String]) -> Result<Self, Error> {
        // The text itself is not repeated: it may hold a password.
        let refuse = |why: &str| Error::config(format!("the base URL {why}; it should look like {}", Self::DEFAULT));
        let url = Url::parse(text.trim()).map_err(|error| refuse(&format!("cannot be read ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse(&format!("begins with \"{}:\" instead of https:", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("has a user name or password in it"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("has a query or a fragment"));
        }
        let base = Self { url };
        let allowed = plain_http_hosts.iter().any(|host| base.url.host_str() == Some(host));
        if base.is_plain_http() && !base.is_loopback() && !allowed {
            return Err(refuse("would send the key over plain http to another machine"));
        }
        Ok(base)
    }

    /// Whether it is on this machine; nothing for a proxy then.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// Whether whoever stands between can read what is sent.
    pub(crate) fn is_plain_http(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// The URL of a path of the API. The path begins with a slash.
    pub(crate) fn join(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        // `Url::join` would drop the prefix.
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        url
    }

    /// The URL without a slash at its end.
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
    fn what_the_design_allows_is_taken_as_it_is() {
        let table = [
            ("the vendor's", "https://api.midapi.ai", "https://api.midapi.ai"),
            ("a slash at the end is no prefix", "https://api.midapi.ai/", "https://api.midapi.ai"),
            ("a path prefix is kept", "https://gateway.example/mid/v2/", "https://gateway.example/mid/v2"),
            ("white space around, as from a file", " https://api.kie.ai\n", "https://api.kie.ai"),
            ("plain http to this machine", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("all of its addresses", "http://127.8.8.8", "http://127.8.8.8"),
            ("of both kinds", "http://[::1]:8080", "http://[::1]:8080"),
            ("and its name", "http://localhost:1", "http://localhost:1"),
            ("a host that was allowed by name", "http://gateway.internal/x", "http://gateway.internal/x"),
        ];
        for (why, given, expected) in table {
            let base = BaseUrl::new(given, &["gateway.internal".to_owned()]).expect(why);
            assert_eq!(base.as_str(), expected, "{why}");
        }
    }

    #[test]
    fn the_rest_is_refused_with_a_reason() {
        let table = [
            ("empty", "", "cannot be read"),
            ("no scheme", "api.midapi.ai", "cannot be read"),
            ("another scheme", "ftp://api.midapi.ai", "ftp:"),
            ("a file", "file:///etc/passwd", "file:"),
            ("user info", "https://somebody:hunter2@api.midapi.ai", "user name"),
            ("a user alone", "https://somebody@api.midapi.ai", "user name"),
            ("a query", "https://api.midapi.ai/?x=1", "query"),
            ("a fragment", "https://api.midapi.ai/#x", "fragment"),
            ("plain http elsewhere", "http://api.midapi.ai", "plain http"),
            ("a name that only looks like this machine", "http://localhost.example", "plain http"),
            ("no host", "https://", "cannot be read"),
        ];
        for (why, given, expected) in table {
            let error = BaseUrl::new(given, &[]).expect_err(why);
            assert!(error.message().contains(expected), "{why}: {error}");
            assert!(!error.message().contains("hunter2"), "{why}: {error}");
        }
    }
}
