//! The builder of a client.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::client::Client;
use crate::client::api_key::ApiKey;
use crate::client::base_url::BaseUrl;
use crate::client::http_client::{HttpClientSettings, ProxySetting};
use crate::client::inner::Inner;
use crate::clock::{Clock, SystemClock};
use crate::defaults;
use crate::error::Error;
use crate::error::reason::Reason;
use crate::retry::backoff::Backoff;
use crate::retry::budget::RetryBudget;
use crate::retry::event::{OnRetry, RetryEvent};
use crate::retry::throttle::Throttle;
use crate::transport::http::HttpTransport;
use crate::transport::{Backend, Transport};

const USER_AGENT_PRODUCT: &str = concat!("midapi/", env!("CARGO_PKG_VERSION"));

/// The builder of a [`Client`]. Everything but the API key has a default.
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// let client = midapi::Client::builder()
///     .api_key("example-key")
///     .base_url("https://api.kie.ai")
///     .timeout(Duration::from_secs(20))
///     .user_agent("gallery/2.1")
///     .build()?;
/// # Ok::<(), midapi::Error>(())
/// ```
#[must_use]
#[derive(Clone)]
pub struct ClientBuilder<C = Client> {
    api_key: Result<Option<ApiKey>, Error>,
    base_url: Result<String, Error>,
    insecure_hosts: Vec<String>,
    http: Option<reqwest::Client>,
    transport: Option<Arc<dyn Transport>>,
    headers: HeaderMap,
    user_agent: Option<String>,
    timeout: Duration,
    attempt_timeout: Duration,
    http_settings: HttpClientSettings,
    max_retries: u32,
    backoff: Backoff,
    max_body_bytes: usize,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Fn() -> f64 + Send + Sync>,
    on_retry: Option<OnRetry>,
    client: PhantomData<fn() -> C>,
}

/// A client that a builder can build.
pub trait BuildClient: Sized {
    /// Converts the async client.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the client needs something that cannot be set up.
    fn from_client(client: Client) -> Result<Self, Error>;
}

impl BuildClient for Client {
    fn from_client(client: Client) -> Result<Self, Error> {
        Ok(client)
    }
}

impl<C> ClientBuilder<C> {
    pub(crate) fn new() -> Self {
        Self {
            api_key: Ok(None),
            base_url: Ok(defaults::BASE_URL.to_owned()),
            insecure_hosts: Vec::new(),
            http: None,
            transport: None,
            headers: HeaderMap::new(),
            user_agent: None,
            timeout: defaults::GET_TIMEOUT,
            attempt_timeout: defaults::ATTEMPT_TIMEOUT,
            http_settings: HttpClientSettings::new(),
            max_retries: defaults::MAX_RETRIES,
            backoff: Backoff::DEFAULT,
            max_body_bytes: defaults::MAX_BODY_BYTES,
            clock: Arc::new(SystemClock),
            rng: Arc::new(fastrand::f64),
            on_retry: None,
            client: PhantomData,
        }
    }
}

impl ClientBuilder {
    /// Creates a builder with the settings of the environment: the API key (`MIDAPI_API_KEY`), the base URL
    /// (`MIDAPI_BASE_URL`), and a file of CA certificates that are trusted besides those of the system (`MIDAPI_CA_FILE`).
    ///
    /// A variable that is set but empty is an error of [`build`](Self::build), unless its setting is replaced.
    pub fn from_env() -> Self {
        let mut builder = Self::new();
        if let Some(key) = std::env::var_os("MIDAPI_API_KEY") {
            let not_utf8 = || Error::config("MIDAPI_API_KEY is not UTF-8").with_reason(Reason::InvalidApiKey);
            let key = key.into_string().map_err(|_| not_utf8());
            builder.api_key = key.and_then(|key| ApiKey::from_source(key, "MIDAPI_API_KEY")).map(Some);
        }
        if let Some(url) = std::env::var_os("MIDAPI_BASE_URL") {
            let invalid = |why| Error::config(format!("MIDAPI_BASE_URL is {why}")).with_reason(Reason::InvalidBaseUrl);
            builder.base_url = match url.into_string() {
                Ok(url) if url.trim().is_empty() => Err(invalid("set but empty")),
                Ok(url) => Ok(url),
                Err(_) => Err(invalid("not UTF-8")),
            };
        }
        if let Some(file) = std::env::var_os("MIDAPI_CA_FILE") {
            if file.is_empty() {
                builder.http_settings.add_roots(Err(Error::config("MIDAPI_CA_FILE is set but empty")));
            } else {
                builder = builder.root_certificates_file(file);
            }
        }
        builder
    }
}

