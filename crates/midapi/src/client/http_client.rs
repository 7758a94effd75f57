//! The HTTP client: TLS, proxy, time limit for connecting.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Proxy, redirect};
use url::Url;

use crate::client::base_url::BaseUrl;
use crate::client::loopback::is_loopback;
use crate::defaults::CONNECT_TIMEOUT;
use crate::error::Error;
use crate::error::reason::Reason;
use crate::transport::dns::SystemResolver;

/// The variables that name a proxy for https, in the order in which reqwest reads them.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The settings of the HTTP client.
#[derive(Clone)]
pub(crate) struct HttpClientSettings {
    pub(crate) connect_timeout: Duration,
    pub(crate) proxy: ProxySetting,
    /// PEM bundles that are trusted in addition to the certificates of the system, or the error of reading one.
    roots: Result<Vec<Vec<u8>>, Error>,
}

/// The proxy setting.
#[derive(Clone)]
pub(crate) enum ProxySetting {
    /// The proxy of the environment.
    Environment,
    /// No proxy.
    None,
    /// The proxy with this URL.
    Url(String),
}

impl HttpClientSettings {
    pub(crate) const fn new() -> Self {
        Self { connect_timeout: CONNECT_TIMEOUT, proxy: ProxySetting::Environment, roots: Ok(Vec::new()) }
    }

    /// Adds a PEM bundle, or the error of reading it. After an error, later bundles and errors are ignored.
    pub(crate) fn add_roots(&mut self, pem: Result<Vec<u8>, Error>) {
        match (pem, &mut self.roots) {
            (Ok(pem), Ok(roots)) => roots.push(pem),
            (Err(error), roots @ Ok(_)) => *roots = Err(error),
            (_, Err(_)) => {}
        }
    }

    /// Builds the HTTP client, and returns whether it uses a proxy. `insecure_hosts` are hosts that may see the API key
    /// in plain http requests.
    pub(crate) fn build(self, base_url: &BaseUrl, insecure_hosts: &[String]) -> Result<(reqwest::Client, bool), Error> {
        // Without TLS the certificates of the system are not needed; reading them is most of the cost of creating a
        // client.
        let needs_tls = !base_url.is_plain_http() || matches!(self.proxy, ProxySetting::Url(_));
        let (builder, has_proxy) = self.builder(base_url, insecure_hosts, needs_tls)?;
        let client =
            builder.build().map_err(|error| Error::config("the HTTP client cannot be built").with_source(error))?;
        Ok((client, has_proxy))
    }

    /// Creates the builder of the HTTP client, and returns whether it uses a proxy.
    pub(crate) fn builder(
        self,
        base_url: &BaseUrl,
        insecure_hosts: &[String],
        needs_tls: bool,
    ) -> Result<(reqwest::ClientBuilder, bool), Error> {
        if !base_url.is_plain_http() && !cfg!(any(feature = "rustls-no-provider", feature = "native-tls")) {
            let message = "the base URL is https, but this build has no TLS: enable the feature rustls or native-tls";
            return Err(Error::config(message).with_reason(Reason::InvalidBaseUrl));
        }
        check_provider()?;
        let builder = reqwest::Client::builder().connect_timeout(self.connect_timeout);
        let builder = builder.redirect(redirect::Policy::none()).dns_resolver(Arc::new(SystemResolver));
        // reqwest repeats HTTP/2 requests that the server did not process, and copies each request for that.
        let builder = if cfg!(feature = "http2") {
            builder
        } else {
            builder.retry(reqwest::retry::never().max_retries_per_request(0))
        };
        // The SDK decompresses bodies itself, within the size limit.
        let builder = builder.no_gzip().no_brotli().no_zstd().no_deflate();
        let (builder, has_proxy) = match self.proxy {
            // reqwest would also use these proxies for loopback addresses, and the proxy of a plain http request sees
            // the API key.
            ProxySetting::Environment if base_url.is_loopback() || base_url.is_plain_http() => {
                (builder.no_proxy(), false)
            }
            ProxySetting::Environment => (builder, check_environment()?),
            ProxySetting::None => (builder.no_proxy(), false),
            ProxySetting::Url(url) => (builder.proxy(check_proxy(&url, base_url, insecure_hosts)?), true),
        };
        Ok((add_certificates(select_backend(builder), &self.roots?, needs_tls)?, has_proxy))
    }

