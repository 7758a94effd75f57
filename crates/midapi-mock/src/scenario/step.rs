//! One step of a scenario: its content, how long it lasts and how it is sent.

use std::time::Duration;

use hyper::header::{self, HeaderName, HeaderValue};
use serde_json::Value;

use crate::media::FileKind;
use crate::response::task_data::TaskEdit;

/// A response to one or more requests in a row.
///
/// Create a step with a function of this crate ([`success`](crate::success()), [`status`](crate::status()), …) and
/// change it with the methods here. A step lasts for one request unless [`times`](Step::times) or
/// [`for_duration`](Step::for_duration) is set. The last step of a scenario repeats without end.
///
/// [`MockBuilder::start`](crate::MockBuilder::start) rejects invalid steps, such as a header with a line break. A
/// running server sends HTTP 500 with the reason in place of an invalid step.
///
/// ```
/// use midapi_mock::{MockServer, raw, status, success};
/// use std::time::Duration;
///
/// let limited = status(429).retry_after("1.5").times(2);
/// let slow = success().delay(Duration::from_millis(200));
/// let truncated = success().truncate_after(40).header("x-test", "yes");
/// let bad_gateway = raw("{}").http_status(502);
/// let server = MockServer::builder().task("cat", limited.then(slow).then(truncated).then(bad_gateway)).start()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Step {
    pub(crate) content: StepContent,
    pub(crate) limit: StepLimit,
    pub(crate) delay: Duration,
    pub(crate) http_status: Option<u16>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) truncate_after: Option<u64>,
    pub(crate) byte_interval: Option<Duration>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) gzip: bool,
    pub(crate) end_after: Option<u64>,
    pub(crate) removed_headers: Vec<String>,
    pub(crate) params: Option<Value>,
    pub(crate) result_urls: Option<Vec<String>>,
}

impl Step {
    pub(crate) fn new(content: StepContent) -> Self {
        Self {
            content,
            limit: StepLimit::Requests(1),
            delay: Duration::ZERO,
            http_status: None,
            headers: Vec::new(),
            truncate_after: None,
            byte_interval: None,
            content_encoding: None,
            gzip: false,
            end_after: None,
            removed_headers: Vec::new(),
            params: None,
            result_urls: None,
        }
    }

    /// Sets the number of requests that get this response. Defaults to 1; 0 skips the step. Replaces
    /// [`for_duration`](Step::for_duration).
    pub fn times(mut self, count: usize) -> Self {
        self.limit = StepLimit::Requests(count);
        self
    }

    /// Repeats this step until `duration` has passed since its first request. Replaces [`times`](Step::times).
    pub fn for_duration(mut self, duration: Duration) -> Self {
        self.limit = StepLimit::Duration(duration);
        self
    }

    /// Sets the delay before the response. Defaults to 0 s.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sets the HTTP status, 200 to 999. The body does not change.
    pub fn http_status(mut self, status: u16) -> Self {
        self.http_status = Some(status);
        self
    }

    /// Adds a header. The first header of a name replaces the server's own header, such as `content-type`.
    ///
    /// `content-length` and `transfer-encoding` cannot be set; use [`truncate_after`](Step::truncate_after) for a body
    /// that is shorter than its `content-length`, and [`remove_header`](Step::remove_header) for a chunked body.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a `Retry-After` header. The value may be seconds, fractions of seconds, a date or invalid text.
    pub fn retry_after(self, value: impl Into<String>) -> Self {
        self.header(header::RETRY_AFTER.as_str(), value)
    }

    /// Closes the connection after `bytes` bytes of the body. The `content-length` is that of the whole body.
    ///
    /// `bytes` is a number of bytes after compression. Has no effect on a body of at most `bytes` bytes.
    pub fn truncate_after(mut self, bytes: usize) -> Self {
        self.truncate_after = Some(bytes as u64);
        self
    }

    /// Sends the body one byte at a time, with this interval between bytes.
    pub fn byte_interval(mut self, interval: Duration) -> Self {
        self.byte_interval = Some(interval);
        self
    }

    /// Sets the `Content-Encoding` header and sends the body unchanged.
    ///
    /// Use it for encoded bytes in [`raw`](crate::raw()), or for a header that does not match the body.
    pub fn content_encoding(mut self, encoding: impl Into<String>) -> Self {
        self.content_encoding = Some(encoding.into());
        self
    }

    /// Compresses the body with gzip, even for clients that do not accept gzip.
    ///
    /// Has no effect on [`huge`](crate::huge()) and [`gzip_bomb`](crate::gzip_bomb()).
    pub fn gzip(mut self) -> Self {
        self.gzip = true;
        self
    }

