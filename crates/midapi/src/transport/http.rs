//! The HTTP transport: time limit, size limit and decompression.

use std::io::Read;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use reqwest::{Request, Response};

use crate::error::Error;
use crate::response::classify::{Body, BodyError};
use crate::transport::failure::{ConnectionInfo, connection_error, timed_out};
use crate::transport::paused_time;
use crate::transport::received::Received;

/// A transport that sends requests with reqwest.
#[derive(Debug)]
pub(crate) struct HttpTransport {
    pub(crate) http: reqwest::Client,
    /// The host and port of the base URL, for error messages.
    pub(crate) host: String,
    pub(crate) connect_timeout: Duration,
    pub(crate) has_proxy: bool,
    pub(crate) max_body_bytes: usize,
}

impl HttpTransport {
    /// Sends a request. The future does not contain the request, which keeps it small.
    pub(crate) fn execute(
        &self,
        mut request: Request,
        limit: Duration,
    ) -> impl Future<Output = Result<Received, Error>> + Send {
        let guard = paused_time::hold();
        *request.timeout_mut() = Some(limit);
        let sent = self.http.execute(request);
        async move {
            let _guard = guard;
            let connection =
                ConnectionInfo { host: &self.host, connect_timeout: self.connect_timeout, has_proxy: self.has_proxy };
            let mut response = sent.await.map_err(|error| connection_error(error, limit, &connection))?;
            let body = match self.read_body(&mut response).await {
                Ok(body) => body,
                Err(error) if error.is_timeout() => return Err(timed_out(limit).with_source(error.without_url())),
                Err(_) => Err(BodyError::Unreadable("truncated".to_owned())),
            };
            let headers = std::mem::take(response.headers_mut());
            let extensions = std::mem::take(response.extensions_mut());
            let body = body.and_then(|raw| decompress(raw, &headers, self.max_body_bytes));
            Ok(Received { status: response.status(), headers, body, extensions })
        }
    }

    /// Reads the body before decompression. A body that exceeds the size limit is a [`BodyError`].
    async fn read_body(&self, response: &mut Response) -> reqwest::Result<Body> {
        let limit = self.max_body_bytes;
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Ok(Err(BodyError::TooLarge(limit)));
        }
        let mut whole = BytesMut::new();
        let mut first = Bytes::new();
        while let Some(chunk) = response.chunk().await? {
            if first.len() + whole.len() + chunk.len() > limit {
                return Ok(Err(BodyError::TooLarge(limit)));
            }
            // Most bodies are one chunk, which needs no copy.
            if first.is_empty() && whole.is_empty() {
                first = chunk;
            } else {
                whole.extend_from_slice(&std::mem::take(&mut first));
                whole.extend_from_slice(&chunk);
            }
        }
        Ok(Ok(if whole.is_empty() { first } else { whole.freeze() }))
    }
}

/// Decompresses a body. A body that exceeds the size limit is a [`BodyError`], and so is any compression but gzip, the
/// only compression that the client accepts.
pub(crate) fn decompress(raw: Bytes, headers: &HeaderMap, limit: usize) -> Body {
    let Some(encoding) = headers.get(CONTENT_ENCODING) else { return Ok(raw) };
    let encoding = encoding.to_str().unwrap_or("(unreadable)").trim();
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") || raw.is_empty() {
        return Ok(raw);
    }
    if !encoding.eq_ignore_ascii_case("gzip") && !encoding.eq_ignore_ascii_case("x-gzip") {
        return Err(BodyError::Unreadable(format!("in the unsupported encoding {encoding:?}")));
    }
    let mut plain = Vec::new();
    let mut decoder = MultiGzDecoder::new(&*raw).take((limit as u64).saturating_add(1));
    match decoder.read_to_end(&mut plain) {
        Ok(_) if plain.len() > limit => Err(BodyError::TooLarge(limit)),
        Ok(_) => Ok(plain.into()),
        Err(error) => Err(BodyError::Unreadable(format!("not valid gzip ({error})"))),
    }
}
