//! Errors for the responses of servers that are not the API, such as file hosts.

use jiff::Timestamp;

use crate::defaults::CONNECT_TIMEOUT;
use crate::error::Error;
use crate::error::kind::ErrorKind;
use crate::error::reason::Reason;
use crate::response::classify::kind_of_status;
use crate::retry::retry_after::retry_after;
use crate::transport::failure::{ConnectionInfo, connection_error};
use crate::transport::raw_response::RawResponse;

impl Error {
    /// Creates the error for a response with an error status, from a server that is not the API.
    ///
    /// For a transient status, such as 408, 429 or 503, the error is retryable and has the same kind as for a response
    /// of the API. For every other status, the kind is [`ErrorKind::Unexpected`]. `Retry-After` is read from the
    /// headers.
    pub fn from_http_status(response: RawResponse) -> Self {
        let status = response.http_status();
        let kind = kind_of_status(status).unwrap_or(ErrorKind::Unexpected);
        let retry_after = retry_after(response.headers(), Timestamp::now);
        Self::new(kind, format!("HTTP {status}")).with_retry_after(retry_after).with_raw(response)
    }

    /// Creates the error for a request that got no response, or only a part of a response. The kind is
    /// [`ErrorKind::Transport`], or [`ErrorKind::Usage`] for a request that cannot be built. The error does not contain
    /// the URL.
    ///
    /// `host` is the name of the host for the message.
    pub fn from_http_client(error: reqwest::Error, host: &str) -> Self {
        if error.is_timeout() {
            let action = if error.is_connect() { "connecting" } else { "the request" };
            return Self::new(ErrorKind::Transport, format!("{action} to {host} timed out"))
                .with_reason(Reason::Timeout)
                .with_source(error.without_url());
        }
        let connection = ConnectionInfo { host, connect_timeout: CONNECT_TIMEOUT, has_proxy: false };
        connection_error(error, CONNECT_TIMEOUT, &connection)
    }
}
