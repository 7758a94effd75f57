//! Transience: whether the same request may succeed later.

/// How retries and waits treat a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transience {
    /// The API itself rejected the request. It is not sent again.
    Permanent,
    /// A `get` retries the request, and a wait continues.
    Transient,
    /// A gateway blocked the request: a `get` retries it once, and a wait continues.
    RetryOnce,
    /// The response is not from the API: a `get` ends, and a wait continues.
    PollAgain,
    /// The settings are wrong, for example because a certificate is not trusted: a `get` ends. A wait ends if its third
    /// or a later poll fails in this way, and no poll has received a response.
    Misconfigured,
}
