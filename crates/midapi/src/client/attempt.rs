//! One attempt of an operation, through the generated client.
//!
//! `get`, `wait` and their batch forms make attempts of the lookup operation. [`Client::call`] makes attempts of any
//! operation.
//!
//! [`Client::call`]: crate::Client::call

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode};
use midapi_client::types::{RecordInfoResponse, TaskRecord};
use midapi_client::{Execute, ExecuteFuture, Executor, ResponseValue};
use reqwest::{Request, ResponseBuilderExt};
use tracing::{Instrument, Span};
use url::Url;

use crate::client::inner::Inner;
use crate::error::Error;
use crate::error::kind::ErrorKind;
use crate::response::classify::{Classification, classify_response};
use crate::response::envelope::{Envelope, Head};
use crate::response::rejection::Rejection;
use crate::retry::retry_after::retry_after;
use crate::task::Task;
use crate::task::id::TaskId;
use crate::telemetry;
use crate::transport::raw_response::RawResponse;
use crate::transport::received::Received;

/// The result that a method of the generated client returns.
type Decoded<T, E> = Result<ResponseValue<T>, midapi_client::Error<E>>;

/// The response of an operation.
pub(crate) struct Exchange<T> {
    received: Received,
    /// The decoded body, or the reason why the generated code could not decode it.
    decoded: Result<T, Option<String>>,
}

/// The parameters of one attempt.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// The id of the requested task, for logs and errors.
    pub(crate) task_id: Option<TaskId>,
    /// The time limit of the attempt. If the attempt timeout of the client is shorter, that timeout applies instead.
    pub(crate) limit: Duration,
    /// The number of earlier attempts of the same request.
    pub(crate) resend_count: u32,
}

impl Inner {
    /// Requests a task once.
    pub(crate) async fn lookup(
        self: &Arc<Self>,
        id: &TaskId,
        limit: Duration,
        resend_count: u32,
    ) -> Result<Task, Error> {
        let attempt = Attempt { task_id: Some(id.clone()), limit, resend_count };
        let operation = |wire: midapi_client::Client| async move { wire.get_record_info(id.as_str()).await };
        let (result, _) = self.send(attempt, operation, |exchange| self.classify_lookup(id, exchange)).await;
        result
    }

