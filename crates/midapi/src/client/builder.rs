//! The builder of a client.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderName, HeaderValue};

use crate::batch::rate_limit::RateLimit;
use crate::client::Client;
use crate::client::api_key::ApiKey;
use crate::client::base_url::BaseUrl;
use crate::client::concurrency_limit::ConcurrencyLimit;
use crate::client::http_client::{HttpClientSettings, ProxySetting};
use crate::client::inner::Inner;
use crate::client::request_hook::RequestHook;
use crate::client::settings::ClientSettings;
use crate::clock::Clock;
use crate::error::Error;
use crate::error::reason::Reason;
use crate::poll::wait_policy::WaitPolicy;
use crate::retry::backoff::Backoff;
use crate::retry::budget::RetryBudget;
use crate::retry::event::RetryEvent;
use crate::retry::throttle::Throttle;
use crate::transport::http::HttpTransport;
use crate::transport::{Backend, Transport};

const USER_AGENT_PRODUCT: &str = concat!("midapi/", env!("CARGO_PKG_VERSION"));

/// A builder of a [`Client`]. Only the API key is required.
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
    settings: ClientSettings,
    client: PhantomData<fn() -> C>,
}

/// A type of client that [`ClientBuilder::build`] returns.
pub trait BuildClient: Sized {
    /// Converts the async client.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the client cannot be set up, for example because its
    /// background thread cannot be started.
    fn from_client(client: Client) -> Result<Self, Error>;
}

impl BuildClient for Client {
    fn from_client(client: Client) -> Result<Self, Error> {
        Ok(client)
    }
}

impl<C> ClientBuilder<C> {
    pub(crate) fn new() -> Self {
        Self { settings: ClientSettings::new(), client: PhantomData }
    }

    /// Converts the builder into one that builds another type of client, with the same settings.
    #[cfg(feature = "blocking")]
    pub(crate) fn for_client<D>(self) -> ClientBuilder<D> {
        ClientBuilder { settings: self.settings, client: PhantomData }
    }
}

impl ClientBuilder {
    /// Creates a builder with the settings of the environment: the API key (`MIDAPI_API_KEY`), the base URL
    /// (`MIDAPI_BASE_URL`), and a file with additional CA certificates (`MIDAPI_CA_FILE`).
    ///
    /// If `MIDAPI_API_KEY` is not set, or a variable is set but empty, [`build`](Self::build) returns an error. A later [`api_key`](Self::api_key) or
    /// [`base_url`](Self::base_url) replaces the variable and its error.
    pub fn from_env() -> Self {
        let mut builder = Self::new();
        builder.settings.api_key = match std::env::var_os("MIDAPI_API_KEY").map(std::ffi::OsString::into_string) {
            Some(Ok(key)) => ApiKey::from_source(key, "MIDAPI_API_KEY").map(Some),
            Some(Err(_)) => Err(Error::config("MIDAPI_API_KEY is not UTF-8").with_reason(Reason::InvalidApiKey)),
            None => {
                let message = "the API key is missing: MIDAPI_API_KEY is not set";
                Err(Error::config(message).with_reason(Reason::MissingApiKey))
            }
        };
        if let Some(url) = std::env::var_os("MIDAPI_BASE_URL") {
            let invalid = |why| Error::config(format!("MIDAPI_BASE_URL is {why}")).with_reason(Reason::InvalidBaseUrl);
            builder.settings.base_url = match url.into_string() {
                Ok(url) if url.trim().is_empty() => Err(invalid("set but empty")),
                Ok(url) => Ok(url),
                Err(_) => Err(invalid("not UTF-8")),
            };
        }
        if let Some(file) = std::env::var_os("MIDAPI_CA_FILE") {
            if file.is_empty() {
                builder.settings.http_settings.add_roots(Err(Error::config("MIDAPI_CA_FILE is set but empty")));
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
        self.settings.api_key = key.try_into().map(Some).map_err(Into::into);
        self
    }

    /// Reads the API key from a file: see [`ApiKey::from_file`].
    pub fn api_key_file(mut self, path: impl AsRef<Path>) -> Self {
        self.settings.api_key = ApiKey::from_file(path).map(Some);
        self
    }

    /// Sets the base URL. A path prefix is kept. Plain http is allowed for loopback addresses only. Defaults to
    /// `https://api.midapi.ai`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.settings.base_url = Ok(url.into());
        self
    }

    /// Allows plain http to a host. The API key is then sent to this host unencrypted.
    pub fn allow_insecure_http(mut self, host: impl Into<String>) -> Self {
        self.settings.insecure_hosts.push(host.into().to_ascii_lowercase());
        self
    }

    /// Sets a reqwest client to use in place of the built-in one. The TLS, proxy and connection settings of this
    /// builder then have no effect on requests to the API.
    ///
    /// Disable redirects in the reqwest client (`redirect::Policy::none()`). Otherwise a redirect may lead to a
    /// response that is not from the API.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.settings.http = Some(client);
        self
    }