impl<C: BuildClient> ClientBuilder<C> {
    /// Sets the API key: an [`ApiKey`] or its text. Required.
    pub fn api_key(mut self, key: impl TryInto<ApiKey, Error: Into<Error>>) -> Self {
        self.api_key = key.try_into().map(Some).map_err(Into::into);
        self
    }

    /// Reads the API key from a file: see [`ApiKey::from_file`].
    pub fn api_key_file(mut self, path: impl AsRef<Path>) -> Self {
        self.api_key = ApiKey::from_file(path).map(Some);
        self
    }

    /// Sets the base URL. A path prefix is kept. Plain http is allowed for loopback addresses only. Defaults to
    /// `https://api.midapi.ai`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Ok(url.into());
        self
    }

    /// Allows plain http, and with it sending the API key unencrypted, to a host.
    pub fn allow_insecure_http(mut self, host: impl Into<String>) -> Self {
        self.insecure_hosts.push(host.into().to_ascii_lowercase());
        self
    }

    /// Sets the reqwest client, with its own TLS, proxy and connection settings.
    ///
    /// Disable redirects (`redirect::Policy::none()`), so that every response is the API's own.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Sets a custom [`Transport`] in place of HTTP. HTTP settings have no effect then.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Adds a header to every request. Authorization, Accept, Accept-Encoding, Content-Type and User-Agent are set by the
    /// client.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Removes all headers that [`header`](Self::header) has added. For a builder of [`Client::to_builder`] whose client sends
    /// requests to another server.
    pub fn clear_headers(mut self) -> Self {
        self.headers.clear();
        self
    }

    /// Adds a product to the User-Agent, such as `gallery/2.1`.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    /// Sets the time limit of a `get` for all attempts together. Defaults to 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the time limit of one attempt, from connecting to the last byte. Defaults to 30 s, and never exceeds the
    /// remaining time of the call.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Sets the time limit for connecting. Defaults to 10 s. No effect on a custom reqwest client.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.http_settings.connect_timeout = timeout;
        self
    }

    /// Adds the CA certificates of a PEM bundle to those that are trusted. No effect on a custom reqwest client.
    ///
    /// # Examples
    /// ```no_run
    /// let client = midapi::Client::builder()
    ///     .api_key("example-key")
    ///     .base_url("https://gateway.internal/midapi")
    ///     .root_certificates_pem(std::fs::read("company-ca.pem")?)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn root_certificates_pem(mut self, bundle: impl Into<Vec<u8>>) -> Self {
        self.http_settings.add_roots(Ok(bundle.into()));
        self
    }

    /// Like [`root_certificates_pem`](Self::root_certificates_pem), but reads a file.
    pub fn root_certificates_file(mut self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let unreadable = || Error::config(format!("the CA certificates in {} cannot be read", path.display()));
        self.http_settings.add_roots(std::fs::read(path).map_err(|error| unreadable().with_source(error)));
        self
    }

    /// Sets the proxy: an http or https URL, with user and password if needed. Defaults to the proxy of the environment
    /// (`HTTPS_PROXY` or `ALL_PROXY`). No effect on a custom reqwest client.
    ///
    /// An https base URL is reached with CONNECT: the proxy sees its host only. With a plain http base URL the proxy would
    /// see the API key, so it must be on this machine or allowed by
    /// [`allow_insecure_http`](Self::allow_insecure_http). The proxies of the environment are not used for plain http and
    /// for loopback addresses.
    ///
    /// # Examples
    /// ```
    /// let client = midapi::Client::builder().api_key("example-key").proxy("http://proxy.example:3128").build()?;
    /// # Ok::<(), midapi::Error>(())
    /// ```
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.http_settings.proxy = ProxySetting::Url(url.into());
        self
    }

    /// Disables proxies, those of the environment included.
    pub fn no_proxy(mut self) -> Self {
        self.http_settings.proxy = ProxySetting::None;
        self
    }

    /// Sets the maximum number of retries of a `get`. Defaults to 4.
    pub fn max_retries(mut self, max_retries: u32) -> Self {
        self.max_retries = max_retries;
        self
    }

    /// Sets the delay before retries. Defaults to [`Backoff::DEFAULT`].
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets the size limit of response bodies, in bytes, before and after decompression. Defaults to 1 MiB.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Sets the clock: see [`clock`](crate::clock). Defaults to the system clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the random number generator for jitter: numbers from 0 to 1.
    pub fn rng(mut self, rng: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.rng = Arc::new(rng);
        self
    }

    /// Sets the callback before each retry, for all verbs. Calls may replace it by their own.
    pub fn on_retry(mut self, notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
        self.on_retry = Some(Arc::new(notify));
        self
    }

    /// Builds the client. Sends no request.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a setting that cannot be used.
    pub fn build(self) -> Result<C, Error> {
        C::from_client(self.into_async().build_async()?)
    }

    fn into_async(self) -> ClientBuilder {
        ClientBuilder {
            api_key: self.api_key,
            base_url: self.base_url,
            insecure_hosts: self.insecure_hosts,
            http: self.http,
            transport: self.transport,
            headers: self.headers,
            user_agent: self.user_agent,
            timeout: self.timeout,
            attempt_timeout: self.attempt_timeout,
            http_settings: self.http_settings,
            max_retries: self.max_retries,
            backoff: self.backoff,
            max_body_bytes: self.max_body_bytes,
            clock: self.clock,
            rng: self.rng,
            on_retry: self.on_retry,
            client: PhantomData,
        }
    }
}

