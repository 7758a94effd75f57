//! Errors for requests that got no response.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use crate::duration::format_duration;
use crate::error::Error;
use crate::error::kind::ErrorKind;
use crate::error::reason::Reason;
use crate::error::transience::Transience;
use crate::transport::dns::UnknownHost;

/// The connection of a failed request, for its error message.
pub(crate) struct ConnectionInfo<'a> {
    /// The host and port of the base URL.
    pub(crate) host: &'a str,
    pub(crate) connect_timeout: Duration,
    pub(crate) has_proxy: bool,
}

/// The error of an attempt that exceeded its time limit.
pub(crate) fn timed_out(limit: Duration) -> Error {
    let message = format!("request timed out after {}", format_duration(limit));
    Error::new(ErrorKind::Transport, message).with_reason(Reason::Timeout)
}

/// Converts the error of a request that got no response. The URL is removed from the error, because its query contains
/// the task id.
pub(crate) fn connection_error(error: reqwest::Error, limit: Duration, connection: &ConnectionInfo<'_>) -> Error {
    let error = error.without_url();
    if error.is_builder() {
        return Error::new(ErrorKind::Usage, "the request cannot be built").with_source(error);
    }
    let host = connection.host;
    let transport = |message: String| Error::new(ErrorKind::Transport, message);
    let misconfigured =
        |message: String, reason| transport(message).with_transience(Transience::Misconfigured).with_reason(reason);
    let described = if error.is_timeout() && error.is_connect() {
        let message = format!("connecting to {host} timed out after {}", format_duration(connection.connect_timeout));
        transport(message).with_reason(Reason::Timeout)
    } else if error.is_timeout() {
        timed_out(limit)
    } else if let Some(unknown) = find_cause::<UnknownHost>(&error) {
        misconfigured(format!("host {} not found", unknown.host), Reason::UnknownHost)
    } else if let Some(message) = certificate_fault(&error, host) {
        misconfigured(message, Reason::UntrustedCertificate)
    } else if error.is_connect() && connection.has_proxy && find_cause::<io::Error>(&error).is_none() {
        // All other connection failures have an I/O error among their causes; a rejection by the proxy has none.
        misconfigured(format!("the proxy rejected the connection to {host}"), Reason::ProxyRejected)
    } else if error.is_connect() {
        transport(format!("no connection to {host}"))
    } else {
        transport(format!("the connection to {host} was lost before a response arrived"))
    };
    described.with_source(error)
}

#[cfg(feature = "rustls-no-provider")]
fn certificate_fault(error: &reqwest::Error, host: &str) -> Option<String> {
    use rustls::{CertificateError, Error as TlsError};

    match find_cause::<TlsError>(error)? {
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Some(format!("the certificate of {host} is for another name")),
        TlsError::InvalidCertificate(_) => Some(format!("the certificate of {host} is not trusted")),
        _ => None,
    }
}

#[cfg(all(feature = "native-tls", not(feature = "rustls-no-provider")))]
fn certificate_fault(error: &reqwest::Error, host: &str) -> Option<String> {
    // The TLS library of the system does not distinguish its errors.
    find_cause::<native_tls::Error>(error).map(|_| format!("the certificate of {host} is not trusted"))
}

#[cfg(not(any(feature = "native-tls", feature = "rustls-no-provider")))]
const fn certificate_fault(_: &reqwest::Error, _: &str) -> Option<String> {
    None
}

/// Finds the first cause of type `T`. Also searches inside I/O errors, because the `source` of an I/O error skips the
/// error that it wraps.
fn find_cause<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = wrapped.map(|wrapped| wrapped as &(dyn StdError + 'static)).or_else(|| error.source());
    }
    None
}
