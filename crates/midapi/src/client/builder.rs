//! Settings of a client.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};

use crate::Error;
use crate::client::api_key::ApiKey;
use crate::client::base_url::BaseUrl;
use crate::client::http_client::{Connecting, ProxyChoice};
use crate::client::{Client, OnRetry, Shared};
use crate::clock::{Clock, SystemClock};
use crate::retry::RetryEvent;
use crate::retry::backoff::Backoff;
use crate::retry::budget::RetryBudget;
use crate::retry::throttle::Throttle;
use crate::transport::{Sender, Transport, Wire};

/// The name and version that every request carries.
const AGENT: &str = concat!("midapi/", env!("CARGO_PKG_VERSION"));

/// Settings of a [`Client`], with defaults for all but the key.
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// let client = midapi::Client::builder()
///     .api_key("made-up-key")
///     .base_url("https://api.kie.ai")
///     .timeout(Duration::from_secs(20))
///     .user_agent("gallery/2.1")
///     .build()?;
/// # Ok::<(), midapi::Error>(())
/// ```
#[must_use]
pub struct ClientBuilder {
    api_key: Result<Option<ApiKey>, Error>,
    base_url: String,
    plain_http_hosts: Vec<String>,
    http: Option<reqwest::Client>,
    transport: Option<Box<dyn Transport>>,
    headers: HeaderMap,
    user_agent: Option<String>,
    timeout: Duration,
    attempt_timeout: Duration,
    connecting: Connecting,
    retries: u32,
    backoff: Backoff,
    max_body_bytes: usize,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Fn() -> f64 + Send + Sync>,
    on_retry: Option<OnRetry>,
}

impl ClientBuilder {
    pub(crate) fn new() -> Self {
        Self {
            api_key: Ok(None),
            base_url: BaseUrl::DEFAULT.to_owned(),
            plain_http_hosts: Vec::new(),
            http: None,
            transport: None,
            headers: HeaderMap::new(),
            user_agent: None,
            timeout: Duration::from_mins(1),
            attempt_timeout: Duration::from_secs(30),
            connecting: Connecting::new(),
            retries: 4,
            backoff: Backoff::DEFAULT,
            max_body_bytes: 1 << 20,
            clock: Arc::new(SystemClock),
            random: Arc::new(fastrand::f64),
            on_retry: None,
        }
    }

    /// Begins with what the environment says, where it does: the key (`MIDAPI_API_KEY`), the base URL (`MIDAPI_BASE_URL`), and a file
    /// of CA certificates to trust besides the system's (`MIDAPI_CA_FILE`).
    pub fn from_env() -> Self {
        let mut builder = Self::new();
        if let Some(key) = std::env::var_os("MIDAPI_API_KEY") {
            builder.api_key = match key.into_string() {
                Ok(key) => ApiKey::new(key).map(Some),
                Err(_) => Err(Error::config("the API key in MIDAPI_API_KEY is not UTF-8")),
            };
        }
        if let Some(url) = std::env::var_os("MIDAPI_BASE_URL") {
            // One that is not UTF-8 is no URL, and must not turn into the default either.
            builder.base_url = url.into_string().unwrap_or_default();
        }
        if let Some(file) = std::env::var_os("MIDAPI_CA_FILE") {
            builder = builder.root_certificates_file(file);
        }
        builder
    }