impl ClientBuilder {
    fn build_async(self) -> Result<Client, Error> {
        let settings = Arc::new(self.clone());
        let missing = || Error::config("the API key is missing").with_reason(Reason::MissingApiKey);
        let key = self.api_key?.ok_or_else(missing)?;
        let base_url = BaseUrl::new(&self.base_url?, &self.insecure_hosts)?;
        let mut headers = self.headers;
        headers.insert(AUTHORIZATION, key.bearer()?);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        // A lookup has no body, but the documentation asks for the header and warns of a 401 without it.
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, user_agent(self.user_agent.as_deref())?);
        let (backend, request_builder) = if let Some(transport) = self.transport {
            (Backend::Custom(transport), HttpClientSettings::request_builder()?)
        } else {
            let connect_timeout = self.http_settings.connect_timeout;
            let (http, has_proxy) = match self.http {
                Some(http) => (http, false),
                None => self.http_settings.build(&base_url, &self.insecure_hosts)?,
            };
            let transport = HttpTransport {
                http: http.clone(),
                host: base_url.host(),
                connect_timeout,
                has_proxy,
                max_body_bytes: self.max_body_bytes,
            };
            (Backend::Http(transport), http)
        };
        let inner = Arc::new(Inner {
            backend: Arc::new(backend),
            request_builder,
            headers: Arc::new(headers),
            base_url,
            key,
            budget: Arc::new(RetryBudget::new(self.clock.now())),
            throttle: Arc::new(Throttle::default()),
            request_limit: None,
            clock: self.clock,
            rng: self.rng,
            timeout: self.timeout,
            attempt_timeout: self.attempt_timeout,
            max_retries: self.max_retries,
            backoff: self.backoff,
            on_retry: self.on_retry,
        });
        Ok(Client { inner, settings })
    }
}

fn user_agent(product: Option<&str>) -> Result<HeaderValue, Error> {
    let text =
        product.map_or_else(|| USER_AGENT_PRODUCT.to_owned(), |product| format!("{USER_AGENT_PRODUCT} {product}"));
    HeaderValue::from_str(&text).map_err(|_| Error::config("the User-Agent cannot be sent in an HTTP header"))
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the base URL: it is not checked yet and may contain a password.
        f.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}
