//! Any operation of the spec, called through the generated client.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use midapi_client::{Carry, Carrying, ResponseValue};
use reqwest::{Method, Request, StatusCode};

use crate::client::{self, Client};
use crate::error::{Error, ErrorKind};
use crate::response::classify as judge;
use crate::retry::held_beyond;
use crate::retry::retry_after::retry_after;
use crate::transport::raw_response::RawResponse;
use crate::transport::{Received, Sender};

/// A call to be sent; made by [`Client::call`].
///
/// # Errors
/// [`send`](Self::send) fails with the kinds of a look-up, judged by the same tables: by the HTTP status, then by the `code` of the
/// body. A body that is not what the spec says is [`ErrorKind::Decode`], and the answer is in [`Error::raw`].
///
/// # Cancel safety
/// Dropping the future ends the traffic. Whether the server has done what it was asked to is not known then.
#[must_use = "a call does nothing unless it is sent"]
pub struct Call<F> {
    client: Client,
    closure: F,
    timeout: Duration,
    retries: Option<u32>,
}

/// What a call brought.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Response<T> {
    /// The body, as the spec types it.
    pub value: T,
    /// The answer as it came.
    pub raw: RawResponse,
}

impl<F> Call<F> {
    pub(crate) fn new(client: Client, closure: F) -> Self {
        let timeout = client.0.timeout;
        Self { client, closure, timeout, retries: None }
    }

    /// The time for all attempts together. That of the client unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often a failed attempt is made again. Unless set: as often as the client retries for GET, never for anything else.
    ///
    /// A call that creates something may have done so although its answer was lost: made again it creates, and costs, twice.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.retries = Some(retries);
        self
    }

    /// Makes the call.
    ///
    /// # Errors
    /// See [`Call`]; [`ErrorKind::Usage`] if the closure sends nothing, and [`ErrorKind::Config`] for a client with a
    /// [`Transport`](crate::Transport) of its own, which answers look-ups only.
    pub async fn send<T, E>(self) -> Result<Response<T>, Error>
    where
        F: AsyncFn(&midapi_client::Client) -> Result<ResponseValue<T>, midapi_client::Error<E>>,
    {
        let shared = &self.client.0;
        let begun = shared.clock.now();
        let spent = || shared.clock.now().saturating_duration_since(begun);
        let mut attempts = 0;
        let mut last: Option<Error> = None;
        loop {
            if let Err(held) = shared.leave_to_send(shared.clock.now(), self.timeout.saturating_sub(spent())).await {
                let error = last.unwrap_or_else(|| held_beyond(held, shared.clock.now()));
                return Err(error.with_attempts(attempts, spent()));
            }
            attempts += 1;
            let limit = shared.attempt_timeout.min(self.timeout.saturating_sub(spent()));
            let (outcome, method) = self.attempt(limit).await;
            let error = match outcome {
                Ok(reply) => {
                    shared.budget.succeed();
                    return Ok(reply);
                }
                Err(error) => error.without(shared.key.expose()),
            };
            if error.kind().slows_everybody() {
                let pause = error.retry_after().unwrap_or_else(|| shared.backoff.delay(1, shared.random()));
                shared.throttle.slow_down(shared.clock.now(), pause, error.kind());
            }
            let reads = matches!(method, Some(Method::GET | Method::HEAD));
            let retries = self.retries.unwrap_or(if reads { shared.retries } else { 0 });
            let backoff = shared.backoff.delay(attempts, shared.random());
            let delay = error.retry_after().map_or(backoff, |asked| asked.max(backoff));
            let over = !error.is_retryable() || attempts > retries || spent() + delay >= self.timeout;
            if over || !shared.budget.withdraw(shared.clock.now()) {
                return Err(error.with_attempts(attempts, spent()));
            }
            last = Some(error);
            shared.clock.sleep(delay).await;
        }
    }

    /// One attempt, judged, and the method that it was made with, if anything was sent.
    async fn attempt<T, E>(&self, limit: Duration) -> (Result<Response<T>, Error>, Option<Method>)
    where
        F: AsyncFn(&midapi_client::Client) -> Result<ResponseValue<T>, midapi_client::Error<E>>,
    {
        let shared = &self.client.0;
        let Sender::Http(wire) = &*shared.sender else {
            return (Err(Error::config("a transport of your own answers look-ups only")), None);
        };
        let carrier = Arc::new(Carrier { client: self.client.clone(), limit, carried: Mutex::default() });
        let generated = wire.generated(&shared.base_url, Arc::clone(&carrier) as Arc<dyn Carry>);
        let called = (self.closure)(&generated).await;
        let kept = carrier.carried.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Carried { method, received }) = kept else {
            return (Err(Error::new(ErrorKind::Usage, unsent(called.err()))), None);
        };
        (received.and_then(|received| self.judged(received, called)), Some(method))
    }

    fn judged<T, E>(
        &self,
        received: Received,
        called: Result<ResponseValue<T>, midapi_client::Error<E>>,
    ) -> Result<Response<T>, Error> {
        let shared = &self.client.0;
        let refusal = judge::refused(received.status, &received.body);
        let asked = retry_after(&received.headers, || shared.clock.timestamp());
        let answer = RawResponse {
            http_status: received.status.as_u16(),
            headers: received.headers,
            body: received.body.unwrap_or_default(),
        };
        let undocumented =
            |kind, detail: String| judge::Refusal { kind, code: None, server_message: None, detail: Some(detail) };
        let refusal = match (refusal, called) {
            (Some(refusal), _) => refusal,
            (None, Ok(value)) => return Ok(Response { value: value.into_inner(), raw: answer }),
            (None, Err(midapi_client::Error::InvalidResponsePayload(_, error))) => {
                undocumented(ErrorKind::Decode, format!("the answer is not what the spec says ({error})"))
            }
            (None, Err(_)) => undocumented(ErrorKind::Unexpected, String::new()),
        };
        Err(client::refused(refusal, None, answer, shared.key.expose()).with_retry_after(asked))
    }
}