    /// Runs an operation once and classifies its response. Also returns the method of the request, if one was sent.
    pub(crate) async fn send<T, E, R, F, Fut>(
        self: &Arc<Self>,
        attempt: Attempt,
        operation: F,
        classify: impl FnOnce(Exchange<T>) -> Result<R, Error>,
    ) -> (Result<R, Error>, Option<Method>)
    where
        F: FnOnce(midapi_client::Client) -> Fut,
        Fut: Future<Output = Decoded<T, E>>,
    {
        let task_id = attempt.task_id.clone();
        let with_id = |error: Error| task_id.iter().map(TaskId::as_str).fold(error, Error::with_task_id);
        if let Err(error) = self.consume_request() {
            return (Err(with_id(error)), None);
        }
        let executor = Arc::new(AttemptExecutor { inner: Arc::clone(self), attempt, sent: Mutex::default() });
        let wire = midapi_client::Client::new_with_client(
            self.base_url.as_str(),
            self.request_builder.clone(),
            Executor::new(Arc::clone(&executor) as Arc<dyn Execute>),
        );
        let decoded = operation(wire).await;
        let sent = executor.sent.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Sent { method, span, received }) = sent else {
            return (Err(with_id(Error::new(ErrorKind::Usage, unsent_message(decoded.err())))), None);
        };
        let decoded = match decoded {
            Ok(value) => Ok(value.into_inner()),
            Err(midapi_client::Error::InvalidResponsePayload(_, error)) => Err(Some(error.to_string())),
            Err(_) => Err(None),
        };
        let result = span.in_scope(|| {
            let received = received.map_err(|error| error.map_message(|message| self.key.redact(message)));
            received.and_then(|received| classify(Exchange { received, decoded })).map_err(with_id).inspect_err(
                |error| {
                    telemetry::record_error(&span, error);
                    tracing::debug!(target: "midapi", { error.message = error.message() }, "failed");
                },
            )
        });
        self.record_result(&result);
        (result, Some(method))
    }

    /// Classifies the response of a lookup and converts its record.
    fn classify_lookup(&self, id: &TaskId, exchange: Exchange<RecordInfoResponse>) -> Result<Task, Error> {
        let Exchange { received, decoded } = exchange;
        // serde would also decode a JSON array as a struct, by the order of the fields.
        let is_object = |body: &[u8]| body.trim_ascii_start().starts_with(b"{");
        let envelope = match (decoded, &received.body) {
            (Ok(response), Ok(body)) if is_object(body) => Ok(Envelope::from_typed(response)),
            (_, Ok(body)) if body.is_empty() => Err("empty".to_owned()),
            (_, Ok(body)) => Envelope::read_lenient(body),
            (_, Err(error)) => Err(error.to_string()),
        };
        let (head, record, warnings) = match envelope {
            Ok(Envelope { head, record, warnings }) => {
                let record = record.map(|record| record.and_then(|record| self.without_key(record)));
                (Ok(head), record, warnings)
            }
            Err(why) => (Err(why), None, Vec::new()),
        };
        let head = head.as_ref().map_err(String::as_str);
        let classification = classify_response(received.status, &received.headers, &received.body, head);
        match (classification, record) {
            (None, Some(Ok(record))) => {
                let task = Task::from_record(id.to_shared(), record, warnings).with_raw(received.into_raw());
                tracing::debug!(target: "midapi", { task.status = %task.status() }, "received");
                Ok(task)
            }
            (None, Some(Err(why))) => Err(self.reject(Classification::not_the_envelope(), Err(&why), None, received)),
            (None, None) => Err(self.reject(Classification::unknown_task(), head, None, received)),
            (Some(classification), record) => {
                let task =
                    record.and_then(Result::ok).map(|record| Task::from_record(id.to_shared(), record, warnings));
                // A record without an error message or error code does not explain the rejection.
                let task = task.filter(|task| task.failure_reason().is_some());
                Err(self.reject(classification, head, task, received))
            }
        }
    }

    /// Removes the API key from the record of a failed task. The record becomes part of an error, and the server may
    /// have echoed the request in it.
    fn without_key(&self, record: TaskRecord) -> Result<TaskRecord, String> {
        if record.error_code.is_none() && record.error_message.is_none() {
            return Ok(record);
        }
        // The decoded values, because JSON escapes in the body may spell the key in many ways.
        let mut value = serde_json::to_value(record).map_err(|error| error.to_string())?;
        self.key.redact_json(&mut value);
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    /// Classifies the response of any operation.
    pub(crate) fn classify_call<T>(&self, exchange: Exchange<T>) -> Result<(T, RawResponse), Error> {
        let Exchange { received, decoded } = exchange;
        let head = match &received.body {
            Ok(body) if body.is_empty() => Err("empty".to_owned()),
            Ok(body) => Head::read(body),
            Err(error) => Err(error.to_string()),
        };
        let head = head.as_ref().map_err(String::as_str);
        let classification = classify_response(received.status, &received.headers, &received.body, head);
        match (classification, decoded) {
            // A response without an envelope is decoded as the response type of its operation.
            (None, Ok(value)) => Ok((value, received.into_raw())),
            (Some(classification), Ok(value)) if received.body.is_ok() && classification.is_about_body() => {
                Ok((value, received.into_raw()))
            }
            (None, Err(Some(why))) => {
                let why = format!("it does not match the spec ({why})");
                Err(self.reject(Classification::not_the_envelope(), Err(&why), None, received))
            }
            (None, Err(None)) => Err(self.reject(Classification::unexpected(), head, None, received)),
            (Some(classification), _) => Err(self.reject(classification, head, None, received)),
        }
    }

    fn reject(
        &self,
        classification: Classification,
        head: Result<&Head, &str>,
        task: Option<Task>,
        received: Received,
    ) -> Error {
        let retry_after = retry_after(&received.headers, || self.clock.timestamp());
        let raw = received.into_raw();
        Rejection { classification, head, task, retry_after }.into_error(raw, &self.key)
    }
}

