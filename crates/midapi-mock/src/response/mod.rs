//! Conversion of the steps of a scenario to HTTP responses.

pub(crate) mod body;
pub(crate) mod gzip;
mod range;
pub(crate) mod result_files;
pub(crate) mod task_data;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use flate2::{Compression, Crc};
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use serde::Serialize;

use crate::media::FileKind;
use crate::response::body::{Body, Content};
use crate::response::gzip::{accepts_gzip, compress};
use crate::response::range::{Selection, select_range};
use crate::response::task_data::{RenderContext, TaskData};
use crate::scenario::step::{Step, StepContent};
use crate::server::active_requests::ActiveRequest;
use crate::server::connection::ConnectionFault;

const BYTES: HeaderValue = HeaderValue::from_static("bytes");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=UTF-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// The documented response body for a request without a valid key or content type. It has no `data` member.
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
    is_length_hidden: bool,
    end_after: Option<u64>,
    truncate_after: Option<u64>,
    byte_interval: Option<Duration>,
}

enum PreparedBody {
    /// A body that is gzipped for clients that accept gzip. The second field caches the gzipped body.
    Compressible(Bytes, OnceLock<Option<Bytes>>),
    /// Bytes that are sent unchanged: all of them, or the range that the request selects.
    Plain(Bytes),
    /// Content that is generated while it is sent.
    Streamed(Content),
}

impl PreparedResponse {
    /// Creates the response to a request without a valid key or content type.
    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, JSON, PreparedBody::compressible(UNAUTHORIZED))
    }

    /// Creates the response for a result file, with an `ETag` that is computed from its bytes.
    pub(crate) fn file(kind: FileKind, size: usize, variant: u32) -> Self {
        let bytes = kind.bytes(size, variant);
        let mut crc = Crc::new();
        crc.update(&bytes);
        let tag = HeaderValue::from_str(&format!("\"{:08x}-{:x}\"", crc.sum(), bytes.len()));
        let content_type = HeaderValue::from_static(kind.content_type());
        let mut response = Self::new(StatusCode::OK, content_type, PreparedBody::Plain(bytes.into()));
        response.headers.insert(header::ACCEPT_RANGES, BYTES);
        response.headers.extend(tag.map(|tag| (header::ETAG, tag)));
        response
    }

    /// Builds the response to one request.
    pub(crate) fn build(
        &self,
        request: &Parts,
        gzip: bool,
        fault: &Arc<ConnectionFault>,
        active: ActiveRequest,
    ) -> Response<Body> {
        let (mut status, mut headers) = (self.status, self.headers.clone());
        let content = match &self.body {
            PreparedBody::Streamed(content) => content.clone(),
            PreparedBody::Plain(bytes) => self.select_content(bytes, request, &mut status, &mut headers),
            PreparedBody::Compressible(bytes, gzipped) => {
                let compress = || compress(bytes, Compression::fast()).ok();
                let is_accepted = gzip && accepts_gzip(&request.headers);
                match is_accepted.then(|| gzipped.get_or_init(compress).clone()).flatten() {
                    Some(gzipped) => {
                        headers.insert(header::CONTENT_ENCODING, GZIP);
                        gzipped.into()
                    }
                    None => bytes.clone().into(),
                }
            }
        };
        let body = Body::new(content, active)
            .end_after(self.end_after)
            .hide_length(self.is_length_hidden)
            .truncate_after(self.truncate_after, fault)
            .byte_interval(self.byte_interval);
        let mut response = Response::new(body);
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        response
    }

    /// Selects the range in the `Range` header of a request, if the response has `Accept-Ranges`.
    fn select_content(
        &self,
        bytes: &Bytes,
        request: &Parts,
        status: &mut StatusCode,
        headers: &mut HeaderMap,
    ) -> Content {
        let has_ranges = self.status == StatusCode::OK && headers.get(header::ACCEPT_RANGES) == Some(&BYTES);
        if !has_ranges || request.method != Method::GET {
            return bytes.clone().into();
        }
        let length = bytes.len();
        let (part, content_range) = match select_range(&request.headers, headers, length) {
            Selection::Whole => return bytes.clone().into(),
            Selection::Unsatisfiable => {
                *status = StatusCode::RANGE_NOT_SATISFIABLE;
                (Bytes::new(), format!("bytes */{length}"))
            }
            Selection::Part(range) => {
                *status = StatusCode::PARTIAL_CONTENT;
                (bytes.slice(range.clone()), format!("bytes {}-{}/{length}", range.start, range.end - 1))
            }
        };
        headers.extend(HeaderValue::from_str(&content_range).map(|value| (header::CONTENT_RANGE, value)));
        part.into()
    }

    fn new(status: StatusCode, content_type: HeaderValue, body: PreparedBody) -> Self {
        Self {
            delay: Duration::ZERO,
            reset: false,
            status,
            headers: HeaderMap::from_iter([(header::CONTENT_TYPE, content_type)]),
            body,
            is_length_hidden: false,
            end_after: None,
            truncate_after: None,
            byte_interval: None,
        }
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.body {
            PreparedBody::Compressible(bytes, _) | PreparedBody::Plain(bytes) => bytes,
            PreparedBody::Streamed(_) => &[],
        }
    }
}

