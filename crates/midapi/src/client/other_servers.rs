//! Requests to other servers, such as file hosts, with the connection settings and the retries of a client.

use crate::client::Client;
use crate::defaults::MAX_DURATION;
use crate::error::Error;
use crate::retry::policy::RetryPolicy;
use crate::retry::{FailedAttempt, RetriedCall};

impl Client {
    /// Creates a builder of an HTTP client with the connection settings of this client: TLS, certificates, proxy, and
    /// time limit for connecting. Its requests carry neither the API key nor other headers of this client, and follow
    /// no redirects.
    ///
    /// Use the builder for requests to servers that are not the API, such as the hosts of result files. A custom HTTP
    /// client ([`ClientBuilder::http_client`](crate::ClientBuilder::http_client)) or transport of this client has no
    /// effect on the builder. This method reads the certificates of the system.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a setting that cannot be used.
    pub fn http_client_builder(&self) -> Result<reqwest::ClientBuilder, Error> {
        let settings = &self.settings;
        let needs_tls = cfg!(any(feature = "rustls-no-provider", feature = "native-tls"));
        let (builder, _) =
            settings.http_settings.clone().builder(&self.inner.base_url, &settings.insecure_hosts, needs_tls)?;
        Ok(builder)
    }

    /// Whether requests to other servers go through a proxy, from the settings of the client or from the environment.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a setting that cannot be used.
    pub fn uses_proxy(&self) -> Result<bool, Error> {
        let settings = &self.settings;
        let (_, uses_proxy) =
            settings.http_settings.clone().builder(&self.inner.base_url, &settings.insecure_hosts, false)?;
        Ok(uses_proxy)
    }

    /// Whether the base URL is on a loopback address.
    pub fn is_local(&self) -> bool {
        self.inner.base_url.is_loopback()
    }

    /// Runs an operation and retries it like a call of the API: with the number of retries, backoff, `Retry-After`
    /// handling, retry budget, log line and [`on_retry`](crate::ClientBuilder::on_retry) callback of this client.
    ///
    /// The operation is retried only if its error [is retryable](Error::is_retryable). It must have its own time limit:
    /// the timeouts of this client do not apply. Pauses that the API requested, and the rate and concurrency limits of
    /// this client, do not apply either. `task_id` is the task id in the log line and in the
    /// [`RetryEvent`](crate::RetryEvent).
    ///
    /// # Errors
    /// The error of the last attempt.
    ///
    /// # Cancel safety
    /// Dropping the future drops the operation. No further attempt is made.
    pub async fn retry<T, Fut>(&self, task_id: &str, mut operation: impl FnMut() -> Fut) -> Result<T, Error>
    where
        Fut: Future<Output = Result<T, Error>>,
    {
        let inner = &self.inner;
        let policy = RetryPolicy { timeout: MAX_DURATION, ..inner.retry_policy() };
        let call = RetriedCall { inner, policy, task_id: Some(task_id), on_retry: None, is_throttled: false };
        let attempt = |_, _| {
            let attempt = operation();
            async { attempt.await.map_err(|error| FailedAttempt { error, is_repeatable: true }) }
        };
        call.run(attempt).await.map(|(value, _)| value)
    }
}
