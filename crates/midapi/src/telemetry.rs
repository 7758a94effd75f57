//! Tracing spans of calls and requests, with the field names of OpenTelemetry.
//!
//! docs/observability.md describes the spans and their fields, which are part of the public contract.

use tracing::Span;
use tracing::field::Empty;
use url::Url;

use crate::error::Error;

/// The outcome of a call whose future or stream was dropped.
const CANCELED: &str = "canceled";

/// The span of a call for one task, or of [`Client::call`](crate::Client::call). The span ends when this value is
/// dropped.
#[derive(Debug)]
pub(crate) struct CallSpan {
    span: Span,
    is_finished: bool,
}

/// Creates the span of a call, with the fields that all calls have.
macro_rules! call_span {
    ($name:literal $(, task.id = $id:expr)?) => {
        tracing::info_span!(
            target: "midapi",
            $name,
            $(task.id = $id,)?
            attempts = Empty,
            outcome = Empty,
            error.r#type = Empty,
            otel.status_code = Empty,
        )
    };
}

impl CallSpan {
    /// The span of a `get`.
    pub(crate) fn get(id: &str) -> Self {
        Self::new(call_span!("midapi.get", task.id = id))
    }

    /// The span of a `wait`.
    pub(crate) fn wait(id: &str) -> Self {
        Self::new(call_span!("midapi.wait", task.id = id))
    }

    /// The span of a `call`.
    pub(crate) fn call() -> Self {
        Self::new(call_span!("midapi.call"))
    }

    fn new(span: Span) -> Self {
        Self { span, is_finished: false }
    }

    pub(crate) const fn span(&self) -> &Span {
        &self.span
    }

    /// Records the end of a call that succeeded.
    pub(crate) fn succeed(&mut self, attempts: u32, outcome: &str) {
        self.is_finished = true;
        self.span.record("attempts", attempts).record("outcome", outcome);
    }

    /// Records the end of a call that failed.
    pub(crate) fn fail(&mut self, error: &Error) {
        self.succeed(error.attempts(), error.kind().as_str());
        record_error(&self.span, error);
    }
}

impl Drop for CallSpan {
    fn drop(&mut self) {
        if !self.is_finished {
            self.span.record("outcome", CANCELED);
        }
    }
}

/// The span of a batch. The span ends when this value is dropped.
#[derive(Debug)]
pub(crate) struct BatchSpan {
    span: Span,
    requests: u64,
    results: u64,
    failures: u64,
    outcome: &'static str,
}

/// Creates the span of a batch, with the fields that all batches have.
macro_rules! batch_span {
    ($name:literal) => {
        tracing::info_span!(
            target: "midapi",
            $name,
            attempts = Empty,
            results = Empty,
            failures = Empty,
            outcome = Empty,
        )
    };
}

impl BatchSpan {
    /// The span of a `get_all`.
    pub(crate) fn get_all() -> Self {
        Self::new(batch_span!("midapi.get_all"))
    }

    /// The span of a `wait_all`.
    pub(crate) fn wait_all() -> Self {
        Self::new(batch_span!("midapi.wait_all"))
    }

    fn new(span: Span) -> Self {
        Self { span, requests: 0, results: 0, failures: 0, outcome: CANCELED }
    }

    pub(crate) const fn span(&self) -> &Span {
        &self.span
    }

    /// Counts a request.
    pub(crate) fn count_request(&mut self) {
        self.requests += 1;
    }

    /// Counts the result for one id.
    pub(crate) fn count_result(&mut self, is_failure: bool) {
        self.results += 1;
        self.failures += u64::from(is_failure);
    }

    /// Sets the outcome `finished`: every id has a result.
    pub(crate) fn finish(&mut self) {
        self.outcome = "finished";
    }

    /// Sets the outcome `stopped`: a failure ended the batch early.
    pub(crate) fn stop(&mut self) {
        self.outcome = "stopped";
    }
}

impl Drop for BatchSpan {
    fn drop(&mut self) {
        let Self { span, requests, results, failures, outcome } = self;
        span.record("attempts", *requests).record("results", *results).record("failures", *failures);
        span.record("outcome", *outcome);
    }
}

/// The span of one request: a client span as defined by OpenTelemetry's semantic conventions for HTTP.
///
/// The URL is recorded without its query, because the query of a [`Client::call`](crate::Client::call) may contain
/// secrets.
pub(crate) fn request_span(request: &reqwest::Request, task_id: Option<&str>, resend_count: u32) -> Span {
    let (method, url) = (request.method().as_str(), request.url());
    tracing::info_span!(
        target: "midapi",
        "midapi.request",
        otel.name = method,
        otel.kind = "client",
        otel.status_code = Empty,
        task.id = task_id,
        http.request.method = method,
        http.request.resend_count = (resend_count > 0).then_some(resend_count),
        http.response.status_code = Empty,
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        url.full = without_query(url),
        error.r#type = Empty,
    )
}

/// Records the failure of a call or of a request.
pub(crate) fn record_error(span: &Span, error: &Error) {
    span.record("error.type", error.kind().as_str()).record("otel.status_code", "ERROR");
}

fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.into()
}
