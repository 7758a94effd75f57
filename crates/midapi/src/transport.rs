//! One request and its answer, within the limits of a client.

use std::error::Error as StdError;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use midapi_client::{Answer as Handed, Client as Generated, Transport};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use reqwest::{Request, Response, StatusCode};

use crate::base_url::BaseUrl;
use crate::error::{Error, ErrorKind};
use crate::judge::Body;

/// What came of one request.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// How a client sends.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: BaseUrl,
    /// Sent with every request. The key's is marked sensitive.
    pub(crate) headers: HeaderMap,
    pub(crate) max_body_bytes: usize,
}

impl Wire {
    /// Asks for one task, once. `limit` is the time for everything from connecting to the last byte.
    pub(crate) async fn look_up(self: &Arc<Self>, id: &str, limit: Duration) -> Result<Received, Error> {
        let exchange = Arc::new(Exchange { wire: Arc::clone(self), limit, received: Mutex::new(None) });
        let inner: midapi_client::Inner = Arc::clone(&exchange) as _;
        let generated = Generated::new_with_client(self.base_url.as_str(), self.http.clone(), inner);
        // The generated operation builds the request; what it makes of the answer is nothing that counts.
        let outcome = generated.get_record_info(id).await;
        let received = exchange.received.lock().unwrap_or_else(PoisonError::into_inner).take();
        received.unwrap_or_else(|| {
            let why = outcome.err().map_or_else(String::new, |error| format!(": {error}"));
            Err(Error::new(ErrorKind::Usage, format!("no request can be made of this look-up{why}")))
        })
    }

    async fn send(&self, mut request: Request, limit: Duration) -> Result<Received, Error> {
        let headers = request.headers_mut();
        // The generator sends the document's version, which is no header of this API.
        headers.remove("api-version");
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        *request.timeout_mut() = Some(limit);
        let mut response = self.http.execute(request).await.map_err(|error| no_answer(error, limit))?;
        let body = self.body(&mut response).await.map_err(|error| no_answer(error, limit))?;
        let headers = std::mem::take(response.headers_mut());
        Ok(Received { status: response.status(), body: body.and_then(|raw| self.decoded(raw, &headers)), headers })
    }

    /// The body as it is on the wire, up to the cap.
    async fn body(&self, response: &mut Response) -> reqwest::Result<Body> {
        let cap = self.max_body_bytes;
        if response.content_length().is_some_and(|announced| announced > cap as u64) {
            return Ok(Err(too_large(cap)));
        }
        let mut whole = BytesMut::new();
        let mut first = Bytes::new();
        while let Some(chunk) = response.chunk().await? {
            if first.len() + whole.len() + chunk.len() > cap {
                return Ok(Err(too_large(cap)));
            }
            // Most answers are one chunk, which needs no copy.
            if first.is_empty() && whole.is_empty() {
                first = chunk;
            } else {
                whole.extend_from_slice(&std::mem::take(&mut first));
                whole.extend_from_slice(&chunk);
            }
        }
        Ok(Ok(if whole.is_empty() { first } else { whole.freeze() }))
    }

    /// The body without its content encoding. Only gzip was asked for.
    fn decoded(&self, raw: Bytes, headers: &HeaderMap) -> Body {
        let Some(encoding) = headers.get(CONTENT_ENCODING) else { return Ok(raw) };
        let encoding = encoding.to_str().unwrap_or("(unreadable)").trim();
        if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
            return Ok(raw);
        }
        if !encoding.eq_ignore_ascii_case("gzip") && !encoding.eq_ignore_ascii_case("x-gzip") {
            return Err(format!("the answer has the encoding {encoding:?}, which was not asked for"));
        }
        let cap = self.max_body_bytes;
        let mut plain = Vec::new();
        let mut unpacked = MultiGzDecoder::new(&*raw).take(cap as u64 + 1);
        match unpacked.read_to_end(&mut plain) {
            Ok(_) if plain.len() > cap => Err(too_large(cap)),
            Ok(_) => Ok(plain.into()),
            Err(error) => Err(format!("the answer says that it is gzip, and does not unpack ({error})")),
        }
    }
}

fn too_large(cap: usize) -> String {
    format!("the answer is larger than {cap} bytes")
}

/// One call of the generated client: it takes the request out and keeps what came of it.
#[derive(Debug)]
struct Exchange {
    wire: Arc<Wire>,
    limit: Duration,
    received: Mutex<Option<Result<Received, Error>>>,
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Transport for Exchange {
    fn send<'a>(&'a self, _: &'a reqwest::Client, _: &'static str, request: Request) -> Handed<'a> {
        Box::pin(async move {
            let received = self.wire.send(request, self.limit).await;
            *self.received.lock().unwrap_or_else(PoisonError::into_inner) = Some(received);
            // No content: the judgement reads the bytes itself, and reading them twice would be waste.
            let mut nothing = http::Response::new(reqwest::Body::default());
            *nothing.status_mut() = StatusCode::NO_CONTENT;
            Ok(Response::from(nothing))
        })
    }
}

/// Why there is no answer. The URL is taken out of the error: its query holds the id.
fn no_answer(error: reqwest::Error, limit: Duration) -> Error {
    let error = error.without_url();
    if error.is_builder() {
        return Error::new(ErrorKind::Usage, "no request can be made of this look-up").with_source(error);
    }
    if unpacking_failed(&error) {
        return Error::new(ErrorKind::Decode, "the answer has an encoding that cannot be undone").with_source(error);
    }
    let message = if error.is_timeout() {
        format!("no whole answer within {} s", limit.as_secs_f64())
    } else if error.is_connect() {
        "no connection to the server".to_owned()
    } else if error.is_body() || error.is_decode() {
        "the answer was cut short".to_owned()
    } else {
        "the connection was lost before an answer came".to_owned()
    };
    Error::new(ErrorKind::Transport, message).with_source(error)
}

/// A client that users bring may unpack by itself; its failures look like those of the connection.
fn unpacking_failed(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::InvalidData) {
            return true;
        }
        cause = error.source();
    }
    false
}
