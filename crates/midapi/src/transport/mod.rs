//! One request and its answer, within the limits of a client.

pub(crate) mod raw_response;

use std::error::Error as StdError;
use std::fmt::Debug;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use midapi_client::operations::GET_RECORD_INFO;
use midapi_client::{Carry, Courier};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use reqwest::{Method, Request, Response, StatusCode};
use url::Url;

use crate::client::base_url::BaseUrl;
use crate::error::{Error, ErrorKind};
use crate::response::classify::Body;
use crate::transport::raw_response::RawResponse;

/// The answer to come of a [`Transport`]; an error says in words why none came.
pub type TransportFuture = Pin<Box<dyn Future<Output = Result<RawResponse, String>> + Send>>;

/// Takes look-ups to a server: HTTP, unless a client is told otherwise.
///
/// For simulations and tests without a socket: what it answers goes through the same judgement as what a server answers.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use midapi::{RawResponse, TransportFuture, Client, Status, Transport};
///
/// /// A server where every task is done.
/// #[derive(Debug)]
/// struct AllDone;
///
/// impl Transport for AllDone {
///     fn look_up(&self, _id: &str, _limit: Duration) -> TransportFuture {
///         let answer = RawResponse::new(200, r#"{"code":200,"data":{"successFlag":1}}"#);
///         Box::pin(std::future::ready(Ok(answer)))
///     }
/// }
///
/// # async fn example() -> Result<(), midapi::Error> {
/// let client = Client::builder().api_key("made-up").transport(AllDone).build()?;
/// assert_eq!(client.get("any").await?.status(), Status::Success);
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
/// ```
pub trait Transport: Debug + Send + Sync + 'static {
    /// Asks for a task, once. `limit` is the time for it, which the transport has to keep by itself.
    fn look_up(&self, id: &str, limit: Duration) -> TransportFuture;
}

/// How a client sends.
#[derive(Debug)]
pub(crate) enum Sender {
    Http(Wire),
    Own(Box<dyn Transport>),
}

impl Sender {
    /// Asks for one task, once. `limit` is the time for everything from connecting to the last byte.
    pub(crate) async fn look_up(&self, id: &str, limit: Duration) -> Result<Received, Error> {
        match self {
            Self::Http(wire) => wire.look_up(id, limit).await,
            Self::Own(transport) => {
                let RawResponse { http_status, headers, body } =
                    transport.look_up(id, limit).await.map_err(|why| Error::new(ErrorKind::Transport, why))?;
                let status = StatusCode::from_u16(http_status)
                    .map_err(|_| Error::new(ErrorKind::Transport, format!("{http_status} is no HTTP status")))?;
                Ok(Received { status, headers, body: Ok(body) })
            }
        }
    }
}

/// What came of one request.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// The parameter of the look-up. If the spec comes to have another one, this does not compile: nobody would fill it.
const TASK_ID: &str = match GET_RECORD_INFO.query {
    [task_id] => task_id,
    _ => panic!("the look-up has other parameters than the task's id"),
};

/// HTTP, with the limits of a client.
#[derive(Debug)]
pub(crate) struct Wire {
    http: reqwest::Client,
    record_info: Url,
    /// Sent with every request. The key's is marked sensitive.
    headers: HeaderMap,
    max_body_bytes: usize,
}

impl Wire {
    pub(crate) fn new(http: reqwest::Client, base_url: &BaseUrl, headers: HeaderMap, max_body_bytes: usize) -> Self {
        let record_info = base_url.join(GET_RECORD_INFO.path);
        Self { http, record_info, headers, max_body_bytes }
    }

    async fn look_up(&self, id: &str, limit: Duration) -> Result<Received, Error> {
        self.received(self.sent(self.request(id), limit), limit).await
    }

    fn request(&self, id: &str) -> Request {
        let mut url = self.record_info.clone();
        url.query_pairs_mut().append_pair(TASK_ID, id);
        let mut request = Request::new(Method::GET, url);
        *request.headers_mut() = self.headers.clone();
        request
    }

    /// Any request of the generated client, with the headers of this one. Those that it says nothing of stay, but for the version
    /// of the API, which the generator adds.
    pub(crate) async fn exchange(&self, mut request: Request, limit: Duration) -> Result<Received, Error> {
        let headers = request.headers_mut();
        headers.remove("api-version");
        // A body that is no JSON says so itself.
        let of_body = headers.get(CONTENT_TYPE).cloned();
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        if let Some(of_body) = of_body {
            headers.insert(CONTENT_TYPE, of_body);
        }
        self.received(self.sent(request, limit), limit).await
    }

    /// The generated client, which builds requests with this one's HTTP client and has them carried by somebody else.
    pub(crate) fn generated(&self, base_url: &BaseUrl, carry: Arc<dyn Carry>) -> midapi_client::Client {
        midapi_client::Client::new_with_client(base_url.as_str(), self.http.clone(), Courier::new(carry))
    }

    /// Not async: the future of each caller would have room for the request, once more at each level, and a look-up's future is
    /// allocated and moved.
    fn sent(&self, mut request: Request, limit: Duration) -> impl Future<Output = reqwest::Result<Response>> + use<> {
        *request.timeout_mut() = Some(limit);
        self.http.execute(request)
    }

    async fn received(
        &self,
        sent: impl Future<Output = reqwest::Result<Response>>,
        limit: Duration,
    ) -> Result<Received, Error> {
        let mut response = sent.await.map_err(|error| no_answer(error, limit))?;
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
        let mut unpacked = MultiGzDecoder::new(&*raw).take((cap as u64).saturating_add(1));
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
        no_connection(&error).to_owned()
    } else if error.is_body() || error.is_decode() {
        "the answer was cut short".to_owned()
    } else {
        "the connection was lost before an answer came".to_owned()
    };
    Error::new(ErrorKind::Transport, message).with_source(error)
}

/// Why there is no connection, as far as the libraries tell: TLS and proxies say it in words only.
fn no_connection(error: &reqwest::Error) -> &'static str {
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string().to_ascii_lowercase();
        if words.contains("not valid for name") || words.contains("hostname mismatch") {
            return "the server's certificate is for another name; nothing was sent";
        }
        if words.contains("certificate") {
            return "the server's certificate is not trusted; nothing was sent (MIDAPI_CA_FILE names a private CA)";
        }
        if words.contains("tunnel") {
            return "the proxy makes no connection to the server";
        }
        cause = error.source();
    }
    "no connection to the server"
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