    /// The key of the account. Required. White space around it is dropped.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = ApiKey::new(key).map(Some);
        self
    }

    /// Reads the key from a file that holds nothing else.
    pub fn api_key_file(mut self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        self.api_key = match std::fs::read_to_string(path) {
            Ok(key) => ApiKey::new(key).map(Some),
            Err(error) => {
                let message = format!("the API key cannot be read from {}", path.display());
                Err(Error::config(message).with_source(error))
            }
        };
        self
    }

    /// Where the API is: `https://api.midapi.ai` unless set. A path prefix is kept. Plain http goes to this machine only.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Lets the key go over plain http to the host named.
    pub fn allow_insecure_http(mut self, host: impl Into<String>) -> Self {
        self.plain_http_hosts.push(host.into().to_ascii_lowercase());
        self
    }

    /// A reqwest client of your own: TLS, connection pools and all else that it can be told.
    ///
    /// Its own settings hold for connecting, redirects and proxies then: switch redirects off
    /// (`redirect::Policy::none()`) so that an answer is the API's own.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Something else than HTTP to ask: see [`Transport`]. All that belongs to HTTP has no effect then.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Box::new(transport));
        self
    }

    /// A header to send with every request, besides Authorization, Accept, Accept-Encoding, Content-Type and User-Agent,
    /// which are the client's own.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// A product to add to the User-Agent, such as `gallery/2.1`.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    /// The time for all attempts of a `get` together. 60 s unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The time for one attempt, from connecting to the last byte. 30 s unless set; what is left of the call cuts it.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// The time for connecting. 10 s unless set. Without effect on a reqwest client of your own.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connecting.timeout = timeout;
        self
    }

    /// Trusts the CA certificates of a PEM bundle, besides those of the system: for a gateway with a private CA. Adds to those given
    /// before. Without effect on a reqwest client of your own.
    ///
    /// # Examples
    /// ```no_run
    /// let client = midapi::Client::builder()
    ///     .api_key("made-up-key")
    ///     .base_url("https://gateway.internal/midapi")
    ///     .root_certificates_pem(std::fs::read("company-ca.pem")?)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn root_certificates_pem(mut self, bundle: impl Into<Vec<u8>>) -> Self {
        self.connecting.trust(Ok(bundle.into()));
        self
    }

    /// As [`root_certificates_pem`](Self::root_certificates_pem), of a file.
    pub fn root_certificates_file(mut self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let unreadable = || Error::config(format!("the CA certificates cannot be read from {}", path.display()));
        self.connecting.trust(std::fs::read(path).map_err(|error| unreadable().with_source(error)));
        self
    }

    /// The proxy to ask through, instead of the one that the environment names (`HTTPS_PROXY` and its like): an http or https URL, with
    /// user and password if it wants them. Without effect on a reqwest client of your own.
    ///
    /// An https base URL is reached by CONNECT, so that the proxy sees its host and nothing more. With plain http the proxy would see the
    /// key: it has to be on this machine then, or allowed by [`allow_insecure_http`](Self::allow_insecure_http). The proxies of the
    /// environment are never asked for plain http nor for this machine.
    ///
    /// # Examples
    /// ```
    /// let client = midapi::Client::builder().api_key("made-up-key").proxy("http://proxy.example:3128").build()?;
    /// # Ok::<(), midapi::Error>(())
    /// ```
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.connecting.proxy = ProxyChoice::At(url.into());
        self
    }

    /// Asks through no proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.connecting.proxy = ProxyChoice::Nobody;
        self
    }

    /// How often `get` makes a failed attempt again. 4 unless set.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// How long to wait before a retry: see [`Backoff`].
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// The largest body that is read, in bytes, before and after decompression. 1 MiB unless set.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Where the client takes the time from. See [`clock`](crate::clock).
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where the client takes its rng from: numbers of 0 to 1, for jitter.
    pub fn rng(mut self, random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// Called before each retry of a `get`, unless that call has a notification of its own.
    pub fn on_retry(mut self, notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
        self.on_retry = Some(Arc::new(notify));
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a setting that cannot be used. Nothing is sent.
    pub fn build(self) -> Result<Client, Error> {
        let key = self.api_key?.ok_or_else(|| Error::config("there is no API key: set MIDAPI_API_KEY"))?;
        let base_url = BaseUrl::new(&self.base_url, &self.plain_http_hosts)?;
        let mut headers = self.headers;
        headers.insert(AUTHORIZATION, key.bearer()?);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        // A look-up has no body; the documentation asks for the header all the same, and warns of a 401 without it.
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, agent(self.user_agent.as_deref())?);
        let sender = if let Some(transport) = self.transport {
            Sender::Own(transport)
        } else {
            let http = match self.http {
                Some(http) => http,
                None => self.connecting.http_client(&base_url, &self.plain_http_hosts)?,
            };
            Sender::Http(Wire::new(http, &base_url, headers, self.max_body_bytes))
        };
        Ok(Client(Arc::new(Shared {
            sender: Arc::new(sender),
            base_url,
            key,
            budget: Arc::new(RetryBudget::new(self.clock.now())),
            throttle: Arc::new(Throttle::default()),
            cap: None,
            clock: self.clock,
            random: self.random,
            timeout: self.timeout,
            attempt_timeout: self.attempt_timeout,
            retries: self.retries,
            backoff: self.backoff,
            on_retry: self.on_retry,
        })))
    }
}

fn agent(product: Option<&str>) -> Result<HeaderValue, Error> {
    let text = product.map_or_else(|| AGENT.to_owned(), |product| format!("{AGENT} {product}"));
    HeaderValue::from_str(&text).map_err(|_| Error::config("the addition to the User-Agent cannot be sent in a header"))
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the base URL, which nobody has looked at yet: it may hold a password.
        f.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}