impl PreparedBody {
    fn compressible(body: impl Into<Bytes>) -> Self {
        Self::Compressible(body.into(), OnceLock::new())
    }
}

/// Prepares the response of a step. An invalid step becomes HTTP 500 with the reason.
pub(crate) fn render_step(step: &Step, context: &RenderContext<'_>) -> PreparedResponse {
    if let Err(error) = step.validate() {
        let body = envelope(500, &format!("midapi-mock cannot send this step: {error}"), ());
        return PreparedResponse::new(StatusCode::INTERNAL_SERVER_ERROR, JSON, body);
    }
    let status = step.http_status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let mut response = match step.content {
        StepContent::File { kind, size, variant } => {
            PreparedResponse { status, ..PreparedResponse::file(kind, size, variant) }
        }
        StepContent::Html => PreparedResponse::new(status, HTML, render_body(step, status, context)),
        _ => PreparedResponse::new(status, JSON, render_body(step, status, context)),
    };
    if matches!(step.content, StepContent::GzipBomb(_)) {
        response.headers.insert(header::CONTENT_ENCODING, GZIP);
    }
    if step.gzip
        && let PreparedBody::Compressible(bytes, _) | PreparedBody::Plain(bytes) = &response.body
    {
        response.body = PreparedBody::Plain(compress(bytes, Compression::fast()).unwrap_or_default());
        response.headers.insert(header::CONTENT_ENCODING, GZIP);
        response.headers.remove(header::ACCEPT_RANGES);
    }
    if let Some(encoding) = step.content_encoding.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
        response.headers.insert(header::CONTENT_ENCODING, encoding);
        if let PreparedBody::Compressible(bytes, _) = response.body {
            response.body = PreparedBody::Plain(bytes);
        }
    }
    add_headers(&mut response.headers, &step.headers);
    for name in &step.removed_headers {
        response.headers.remove(name);
    }
    let is_length = |name: &String| name.eq_ignore_ascii_case(header::CONTENT_LENGTH.as_str());
    PreparedResponse {
        delay: step.delay,
        reset: matches!(step.content, StepContent::Reset),
        is_length_hidden: step.removed_headers.iter().any(is_length),
        end_after: step.end_after,
        truncate_after: step.truncate_after,
        byte_interval: step.byte_interval,
        ..response
    }
}

fn render_body(step: &Step, status: StatusCode, request: &RenderContext<'_>) -> PreparedBody {
    match &step.content {
        StepContent::Task { flag, edit } => {
            let mut task = TaskData::new(*flag, request);
            if let Some(params) = &step.params {
                task.param_json = params.to_string().into();
            }
            if let Some(urls) = &step.result_urls {
                task.set_result_urls(urls.iter().map(|url| request.absolute_url(url)));
            }
            if let Some(edit) = edit {
                edit(&mut task, request);
            }
            envelope(200, "success", task)
        }
        StepContent::Data(data) => envelope(200, "success", data),
        StepContent::Envelope { code, msg } => envelope(*code, msg, ()),
        StepContent::Recorded(body) => PreparedBody::compressible(body.clone()),
        StepContent::Html => PreparedBody::compressible(html_page(status)),
        StepContent::Raw(body) => PreparedBody::Plain(body.clone().into()),
        StepContent::File { kind, size, variant } => PreparedBody::Plain(kind.bytes(*size, *variant).into()),
        StepContent::Reset => PreparedBody::Plain(Bytes::new()),
        StepContent::Huge(size) => PreparedBody::Streamed(Content::new(large_envelope(*size))),
        StepContent::GzipBomb(size) => {
            // Each segment is a gzip member of its own: a repeated segment is compressed once.
            let members = large_envelope(*size)
                .into_iter()
                .map(|(bytes, repeats)| (compress(&bytes, Compression::best()).unwrap_or_default(), repeats));
            PreparedBody::Streamed(Content::new(members))
        }
        StepContent::Nested(depth) => {
            let (open, close) = ("[".repeat(*depth), "]".repeat(*depth));
            PreparedBody::compressible(format!(
                r#"{{"code":200,"msg":"success","data":{{"taskId":"nested","successFlag":1,"nested":{open}{close}}}}}"#
            ))
        }
    }
}

/// Adds headers. The first header of a name replaces the server's own header. Later headers of that name are appended.
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