    /// Sets a custom [`Transport`] to use in place of the HTTP client. The TLS, proxy and connection settings of this
    /// builder then have no effect on requests to the API.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.settings.transport = Some(Arc::new(transport));
        self
    }

    /// Adds a header to every request. If a header of this name was added before, its value is replaced. This method
    /// has no effect on Authorization, Accept, Accept-Encoding, Content-Type and User-Agent, which the client sets
    /// itself.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.settings.headers.insert(name, value);
        self
    }

    /// Sets the request hook: a callback that adds headers to each request, such as a signature or the trace context.
    ///
    /// The hook is called for every attempt of every call, including retries and polls, just before the request goes to
    /// the HTTP client or the [`Transport`], inside the tracing span of the request. The hook receives the method, the
    /// URI, and the headers of the client, including those that [`header`](Self::header) added. It may add, replace and
    /// remove headers. Changes of the method and the URI have no effect, so a hook cannot send a request to another
    /// server. The hook does not see the API key: the client sets Authorization after the hook, and replaces a value
    /// that the hook has set. The hook does not receive the body; to sign bodies, use a custom [`Transport`].
    ///
    /// The hook must not block: it runs in the task that awaits the call, or on the background thread of blocking
    /// clients. If the hook panics, no request is sent, and the panic propagates to the caller. A second hook replaces
    /// the first.
    ///
    /// # Examples
    /// ```
    /// let client = midapi::Client::builder()
    ///     .api_key("example-key")
    ///     .request_hook(|request| {
    ///         let signature = format!("signed {} {}", request.method(), request.uri().path());
    ///         if let Ok(value) = signature.parse() {
    ///             request.headers_mut().insert("x-signature", value);
    ///         }
    ///     })
    ///     .build()?;
    /// # Ok::<(), midapi::Error>(())
    /// ```
    pub fn request_hook(mut self, hook: impl Fn(&mut http::Request<()>) + Send + Sync + 'static) -> Self {
        self.settings.request_hook = Some(RequestHook::new(hook));
        self
    }

    /// Removes the headers that [`header`](Self::header) added, and the [`request_hook`](Self::request_hook). Use this
    /// method after [`Client::to_builder`], to build a client that sends requests to another server.
    pub fn clear_headers(mut self) -> Self {
        self.settings.headers.clear();
        self.settings.request_hook = None;
        self
    }

    /// Adds a product to the User-Agent, such as `gallery/2.1`.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.settings.user_agent = Some(product.into());
        self
    }

    /// Sets the time limit of each `get` and each `call`, for all attempts together. Defaults to 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// Sets the policy of waits: timeout, poll policy, and how "task not found" is treated. A call can override each of
    /// them.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use midapi::poll::{AdaptiveInterval, WaitPolicy};
    ///
    /// let policy = WaitPolicy::new().timeout(Duration::from_secs(3600)).poll_policy(AdaptiveInterval::new());
    /// let client = midapi::Client::builder().api_key("example-key").wait_policy(policy).build()?;
    /// # Ok::<(), midapi::Error>(())
    /// ```
    pub fn wait_policy(mut self, policy: WaitPolicy) -> Self {
        self.settings.wait_policy = policy;
        self
    }

    /// Limits the rate of all requests of the client and its clones, in requests per second: a period of `t` seconds
    /// contains at most `per_second · t + 2` requests. Defaults to no limit. [`build`](Self::build) fails if the rate
    /// is not a positive number.
    ///
    /// A batch may have a lower limit of its own. If the limit of the client delays the first request of a `get` or
    /// `call` beyond its timeout, the call fails with [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited) and
    /// [`Reason::Throttled`](crate::Reason::Throttled).
    pub fn rate(mut self, per_second: f64) -> Self {
        self.settings.rate = Some(per_second);
        self
    }

    /// Sets the maximum number of concurrent requests of the client and its clones. Defaults to no limit. At least 1: a
    /// value of 0 is raised to 1. Each batch also has a limit of its own, which defaults to 32.
    ///
    /// Waiting calls send their requests in the order in which they began to wait. If the limit of the client delays
    /// the first request of a `get` or `call` beyond its timeout, the call fails with
    /// [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited) and [`Reason::Throttled`](crate::Reason::Throttled).
    ///
    /// The requests of a batch count as in flight even while the stream of the batch is not polled. A program that
    /// makes other calls between two results of a batch should therefore run the batch in a tokio task of its own.
    ///
    /// # Examples
    /// ```
    /// let client = midapi::Client::builder().api_key("example-key").rate(20.0).max_in_flight(8).build()?;
    /// # Ok::<(), midapi::Error>(())
    /// ```
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.settings.max_in_flight = Some(requests);
        self
    }

    /// Sets the time limit of one attempt, from connecting to the last byte. Defaults to 30 s, and never exceeds the
    /// remaining time of the call.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.settings.attempt_timeout = timeout;
        self
    }

    /// Sets the time limit for connecting. Defaults to 10 s. No effect on a custom reqwest client.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.http_settings.connect_timeout = timeout;
        self
    }

    /// Adds the CA certificates of a PEM bundle to the trusted certificates. No effect on a custom reqwest client.
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
        self.settings.http_settings.add_roots(Ok(bundle.into()));
        self
    }

    /// Like [`root_certificates_pem`](Self::root_certificates_pem), but reads a file.
    pub fn root_certificates_file(mut self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let unreadable = || Error::config(format!("the CA certificates in {} cannot be read", path.display()));
        self.settings.http_settings.add_roots(std::fs::read(path).map_err(|error| unreadable().with_source(error)));
        self
    }

    /// Sets the proxy: an http or https URL, with user and password if needed. Defaults to the proxy of the environment
    /// (`HTTPS_PROXY` or `ALL_PROXY`). No effect on a custom reqwest client.
    ///
    /// An https base URL is reached with CONNECT: the proxy sees only the host. With a plain http base URL the proxy
    /// would see the API key, so the proxy must be on this machine or allowed by
    /// [`allow_insecure_http`](Self::allow_insecure_http). The proxies of the environment are not used for plain http
    /// or for loopback addresses.
    ///
    /// # Examples
    /// ```
    /// let client = midapi::Client::builder().api_key("example-key").proxy("http://proxy.example:3128").build()?;
    /// # Ok::<(), midapi::Error>(())
    /// ```
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.settings.http_settings.proxy = ProxySetting::Url(url.into());
        self
    }

    /// Disables all proxies, including those of the environment.
    pub fn no_proxy(mut self) -> Self {
        self.settings.http_settings.proxy = ProxySetting::None;
        self
    }

    /// Sets the maximum number of retries of each `get`, and of each `call` with the method GET or HEAD. Defaults to 4.
    pub fn max_retries(mut self, max_retries: u32) -> Self {
        self.settings.max_retries = max_retries;
        self
    }

    /// Sets the backoff, which determines the delay before each retry. Defaults to [`Backoff::DEFAULT`].
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.settings.backoff = backoff;
        self
    }

    /// Sets the size limit of response bodies, in bytes, before and after decompression. Defaults to 1 MiB.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_body_bytes = bytes;
        self
    }

    /// Sets the clock: see [`clock`](crate::clock). Defaults to the system clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.settings.clock = Arc::new(clock);
        self
    }

    /// Sets the random number generator for jitter: a function that returns numbers from 0 to 1. Defaults to
    /// `fastrand::f64`.
    pub fn rng(mut self, rng: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.settings.rng = Arc::new(rng);
        self
    }

    /// Sets a callback that is called before each retry, and after each failed poll of a wait that continues. A call
    /// can replace it with a callback of its own.
    pub fn on_retry(mut self, notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
        self.settings.on_retry = Some(Arc::new(notify));
        self
    }

    /// Builds the client. Sends no request.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the API key is missing or a setting is invalid.
    pub fn build(self) -> Result<C, Error> {
        C::from_client(build_client(self.settings)?)
    }
}

