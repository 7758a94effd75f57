//! The settings of a client.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;

use crate::client::api_key::ApiKey;
use crate::client::http_client::HttpClientSettings;
use crate::client::request_hook::RequestHook;
use crate::clock::{Clock, SystemClock};
use crate::defaults;
use crate::error::Error;
use crate::poll::wait_policy::WaitPolicy;
use crate::retry::backoff::Backoff;
use crate::retry::event::OnRetry;
use crate::transport::Transport;

/// The settings that a client is built from. If a value cannot be used, its error is stored in its place, and building
/// the client returns the error.
#[derive(Clone)]
pub(crate) struct ClientSettings {
    pub(crate) api_key: Result<Option<ApiKey>, Error>,
    pub(crate) base_url: Result<String, Error>,
    pub(crate) insecure_hosts: Vec<String>,
    pub(crate) http: Option<reqwest::Client>,
    pub(crate) transport: Option<Arc<dyn Transport>>,
    pub(crate) headers: HeaderMap,
    pub(crate) request_hook: Option<RequestHook>,
    pub(crate) user_agent: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) http_settings: HttpClientSettings,
    pub(crate) max_retries: u32,
    pub(crate) backoff: Backoff,
    pub(crate) wait_policy: WaitPolicy,
    /// The rate limit, in requests per second. The value is checked when the client is built.
    pub(crate) rate: Option<f64>,
    pub(crate) max_in_flight: Option<usize>,
    pub(crate) max_body_bytes: usize,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Fn() -> f64 + Send + Sync>,
    pub(crate) on_retry: Option<OnRetry>,
}

impl ClientSettings {
    pub(crate) fn new() -> Self {
        Self {
            api_key: Ok(None),
            base_url: Ok(defaults::BASE_URL.to_owned()),
            insecure_hosts: Vec::new(),
            http: None,
            transport: None,
            headers: HeaderMap::new(),
            request_hook: None,
            user_agent: None,
            timeout: defaults::GET_TIMEOUT,
            attempt_timeout: defaults::ATTEMPT_TIMEOUT,
            http_settings: HttpClientSettings::new(),
            max_retries: defaults::MAX_RETRIES,
            backoff: Backoff::DEFAULT,
            wait_policy: WaitPolicy::new(),
            rate: None,
            max_in_flight: None,
            max_body_bytes: defaults::MAX_BODY_BYTES,
            clock: Arc::new(SystemClock),
            rng: Arc::new(fastrand::f64),
            on_retry: None,
        }
    }
}
