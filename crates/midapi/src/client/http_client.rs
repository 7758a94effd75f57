//! How a client reaches the server: trust, proxy, time to connect.

use std::fmt;
use std::time::Duration;

use reqwest::{Proxy, redirect};
use url::Url;

use crate::Error;
use crate::client::base_url::BaseUrl;
use crate::client::loopback::is_loopback;

/// What the HTTP client of a client is made of.
pub(crate) struct Connecting {
    pub(crate) timeout: Duration,
    pub(crate) proxy: ProxyChoice,
    /// Bundles of certificates in PEM, trusted besides those of the system; or why one cannot be read.
    pub(crate) roots: Result<Vec<Vec<u8>>, Error>,
}

/// Who stands between.
pub(crate) enum ProxyChoice {
    /// What the environment says (`HTTPS_PROXY` and its like).
    Environment,
    /// Nobody, whatever the environment says.
    Nobody,
    /// The proxy of this URL.
    At(String),
}

impl Connecting {
    pub(crate) fn new() -> Self {
        Self { timeout: Duration::from_secs(10), proxy: ProxyChoice::Environment, roots: Ok(Vec::new()) }
    }

    /// Trusts the certificates of one more bundle.
    pub(crate) fn trust(&mut self, pem: Result<Vec<u8>, Error>) {
        match (pem, &mut self.roots) {
            (Ok(pem), Ok(roots)) => roots.push(pem),
            (Err(error), roots @ Ok(_)) => *roots = Err(error),
            (_, Err(_)) => {}
        }
    }

    /// The HTTP client. `plain_http_hosts` are the machines that may see the key on its way.
    pub(crate) fn http_client(self, base_url: &BaseUrl, plain_http_hosts: &[String]) -> Result<reqwest::Client, Error> {
        let builder = reqwest::Client::builder().connect_timeout(self.timeout).redirect(redirect::Policy::none());
        // Unpacking is the client's own work, so that a broken encoding is told from a broken connection.
        let builder = builder.no_gzip().no_brotli().no_zstd().no_deflate();
        // Nothing but plain http: reading the system's certificates is most of the work of making a client.
        let without_tls = base_url.is_plain_http() && !matches!(self.proxy, ProxyChoice::At(_));
        let builder = match self.proxy {
            // reqwest would send loopback through it too, and a plain request shows the key to it.
            ProxyChoice::Environment if base_url.is_loopback() || base_url.is_plain_http() => builder.no_proxy(),
            ProxyChoice::Environment => builder,
            ProxyChoice::Nobody => builder.no_proxy(),
            ProxyChoice::At(url) => builder.proxy(proxy(&url, base_url, plain_http_hosts)?),
        };
        let builder = trusting(backend(builder), &self.roots?, !without_tls)?;
        builder.build().map_err(|error| Error::config("no HTTP client can be set up").with_source(error))
    }
}

/// A proxy that may be used on the way to the base URL. Its own text is not repeated: it may hold a password.
fn proxy(text: &str, base_url: &BaseUrl, plain_http_hosts: &[String]) -> Result<Proxy, Error> {
    let refuse = |why: &str| Error::config(format!("the proxy {why}; it should look like http://proxy.example:3128"));
    let url = Url::parse(text.trim()).map_err(|error| refuse(&format!("cannot be read ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("has to be spoken to by http: or https:"));
    }
    let here = is_loopback(&url);
    if base_url.is_loopback() && !here {
        return Err(refuse("is on another machine, where the base URL's loopback is not this one"));
    }
    let allowed = plain_http_hosts.iter().any(|host| url.host_str() == Some(host));
    if base_url.is_plain_http() && !here && !allowed {
        return Err(refuse("would see the key, which goes over plain http"));
    }
    Proxy::all(url).map_err(|error| refuse("cannot be used").with_source(error.without_url()))
}

/// rustls where both are compiled in: another crate may have asked reqwest for the other one.
fn backend(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    #[cfg(feature = "rustls")]
    return builder.tls_backend_rustls();
    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    return builder.tls_backend_native();
    #[cfg(not(any(feature = "native-tls", feature = "rustls")))]
    return builder;
}

/// Trusts the certificates of the bundles, and those of the system if it is told so.
#[cfg(any(feature = "native-tls", feature = "rustls"))]
fn trusting(
    builder: reqwest::ClientBuilder,
    bundles: &[Vec<u8>],
    system: bool,
) -> Result<reqwest::ClientBuilder, Error> {
    let mut all = Vec::new();
    for pem in bundles {
        let unreadable =
            || Error::config("a CA certificate cannot be read: it has to be PEM, as in a .pem or .crt file");
        let certificates =
            reqwest::Certificate::from_pem_bundle(pem).map_err(|error| unreadable().with_source(error))?;
        if certificates.is_empty() {
            return Err(unreadable());
        }
        all.extend(certificates);
    }
    Ok(if system { builder.tls_certs_merge(all) } else { builder.tls_certs_only(all) })
}

#[cfg(not(any(feature = "native-tls", feature = "rustls")))]
fn trusting(
    builder: reqwest::ClientBuilder,
    bundles: &[Vec<u8>],
    _system: bool,
) -> Result<reqwest::ClientBuilder, Error> {
    if bundles.is_empty() {
        Ok(builder)
    } else {
        Err(Error::config("CA certificates are given, to a build without TLS"))
    }
}

impl fmt::Debug for Connecting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connecting").finish_non_exhaustive()
    }
}
