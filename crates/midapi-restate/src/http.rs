//! Requests to the Restate server.

use std::time::Duration;

use bytes::Bytes;
use midapi::reqwest::{self, Url};
use midapi::{Error, ErrorKind};
use restate_sdk::ingress::RequestExecutor;
use serde::Deserialize;

/// The HTTP client of an ingress or admin address.
#[derive(Debug, Clone)]
pub(crate) struct Http(pub(crate) reqwest::Client);

impl Http {
    /// Creates a client without proxies. A request for an outcome may take any time, so only connecting has a timeout:
    /// 10 s.
    pub(crate) fn new() -> Result<Self, Error> {
        let builder = reqwest::Client::builder().no_proxy().connect_timeout(Duration::from_secs(10));
        let client = builder.tcp_keepalive(Duration::from_secs(30)).build();
        client.map(Self).map_err(|error| Error::new(ErrorKind::Config, format!("cannot build an HTTP client: {error}")))
    }
}

impl RequestExecutor for Http {
    type Error = reqwest::Error;

    async fn execute(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, reqwest::Error> {
        let response = self.0.execute(request.try_into()?).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut buffered = http::Response::new(response.bytes().await?);
        (*buffered.status_mut(), *buffered.headers_mut()) = (status, headers);
        Ok(buffered)
    }
}

/// Checks the URL of a server.
///
/// # Errors
/// [`ErrorKind::Config`] if the URL is not an http or https URL, or has a query.
pub(crate) fn check_url(name: &str, url: &str) -> Result<Url, Error> {
    let invalid = || Error::new(ErrorKind::Config, format!("the {name} URL {url:?} is not an http or https URL"));
    let url = Url::parse(url).map_err(|_| invalid())?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || url.query().is_some() {
        return Err(invalid());
    }
    Ok(url)
}

/// Builds the error for a request that received no response.
pub(crate) fn connection_error(name: &str, url: &Url, error: &dyn std::error::Error) -> Error {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    Error::new(ErrorKind::Transport, format!("cannot reach the {name} of Restate at {url}: {cause}"))
}

/// Builds the error for an unsuccessful response. For most statuses, the error contains the message of the server if
/// the body is an error of Restate.
pub(crate) fn response_error(name: &str, url: &Url, status: http::StatusCode, body: &[u8]) -> Error {
    let body: RestateError = serde_json::from_slice(body).unwrap_or_default();
    let is_ingress = body.source.as_deref() == Some("ingress");
    let (kind, text) = match (status.as_u16(), body.message) {
        (401 | 403, _) => (ErrorKind::Auth, format!("the {name} of Restate at {url} rejected the request")),
        (429, _) => (ErrorKind::RateLimited, format!("the {name} of Restate at {url} is overloaded")),
        (500.., Some(message)) => (ErrorKind::Server, message),
        (500.., None) => (ErrorKind::Server, format!("the {name} of Restate at {url} failed (HTTP {status})")),
        (404, Some(message)) if is_ingress => (ErrorKind::Config, format!("no worker is registered: {message}")),
        (400, Some(message)) if !is_ingress => (ErrorKind::Usage, message),
        (_, Some(message)) if !is_ingress => (ErrorKind::Unexpected, message),
        _ => (ErrorKind::Config, format!("{url} is not the {name} of Restate 1.7 or newer (HTTP {status})")),
    };
    Error::new(kind, text)
}

/// The body of an error response of Restate.
#[derive(Default, Deserialize)]
struct RestateError {
    message: Option<String>,
    /// The source of the error. `ingress` means the ingress itself.
    source: Option<String>,
}
