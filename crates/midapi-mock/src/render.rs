//! A step made ready to be sent.

use crate::body::{Body, Content};
use crate::gzip;
use crate::step::{Answer, Step};
use crate::task::{RenderContext, TaskData};
use crate::wire::ConnectionFault;
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=UTF-8");

/// What the real service says when the key or the content type is missing: the envelope has no `data` there.
const NO_ACCESS: &str = r#"{"code":401,"msg":"You do not have access permissions"}"#;

/// An answer that can be sent any number of times.
pub(crate) struct Rendered {
    pub(crate) delay: Duration,
    pub(crate) reset: bool,
    status: StatusCode,
    headers: HeaderMap,
    content: Content,
    truncate_after: Option<u64>,
    byte_interval: Option<Duration>,
    /// Whether the server may compress it; made when the first client asks for it.
    compressible: bool,
    gzip: OnceLock<Option<Bytes>>,
}

impl Rendered {
    /// The answer for one request.
    pub(crate) fn response(&self, gzip: bool, fate: &Arc<ConnectionFault>) -> Response<Body> {
        let packed = if gzip && self.compressible { self.packed() } else { None };
        let encoding = packed.is_some();
        let content = packed.map_or_else(|| self.content.clone(), Content::Whole);
        let mut response = Response::new(
            Body::new(content).truncate_after(self.truncate_after, fate).byte_interval(self.byte_interval),
        );
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        if encoding {
            response.headers_mut().insert(header::CONTENT_ENCODING, GZIP);
        }
        response
    }

    fn packed(&self) -> Option<Bytes> {
        let Content::Whole(bytes) = &self.content else { return None };
        self.gzip.get_or_init(|| gzip::gzip(bytes).map(Bytes::from)).clone()
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> &[u8] {
        let Content::Whole(bytes) = &self.content else { return &[] };
        bytes
    }

    fn new(status: StatusCode, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        Self {
            delay: Duration::ZERO,
            reset: false,
            status,
            headers: HeaderMap::from_iter([(header::CONTENT_TYPE, content_type)]),
            content: Content::Whole(body.into()),
            truncate_after: None,
            byte_interval: None,
            compressible: true,
            gzip: OnceLock::new(),
        }
    }

    /// The answer to a request without a good key or content type.
    pub(crate) fn no_access() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, JSON, NO_ACCESS)
    }

    /// A picture.
    pub(crate) fn picture(jpeg: &'static [u8]) -> Self {
        Self { compressible: false, ..Self::new(StatusCode::OK, HeaderValue::from_static("image/jpeg"), jpeg) }
    }

    /// The answer of a step that cannot be sent as asked.
    fn impossible(problem: &str) -> Self {
        let msg = format!("midapi-mock cannot send this step: {problem}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, JSON, envelope(500, &msg, ()))
    }
}

const GZIP: HeaderValue = HeaderValue::from_static("gzip");

/// Makes a step ready for one look.
pub(crate) fn render(step: &Step, at: &RenderContext<'_>) -> Rendered {
    if let Some(problem) = step.problem() {
        return Rendered::impossible(&problem);
    }
    let status = step.http_status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let mut made = Rendered::new(status, JSON, Bytes::new());
    match &step.answer {
        Answer::Task { flag, shape } => {
            let mut task = TaskData::new(*flag, at);
            if let Some(shape) = shape {
                shape(&mut task, at);
            }
            made.content = whole(envelope(200, "success", task));
        }
        Answer::Data(data) => made.content = whole(envelope(200, "success", data)),
        Answer::Envelope { code, msg } => made.content = whole(envelope(*code, msg, ())),
        Answer::Recorded(body) => made.content = whole(body.clone()),
        Answer::Html => {
            made.content = whole(page(status));
            made.headers.insert(header::CONTENT_TYPE, HTML);
        }
        Answer::Raw(body) => {
            made.content = whole(body.clone());
            made.compressible = false;
        }
        Answer::Reset => made.reset = true,
        Answer::Huge(size) => {
            let (head, filling, tail) = filled(*size);
            made.content = Content::Filled(Bytes::from_static(head), filling, Bytes::from_static(tail));
            made.compressible = false;
        }
        Answer::GzipBomb(size) => {
            let (head, filling, tail) = filled(*size);
            made.content = whole(gzip::bomb(head, filling, tail).unwrap_or_default());
            made.headers.insert(header::CONTENT_ENCODING, GZIP);
            made.compressible = false;
        }
        Answer::Nested(depth) => {
            let (open, close) = ("[".repeat(*depth), "]".repeat(*depth));
            let body = format!(
                r#"{{"code":200,"msg":"success","data":{{"taskId":"nested","successFlag":1,"nested":{open}{close}}}}}"#
            );
            made.content = whole(body);
        }
    }
    if let Some(encoding) = step.content_encoding.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
        made.headers.insert(header::CONTENT_ENCODING, encoding);
        made.compressible = false;
    }
    add_headers(&mut made.headers, &step.headers);
    Rendered { delay: step.delay, truncate_after: step.truncate_after, byte_interval: step.byte_interval, ..made }
}

/// The first header of a name takes the place of the server's own, further ones are added to it.
fn add_headers(headers: &mut HeaderMap, own: &[(String, String)]) {
    let mut replaced: Vec<HeaderName> = Vec::new();
    for (name, value) in own {
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) else {
            continue;
        };
        if replaced.contains(&name) {
            headers.append(name, value);
        } else {
            headers.insert(name.clone(), value);
            replaced.push(name);
        }
    }
}

fn whole(body: impl Into<Bytes>) -> Content {
    Content::Whole(body.into())
}

/// An envelope; `()` as `data` is null.
fn envelope(code: i64, msg: &str, data: impl Serialize) -> Vec<u8> {
    #[derive(Serialize)]
    struct Envelope<'a, D> {
        code: i64,
        msg: &'a str,
        data: D,
    }
    // Only maps with keys that are not text cannot be written, and there are none.
    serde_json::to_vec(&Envelope { code, msg, data }).unwrap_or_default()
}

/// An envelope of this size, as head, bytes of filling, and tail.
fn filled(size: u64) -> (&'static [u8], u64, &'static [u8]) {
    let head = br#"{"code":200,"msg":"success","data":{"taskId":"huge","successFlag":1,"paramJson":""#;
    let tail = br#""}}"#;
    (head, size.saturating_sub((head.len() + tail.len()) as u64), tail)
}

fn page(status: StatusCode) -> String {
    let number = status.as_u16();
    let reason = status.canonical_reason().unwrap_or("Something went wrong");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>{number}: {reason}</title></head>\n<body>\n<h1>{reason} <small>Error \
         {number}</small></h1>\n<p>The gateway is working, the server behind it did not give an answer. Please try again in a few \
         minutes.</p>\n<hr>\n<p>A page of the local server, in place of one by Cloudflare.</p>\n</body>\n</html>\n"
    )
}