// These constructors are in this file because importing the builder in `client/mod.rs` would make an import cycle.
impl Client {
    /// Creates a client with an API key and default settings.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the key cannot be used.
    ///
    /// # Examples
    /// ```
    /// let client = midapi::Client::new("example-key")?;
    /// # Ok::<(), midapi::Error>(())
    /// ```
    pub fn new(api_key: impl TryInto<ApiKey, Error: Into<Error>>) -> Result<Self, Error> {
        Self::builder().api_key(api_key).build()
    }

    /// Creates a client with the settings of the environment: see [`ClientBuilder::from_env`].
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the API key is missing or a setting is invalid.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env().build()
    }

    /// Creates a builder with default settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Creates a builder with the settings of this client, including the API key. A limit from
    /// [`with_request_limit`](Self::with_request_limit) is not copied. The new client has its own connections, except
    /// if the settings contain a custom HTTP client or transport.
    ///
    /// Use this method to create a client with another key and the same connection settings, or a client for a forked
    /// process, which cannot use the connections of its parent.
    ///
    /// # Examples
    /// ```
    /// let client = midapi::Client::builder().api_key("example-key").no_proxy().build()?;
    /// let other = client.to_builder().api_key("another-key").build()?;
    /// assert_eq!(other.base_url(), client.base_url());
    /// # Ok::<(), midapi::Error>(())
    /// ```
    pub fn to_builder(&self) -> ClientBuilder {
        ClientBuilder { settings: (*self.settings).clone(), client: PhantomData }
    }
}

