//! Transports, which send requests to the server.

pub(crate) mod dns;
pub(crate) mod failure;
pub(crate) mod http;
mod paused_time;
pub(crate) mod raw_response;
pub(crate) mod received;

use std::error::Error as StdError;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ::http::StatusCode;
use bytes::Bytes;
use futures_util::future::Either;

use crate::error::Error;
use crate::error::kind::ErrorKind;
use crate::response::classify::BodyError;
use crate::transport::http::{HttpTransport, decompress};
use crate::transport::raw_response::RawResponse;
use crate::transport::received::Received;

/// An error of any type that can be sent between threads.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// The time limit of an attempt. A [`Transport`] receives this value in the extensions of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptTimeout(pub Duration);

/// The future of [`Transport::execute`].
pub type TransportFuture = Pin<Box<dyn Future<Output = Result<RawResponse, BoxError>> + Send>>;

/// A custom transport: sends requests in place of the HTTP client.
///
/// Use it for tests without a socket, and for gateways that the HTTP client cannot reach. Requests arrive complete,
/// with URL, headers and API key. The body of a response may be compressed with gzip, and then needs the
/// `Content-Encoding` header. Responses are classified, and failures are retried, like those of the HTTP client. An
/// error that the transport returns becomes an [`Error`](crate::Error) of kind [`ErrorKind::Transport`].
///
/// The client drops the future when the time limit of the attempt, measured by tokio's clock, expires. The limit is
/// also in the extensions of the request, as [`AttemptTimeout`].
///
/// # Examples
/// ```
/// use bytes::Bytes;
/// use midapi::{Client, RawResponse, Status, Transport, TransportFuture};
///
/// /// A server where every task has succeeded.
/// #[derive(Debug)]
/// struct AllSucceeded;
///
/// impl Transport for AllSucceeded {
///     fn execute(&self, request: http::Request<Bytes>) -> TransportFuture {
///         assert_eq!(request.uri().path(), "/api/v1/mj/record-info");
///         let response = RawResponse::new(200, r#"{"code":200,"data":{"successFlag":1}}"#);
///         Box::pin(std::future::ready(Ok(response)))
///     }
/// }
///
/// # async fn example() -> Result<(), midapi::Error> {
/// let client = Client::builder().api_key("example-key").transport(AllSucceeded).build()?;
/// assert_eq!(client.get("any").await?.status(), Status::Success);
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
/// ```
pub trait Transport: Debug + Send + Sync + 'static {
    /// Sends a request and returns the response, also if the HTTP status is an error.
    fn execute(&self, request: ::http::Request<Bytes>) -> TransportFuture;
}

/// The transport of a client.
#[derive(Debug)]
pub(crate) enum Backend {
    Http(HttpTransport),
    Custom { transport: Arc<dyn Transport>, max_body_bytes: usize },
}

impl Backend {
    /// Sends a request. `limit` is the time limit, from connecting to the last byte of the response.
    pub(crate) fn execute(
        &self,
        request: reqwest::Request,
        limit: Duration,
    ) -> impl Future<Output = Result<Received, Error>> + Send {
        match self {
            Self::Http(transport) => Either::Left(transport.execute(request, limit)),
            Self::Custom { transport, max_body_bytes } => {
                Either::Right(Box::pin(execute_custom(&**transport, request, limit, *max_body_bytes)))
            }
        }
    }
}

async fn execute_custom(
    transport: &dyn Transport,
    request: reqwest::Request,
    limit: Duration,
    max_body_bytes: usize,
) -> Result<Received, Error> {
    let mut request = into_http(request)?;
    request.extensions_mut().insert(AttemptTimeout(limit));
    let response = tokio::time::timeout(limit, transport.execute(request)).await;
    let response = response.map_err(|_| failure::timed_out(limit))?.map_err(|error| {
        let message = error.to_string();
        Error::new(ErrorKind::Transport, message)
    })?;
    let RawResponse { http_status, headers, body } = response;
    let status = StatusCode::from_u16(http_status).map_err(|_| {
        Error::new(ErrorKind::Transport, format!("the transport returned the invalid HTTP status {http_status}"))
    })?;
    let body = if body.len() > max_body_bytes {
        Err(BodyError::TooLarge(max_body_bytes))
    } else {
        decompress(body, &headers, max_body_bytes)
    };
    Ok(Received { status, headers, body, extensions: ::http::Extensions::default() })
}

/// Converts a request of the generated client to the type of the crate `http`. A body that is a stream is an error.
fn into_http(request: reqwest::Request) -> Result<::http::Request<Bytes>, Error> {
    let unsupported = |why: String| Error::new(ErrorKind::Usage, format!("the request cannot be sent: {why}"));
    let request =
        ::http::Request::<reqwest::Body>::try_from(request).map_err(|error| unsupported(error.to_string()))?;
    let (parts, body) = request.into_parts();
    let bytes = match body.as_bytes() {
        Some(bytes) => Bytes::copy_from_slice(bytes),
        None => return Err(unsupported("its body is a stream".to_owned())),
    };
    Ok(::http::Request::from_parts(parts, bytes))
}
