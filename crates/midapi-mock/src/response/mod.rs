//! Responses: a step of a scenario becomes an HTTP response.

pub(crate) mod body;
pub(crate) mod gzip;
pub(crate) mod result_files;
pub(crate) mod task_data;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use flate2::Compression;
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;

use crate::response::body::{Body, Content};
use crate::response::gzip::compress;
use crate::response::task_data::{RenderContext, TaskData};
use crate::scenario::step::{Step, StepContent};
use crate::server::connection::ConnectionFault;

const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=UTF-8");
const JPEG: HeaderValue = HeaderValue::from_static("image/jpeg");
const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// The documented body of a request without a valid key or content type. It has no `data` member.
const UNAUTHORIZED: &str = r#"{"code":401,"msg":"You do not have access permissions"}"#;

/// The repeated text of large bodies.
const FILLER: &[u8] = &[b'a'; 64 * 1024];

/// A response that can be sent any number of times.
pub(crate) struct PreparedResponse {
    pub(crate) delay: Duration,
    pub(crate) reset: bool,
    status: StatusCode,
    headers: HeaderMap,
    body: PreparedBody,
    truncate_after: Option<u64>,
    byte_interval: Option<Duration>,
}

enum PreparedBody {
    /// A body that is gzipped for clients that accept it; the second field caches the result.
    Compressible(Bytes, OnceLock<Option<Bytes>>),
    /// A body that is sent as it is.
    Fixed(Content),
}

impl PreparedResponse {
    /// Creates the response to a request without a valid key or content type.
    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, JSON, PreparedBody::compressible(UNAUTHORIZED))
    }

    /// Creates the response of a result file.
    pub(crate) fn jpeg(file: &'static [u8]) -> Self {
        Self::new(StatusCode::OK, JPEG, PreparedBody::fixed(file))
    }

    /// Builds the response to one request.
    pub(crate) fn build(&self, accepts_gzip: bool, fault: &Arc<ConnectionFault>) -> Response<Body> {
        let (content, is_gzipped) = match &self.body {
            PreparedBody::Fixed(content) => (content.clone(), false),
            PreparedBody::Compressible(bytes, gzipped) => {
                let compress = || compress(bytes, Compression::fast()).ok();
                match accepts_gzip.then(|| gzipped.get_or_init(compress).clone()).flatten() {
                    Some(gzipped) => (gzipped.into(), true),
                    None => (bytes.clone().into(), false),
                }
            }
        };
        let body = Body::new(content).truncate_after(self.truncate_after, fault).byte_interval(self.byte_interval);
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        if is_gzipped {
            response.headers_mut().insert(header::CONTENT_ENCODING, GZIP);
        }
        response
    }

    fn new(status: StatusCode, content_type: HeaderValue, body: PreparedBody) -> Self {
        Self {
            delay: Duration::ZERO,
            reset: false,
            status,
            headers: HeaderMap::from_iter([(header::CONTENT_TYPE, content_type)]),
            body,
            truncate_after: None,
            byte_interval: None,
        }
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.body {
            PreparedBody::Compressible(bytes, _) => bytes,
            PreparedBody::Fixed(_) => &[],
        }
    }
}

impl PreparedBody {
    fn compressible(body: impl Into<Bytes>) -> Self {
        Self::Compressible(body.into(), OnceLock::new())
    }

    fn fixed(body: impl Into<Content>) -> Self {
        Self::Fixed(body.into())
    }
}

/// Prepares the response of a step. An invalid step becomes HTTP 500 with the reason.
pub(crate) fn render_step(step: &Step, context: &RenderContext<'_>) -> PreparedResponse {
    if let Err(error) = step.validate() {
        let body = envelope(500, &format!("midapi-mock cannot send this step: {error}"), ());
        return PreparedResponse::new(StatusCode::INTERNAL_SERVER_ERROR, JSON, body);
    }
    let status = step.http_status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let content_type = if matches!(step.content, StepContent::Html) { HTML } else { JSON };
    let mut response = PreparedResponse::new(status, content_type, render_body(&step.content, status, context));
    if matches!(step.content, StepContent::GzipBomb(_)) {
        response.headers.insert(header::CONTENT_ENCODING, GZIP);
    }
    if let Some(encoding) = step.content_encoding.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
        response.headers.insert(header::CONTENT_ENCODING, encoding);
        if let PreparedBody::Compressible(bytes, _) = response.body {
            response.body = PreparedBody::fixed(bytes);
        }
    }
    add_headers(&mut response.headers, &step.headers);
    PreparedResponse {
        delay: step.delay,
        reset: matches!(step.content, StepContent::Reset),
        truncate_after: step.truncate_after,
        byte_interval: step.byte_interval,
        ..response
    }
}