/// Why nothing was sent.
fn unsent<E>(error: Option<midapi_client::Error<E>>) -> String {
    match error {
        Some(midapi_client::Error::InvalidRequest(why) | midapi_client::Error::Custom(why)) => {
            format!("no request can be made of this call ({why})")
        }
        Some(midapi_client::Error::CommunicationError(error)) => {
            format!("no request can be made of this call ({})", error.without_url())
        }
        _ => "the closure of the call sent nothing".to_owned(),
    }
}

impl<F> fmt::Debug for Call<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("timeout", &self.timeout).field("retries", &self.retries).finish_non_exhaustive()
    }
}

/// Takes the request of one attempt to the server, and keeps the answer: the generated client's errors have no room for it.
struct Carrier {
    client: Client,
    limit: Duration,
    carried: Mutex<Option<Carried>>,
}

struct Carried {
    method: Method,
    received: Result<Received, Error>,
}

impl Carry for Carrier {
    fn carry(&self, request: Request) -> Carrying<'_> {
        Box::pin(async move {
            let method = request.method().clone();
            let shared = &self.client.0;
            let received = match &*shared.sender {
                Sender::Http(wire) => match shared.take_from_cap() {
                    Ok(()) => wire.exchange(request, self.limit).await,
                    Err(error) => Err(error),
                },
                Sender::Own(_) => Err(Error::config("a transport of your own answers look-ups only")),
            };
            let in_memory = copy(received.as_ref().ok());
            *self.carried.lock().unwrap_or_else(PoisonError::into_inner) = Some(Carried { method, received });
            Ok(in_memory)
        })
    }
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carrier").finish_non_exhaustive()
    }
}

/// What the generated code decodes: the answer in memory. Where there is none, an empty one of a status that no spec describes, which
/// nobody looks at.
fn copy(received: Option<&Received>) -> reqwest::Response {
    let (status, body) = match received {
        Some(Received { status, body: Ok(body), .. }) => (*status, body.clone()),
        _ => (StatusCode::from_u16(599).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), bytes::Bytes::new()),
    };
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    response.into()
}
