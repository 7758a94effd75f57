//! Reasons: causes that are more specific than the kind of an error.

/// A cause that is more specific than the [`ErrorKind`](crate::ErrorKind), for callers that print hints.
///
/// Reasons may be added, so a `match` needs a `_` arm.
///
/// # Examples
/// ```
/// use midapi::Reason;
///
/// let error = midapi::Client::builder().build().unwrap_err();
/// let hint = match error.reason() {
///     Some(Reason::MissingApiKey | Reason::InvalidApiKey) => "set the API key in the settings",
///     Some(Reason::UnknownHost | Reason::ProxyRejected) => "check the network settings",
///     _ => "",
/// };
/// assert_eq!(hint, "set the API key in the settings");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// `config`: the client has no API key.
    MissingApiKey,
    /// `config`: the API key is invalid, or its source cannot be read.
    InvalidApiKey,
    /// `config`: the base URL is invalid.
    InvalidBaseUrl,
    /// `transport`: the request timed out.
    Timeout,
    /// `transport`: the host name could not be resolved.
    UnknownHost,
    /// `transport`: the certificate of the server is not trusted or is for another name.
    UntrustedCertificate,
    /// `transport`: the proxy rejected the connection.
    ProxyRejected,
    /// `unavailable`: HTTP 401 or 403 that is not from the API, such as a bot challenge or a firewall page.
    BlockedByGateway,
    /// `unexpected` or `decode`: the response is not from the API. The base URL may be wrong.
    NotFromApi,
    /// `rate_limited` or `unavailable`: no request was sent, because the server requested a pause, the client reduced
    /// its rate after a response such as HTTP 429, or a rate or concurrency limit of the client permitted no request.
    Throttled,
}