    /// Builds a client for use with a custom transport. The client builds requests, but never sends them.
    pub(crate) fn request_builder() -> Result<reqwest::Client, Error> {
        check_provider()?;
        let builder = add_certificates(select_backend(reqwest::Client::builder().no_proxy()), &[], false)?;
        builder.build().map_err(|error| Error::config("the HTTP client cannot be built").with_source(error))
    }
}

/// Checks the proxy of the environment, because reqwest would ignore an invalid one. Returns whether the environment
/// has a proxy.
fn check_environment() -> Result<bool, Error> {
    for name in PROXY_VARIABLES {
        let Some(value) = std::env::var_os(name).filter(|value| !value.is_empty()) else { continue };
        let invalid =
            |why: &str| Error::config(format!("the proxy in {name} {why} (example: http://proxy.example:3128)"));
        let text = value.to_str().ok_or_else(|| invalid("is not UTF-8"))?.trim();
        // A proxy without a scheme is common in the environment.
        let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&with_scheme).map_err(|error| invalid(&format!("is not a URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid(&format!("has the unsupported scheme {:?}", url.scheme())));
        }
        return Ok(true);
    }
    Ok(false)
}

/// Checks a proxy. Its URL is not repeated in errors: it may contain a password.
fn check_proxy(text: &str, base_url: &BaseUrl, insecure_hosts: &[String]) -> Result<Proxy, Error> {
    let invalid = |why: &str| Error::config(format!("the proxy {why} (example: http://proxy.example:3128)"));
    let url = Url::parse(text.trim()).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => invalid("must start with http:// or https://"),
        error => invalid(&format!("is not a URL: {error}")),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("must start with http:// or https://"));
    }
    let is_local = is_loopback(&url);
    if base_url.is_loopback() && !is_local {
        return Err(invalid("is on another machine, which cannot reach the loopback address of the base URL"));
    }
    let is_allowed = insecure_hosts.iter().any(|host| url.host_str() == Some(host));
    if base_url.is_plain_http() && !is_local && !is_allowed {
        return Err(invalid("would see the API key, because the base URL is plain http"));
    }
    Proxy::all(url).map_err(|error| invalid("cannot be used").with_source(error.without_url()))
}

/// Checks that the program has installed a crypto provider. Without one, reqwest panics.
#[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
fn check_provider() -> Result<(), Error> {
    if rustls::crypto::CryptoProvider::get_default().is_some() {
        return Ok(());
    }
    let message = "rustls has no crypto provider: install one before the client is built, for example with \
                   rustls::crypto::ring::default_provider().install_default(), or enable the feature rustls";
    Err(Error::config(message))
}

#[cfg(not(all(feature = "rustls-no-provider", not(feature = "rustls"))))]
#[allow(clippy::unnecessary_wraps, reason = "without a built-in TLS provider, this function can return an error")]
const fn check_provider() -> Result<(), Error> {
    Ok(())
}

/// Selects rustls if both TLS backends are compiled in: another crate may have enabled native-tls.
fn select_backend(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    #[cfg(feature = "rustls-no-provider")]
    return builder.tls_backend_rustls();
    #[cfg(all(feature = "native-tls", not(feature = "rustls-no-provider")))]
    return builder.tls_backend_native();
    #[cfg(not(any(feature = "native-tls", feature = "rustls-no-provider")))]
    return builder;
}

/// Adds the certificates of the bundles, and the certificates of the system if `needs_system` is true.
#[cfg(any(feature = "native-tls", feature = "rustls-no-provider"))]
fn add_certificates(
    builder: reqwest::ClientBuilder,
    bundles: &[Vec<u8>],
    needs_system: bool,
) -> Result<reqwest::ClientBuilder, Error> {
    let mut all = Vec::new();
    for pem in bundles {
        let invalid = || Error::config("a CA certificate cannot be read: it must be PEM, as in a .pem or .crt file");
        let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| invalid().with_source(error))?;
        if certificates.is_empty() {
            return Err(invalid());
        }
        all.extend(certificates);
    }
    Ok(if needs_system { builder.tls_certs_merge(all) } else { builder.tls_certs_only(all) })
}

#[cfg(not(any(feature = "native-tls", feature = "rustls-no-provider")))]
fn add_certificates(
    builder: reqwest::ClientBuilder,
    bundles: &[Vec<u8>],
    _needs_system: bool,
) -> Result<reqwest::ClientBuilder, Error> {
    if bundles.is_empty() {
        Ok(builder)
    } else {
        Err(Error::config("CA certificates need TLS: enable the feature rustls or native-tls"))
    }
}

impl fmt::Debug for HttpClientSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientSettings").finish_non_exhaustive()
    }
}