impl Received {
    fn into_raw(self) -> RawResponse {
        RawResponse { http_status: self.status.as_u16(), headers: self.headers, body: self.body.unwrap_or_default() }
    }
}

/// The executor of one attempt. It sends the request and keeps the response, because the errors of the generated client
/// do not contain it.
struct AttemptExecutor {
    inner: Arc<Inner>,
    attempt: Attempt,
    sent: Mutex<Option<Sent>>,
}

struct Sent {
    method: Method,
    span: Span,
    received: Result<Received, Error>,
}

impl Execute for AttemptExecutor {
    fn execute(&self, mut request: Request) -> ExecuteFuture<'_> {
        Box::pin(async move {
            let Attempt { task_id, limit, resend_count } = &self.attempt;
            let (method, url) = (request.method().clone(), request.url().clone());
            let span = telemetry::request_span(&request, task_id.as_ref().map(TaskId::as_str), *resend_count);
            let mut received = match span.in_scope(|| self.add_headers(&mut request)) {
                Ok(()) => {
                    let limit = self.inner.attempt_timeout.min(*limit);
                    // Pinned in place: a future that is moved is copied.
                    let exchange = pin!(span.in_scope(|| self.inner.backend.execute(request, limit)));
                    exchange.instrument(span.clone()).await
                }
                Err(error) => Err(error),
            };
            if let Ok(received) = &received {
                span.record("http.response.status_code", received.status.as_u16());
            }
            let response = in_memory_response(&mut received, url);
            *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = Some(Sent { method, span, received });
            Ok(response)
        })
    }
}

impl AttemptExecutor {
    /// Adds the headers of the client, then calls the request hook, which may change the headers. The hook does not see
    /// the API key.
    fn add_headers(&self, request: &mut Request) -> Result<(), Error> {
        let generated = std::mem::replace(request.headers_mut(), HeaderMap::clone(&self.inner.headers));
        let headers = request.headers_mut();
        for (name, value) in &generated {
            // A body that is not JSON has its own Content-Type. `api-version` is a header that the generator adds and
            // that the API does not expect.
            if name == CONTENT_TYPE || (!headers.contains_key(name) && name != "api-version") {
                headers.insert(name, value.clone());
            }
        }
        if let Some(hook) = &self.inner.request_hook {
            hook.apply(request)?;
        }
        Ok(())
    }
}

impl fmt::Debug for AttemptExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptExecutor").finish_non_exhaustive()
    }
}

/// Creates the response that the generated code decodes. If the body is unreadable, the response is empty and has a
/// status that no spec describes, so the generated code does not decode it.
fn in_memory_response(received: &mut Result<Received, Error>, url: Url) -> reqwest::Response {
    let mut response = http::Response::builder();
    let (status, body) = match received {
        Ok(Received { status, body: Ok(body), extensions, .. }) => {
            response.extensions_mut().into_iter().for_each(|own| *own = std::mem::take(extensions));
            (*status, body.clone())
        }
        _ => (StatusCode::from_u16(599).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), bytes::Bytes::new()),
    };
    // Without this URL, reqwest would parse a default URL for each response.
    let response = response.status(status).url(url).body(body);
    response.unwrap_or_default().into()
}

fn unsent_message<E>(error: Option<midapi_client::Error<E>>) -> String {
    match error {
        Some(midapi_client::Error::InvalidRequest(why) | midapi_client::Error::Custom(why)) => {
            format!("the request cannot be built: {why}")
        }
        Some(midapi_client::Error::CommunicationError(error)) => {
            format!("the request cannot be built: {}", error.without_url())
        }
        _ => "the closure that was passed to call sent no request".to_owned(),
    }
}