    /// Ends the body after `bytes` bytes, as if it were complete: `content-length` is the number of bytes sent.
    ///
    /// Without `content-length` (see [`remove_header`](Step::remove_header)), the chunked body ends without an error.
    /// `bytes` is a number of bytes after compression. Has no effect on a body of at most `bytes` bytes.
    pub fn end_after(mut self, bytes: usize) -> Self {
        self.end_after = Some(bytes as u64);
        self
    }

    /// Removes a header that the server would send.
    ///
    /// | header | effect |
    /// |---|---|
    /// | `accept-ranges` | the server ignores `Range` and sends the whole [`file`](crate::file()) |
    /// | `content-length` | the body is chunked |
    /// | `content-type`, `etag` | the header is missing |
    pub fn remove_header(mut self, name: impl Into<String>) -> Self {
        self.removed_headers.push(name.into());
        self
    }

    /// Sets the parameters of a generated task: the object in its `paramJson`.
    ///
    /// ```
    /// let cat = midapi_mock::success().params(serde_json::json!({ "prompt": "A cat", "speed": "fast" }));
    /// ```
    pub fn params(mut self, params: Value) -> Self {
        self.params = Some(params);
        self
    }

    /// Sets the result URLs of a [`success`](crate::success()). A URL that starts with `/` is relative to the
    /// [`base_url`](crate::MockServer::base_url).
    ///
    /// Defaults to `/m/<id>_0_<n>.jpeg` with `n` from 0 to 3. The server also has a file at each of these paths with
    /// the extension of any other [`FileKind`].
    ///
    /// ```
    /// use midapi_mock::success;
    /// let one_of_two = success().result_urls(["/m/cat_0_0.png"]).then(success().result_urls(["/m/a.png", "/m/b.mp4"]));
    /// ```
    pub fn result_urls(mut self, urls: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.result_urls = Some(urls.into_iter().map(Into::into).collect());
        self
    }

    /// Checks that the step can be sent.
    pub(crate) fn validate(&self) -> Result<(), String> {
        if let Some(status) = self.http_status
            && !(200..=999).contains(&status)
        {
            return Err(format!("invalid HTTP status {status} (expected 200 to 999)"));
        }
        if self.params.is_some() && !matches!(self.content, StepContent::Task { .. }) {
            return Err("`params` can only be set if the mock server generates the task in the response".into());
        }
        if self.result_urls.is_some() && !matches!(self.content, StepContent::Task { flag: 1, .. }) {
            return Err("`result_urls` requires a successful task".into());
        }
        if let Some(name) = self.removed_headers.iter().find(|name| HeaderName::from_bytes(name.as_bytes()).is_err()) {
            return Err(format!("invalid header name {name:?}"));
        }
        let encoding = self.content_encoding.iter().map(|value| (header::CONTENT_ENCODING.as_str(), value.as_str()));
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        headers.chain(encoding).try_for_each(|(name, value)| match HeaderName::from_bytes(name.as_bytes()) {
            Err(_) => Err(format!("invalid header name {name:?}")),
            Ok(header::CONTENT_LENGTH | header::TRANSFER_ENCODING) => {
                Err(format!("the header {name} cannot be set; use `truncate_after` or `remove_header`"))
            }
            Ok(_) if HeaderValue::from_str(value).is_err() => {
                Err(format!("invalid value {value:?} for the header {name}"))
            }
            Ok(_) => Ok(()),
        })
    }
}

/// The body of a step.
#[derive(Clone, Debug)]
pub(crate) enum StepContent {
    /// A task with this flag, generated for the requested id.
    Task { flag: i64, edit: Option<TaskEdit> },
    /// An envelope with code 200 and this `data`.
    Data(Value),
    /// An envelope with this code and message; `data` is null.
    Envelope { code: i64, msg: String },
    /// A recorded JSON body, sent byte for byte.
    Recorded(Vec<u8>),
    /// An HTML error page.
    Html,
    /// These bytes, compressed only if the step sets `gzip`.
    Raw(Vec<u8>),
    /// A generated result file with an `ETag` and support for range requests.
    File { kind: FileKind, size: usize, variant: u32 },
    /// No response: the connection is reset.
    Reset,
    /// An envelope of this many bytes, never compressed.
    Huge(u64),
    /// An envelope of this many bytes, always gzipped.
    GzipBomb(u64),
    /// An envelope with this many nested arrays.
    Nested(usize),
}

/// The number of requests, or the duration, after which the next step begins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StepLimit {
    Requests(usize),
    Duration(Duration),
}
