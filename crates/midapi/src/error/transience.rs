//! Transience: whether the same request may succeed later.

/// How a failed request is treated by retries and by waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transience {
    /// The API itself rejected the request. It is not sent again.
    Permanent,
    /// Retries of a `get` and polls of a wait go on.
    Transient,
    /// A gateway blocked the request: a `get` retries it once, a wait goes on.
    RetryOnce,
    /// The response is not from the API: a `get` ends, a wait goes on.
    PollAgain,
    /// The settings cannot work, such as an untrusted certificate: a `get` ends, and so does a wait whose first polls all
    /// failed in this way.
    Misconfigured,
}