fn build_client(settings: ClientSettings) -> Result<Client, Error> {
    let copy = Arc::new(settings.clone());
    let missing = || Error::config("the API key is missing").with_reason(Reason::MissingApiKey);
    let key = settings.api_key?.ok_or_else(missing)?;
    let base_url = BaseUrl::new(&settings.base_url?, &settings.insecure_hosts)?;
    let mut headers = settings.headers;
    headers.insert(AUTHORIZATION, key.bearer()?);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    // A lookup has no body, but the vendor's documentation requires Content-Type and warns of HTTP 401 without it.
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, user_agent(settings.user_agent.as_deref())?);
    let (backend, request_builder) = if let Some(transport) = settings.transport {
        (Backend::Custom { transport, max_body_bytes: settings.max_body_bytes }, HttpClientSettings::request_builder()?)
    } else {
        let connect_timeout = settings.http_settings.connect_timeout;
        let (http, has_proxy) = match settings.http {
            Some(http) => (http, false),
            None => settings.http_settings.build(&base_url, &settings.insecure_hosts)?,
        };
        let transport = HttpTransport {
            http: http.clone(),
            host: base_url.host(),
            connect_timeout,
            has_proxy,
            max_body_bytes: settings.max_body_bytes,
        };
        (Backend::Http(transport), http)
    };
    let rate_limit = settings.rate.map(RateLimit::new).transpose();
    let rate_limit = rate_limit.map_err(|error| Error::config(error.message()))?;
    let inner = Arc::new(Inner {
        backend: Arc::new(backend),
        request_builder,
        headers: Arc::new(headers),
        request_hook: settings.request_hook,
        base_url,
        key,
        budget: Arc::new(RetryBudget::new(settings.clock.now())),
        throttle: Arc::new(Throttle::new(rate_limit)),
        concurrency: settings.max_in_flight.map(ConcurrencyLimit::new),
        request_limit: None,
        clock: settings.clock,
        rng: settings.rng,
        timeout: settings.timeout,
        attempt_timeout: settings.attempt_timeout,
        max_retries: settings.max_retries,
        backoff: settings.backoff,
        wait_policy: settings.wait_policy,
        on_retry: settings.on_retry,
    });
    Ok(Client { inner, settings: copy })
}

fn user_agent(product: Option<&str>) -> Result<HeaderValue, Error> {
    let text =
        product.map_or_else(|| USER_AGENT_PRODUCT.to_owned(), |product| format!("{USER_AGENT_PRODUCT} {product}"));
    HeaderValue::from_str(&text).map_err(|_| Error::config("the User-Agent cannot be sent in an HTTP header"))
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The base URL is left out: it is not checked yet and may contain a password.
        f.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}