fn render_body(content: &StepContent, status: StatusCode, request: &RenderContext<'_>) -> PreparedBody {
    match content {
        StepContent::Task { flag, edit } => {
            let mut task = TaskData::new(*flag, request);
            if let Some(edit) = edit {
                edit(&mut task, request);
            }
            envelope(200, "success", task)
        }
        StepContent::Data(data) => envelope(200, "success", data),
        StepContent::Envelope { code, msg } => envelope(*code, msg, ()),
        StepContent::Recorded(body) => PreparedBody::compressible(body.clone()),
        StepContent::Html => PreparedBody::compressible(html_page(status)),
        StepContent::Raw(body) => PreparedBody::fixed(body.clone()),
        StepContent::Reset => PreparedBody::fixed(Bytes::new()),
        StepContent::Huge(size) => PreparedBody::Fixed(Content::new(large_envelope(*size))),
        StepContent::GzipBomb(size) => {
            // Each segment is a gzip member of its own: a repeated segment is compressed once.
            let members = large_envelope(*size)
                .into_iter()
                .map(|(bytes, repeats)| (compress(&bytes, Compression::best()).unwrap_or_default(), repeats));
            PreparedBody::Fixed(Content::new(members))
        }
        StepContent::Nested(depth) => {
            let (open, close) = ("[".repeat(*depth), "]".repeat(*depth));
            PreparedBody::compressible(format!(
                r#"{{"code":200,"msg":"success","data":{{"taskId":"nested","successFlag":1,"nested":{open}{close}}}}}"#
            ))
        }
    }
}

/// Adds headers. The first one of a name replaces the server's own, later ones are appended.
fn add_headers(headers: &mut HeaderMap, step_headers: &[(String, String)]) {
    let mut replaced: Vec<HeaderName> = Vec::new();
    for (name, value) in step_headers {
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

/// Serializes an envelope. `()` as `data` is null.
fn envelope(code: i64, msg: &str, data: impl Serialize) -> PreparedBody {
    #[derive(Serialize)]
    struct Envelope<'a, D> {
        code: i64,
        msg: &'a str,
        data: D,
    }
    // Serialization fails only for maps with keys that are not strings, which do not occur.
    PreparedBody::compressible(serde_json::to_vec(&Envelope { code, msg, data }).unwrap_or_default())
}

/// Returns an envelope of `size` bytes as segments with repeat counts.
fn large_envelope(size: u64) -> [(Bytes, u64); 4] {
    const HEAD: &[u8] = br#"{"code":200,"msg":"success","data":{"taskId":"huge","successFlag":1,"paramJson":""#;
    const TAIL: &[u8] = br#""}}"#;
    let text = size.saturating_sub((HEAD.len() + TAIL.len()) as u64);
    let (filler, block) = (Bytes::from_static(FILLER), FILLER.len() as u64);
    let rest = filler.slice(..usize::try_from(text % block).unwrap_or_default());
    [(Bytes::from_static(HEAD), 1), (filler, text / block), (rest, 1), (Bytes::from_static(TAIL), 1)]
}

fn html_page(status: StatusCode) -> String {
    let number = status.as_u16();
    let reason = status.canonical_reason().unwrap_or("Unknown error");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>{number}: {reason}</title></head>\n<body>\n<h1>{reason} <small>Error \
         {number}</small></h1>\n<p>The gateway received no response from the server behind it. Please try again in a few \
         minutes.</p>\n<hr>\n<p>This page is served by the mock server in place of a Cloudflare error page.</p>\n</body>\n</html>\n"
    )
}
