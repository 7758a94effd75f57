//! The client, and one look of it.

pub(crate) mod api_key;
pub(crate) mod base_url;
pub(crate) mod builder;
pub(crate) mod http_client;
pub(crate) mod loopback;
pub(crate) mod request_limit;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::Task;
use crate::task::shortened;
use futures_util::Stream;
use midapi_client::BodyCode;

use crate::batch::runner::Ids;
use crate::client::api_key::ApiKey;
use crate::client::base_url::BaseUrl;
use crate::client::builder::ClientBuilder;
use crate::client::request_limit::RequestLimit;
use crate::clock::{Clock, later};
use crate::error::{self, Error, ErrorKind};
use crate::request::call::Call;
use crate::request::get::Get;
use crate::request::get_all::GetAll;
use crate::request::wait::Wait;
use crate::request::wait_all::WaitAll;
use crate::response::classify::{self, Judgement, Refusal};
use crate::retry::RetryEvent;
use crate::retry::backoff::Backoff;
use crate::retry::budget::RetryBudget;
use crate::retry::retry_after::retry_after;
use crate::retry::throttle::{Held, Throttle};
use crate::task::id::TaskId;
use crate::transport::Sender;
use crate::transport::raw_response::RawResponse;

/// Called before each retry.
pub(crate) type OnRetry = Arc<dyn Fn(&RetryEvent<'_>) + Send + Sync>;

/// Looks tasks up.
///
/// Clones share everything: connections, the retry budget, and the pause that the server may ask for. It needs a tokio
/// runtime with time and IO; `midapi::blocking` is for programs without one.
///
/// # Examples
/// ```no_run
/// # async fn example() -> Result<(), midapi::Error> {
/// let client = midapi::Client::from_env()?;
/// let task = client.get("0f1e2d3c4b5a69788796a5b4c3d2e1f0").await?;
/// println!("{} {}", task.status(), task.result_urls().join(" "));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Shared>);

/// What the clones of a client share; a client with a cap shares all but that.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) sender: Arc<Sender>,
    pub(crate) base_url: BaseUrl,
    pub(crate) key: ApiKey,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Fn() -> f64 + Send + Sync>,
    pub(crate) budget: Arc<RetryBudget>,
    pub(crate) throttle: Arc<Throttle>,
    pub(crate) cap: Option<RequestLimit>,
    pub(crate) timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) retries: u32,
    pub(crate) backoff: Backoff,
    pub(crate) on_retry: Option<OnRetry>,
}

impl Client {
    /// A client with the key and base URL of the environment: `MIDAPI_API_KEY` and, if set, `MIDAPI_BASE_URL`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if there is no key, or one of the two cannot be used.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env().build()
    }

    /// A client with settings of your own.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Looks a task up, once if all goes well, and again while that makes sense.
    ///
    /// The call is made when the returned builder is awaited; see there for its options, errors and what happens when it
    /// is dropped.
    pub fn get(&self, id: impl AsRef<str>) -> Get {
        Get::new(self.clone(), TaskId::new(id.as_ref()))
    }

    /// Waits until a task is final, or the deadline passes.
    ///
    /// The wait begins when the returned builder is awaited; see there for its options, errors and what happens when it is
    /// dropped.
    pub fn wait(&self, id: impl AsRef<str>) -> Wait {
        Wait::new(self.clone(), TaskId::new(id.as_ref()))
    }

    /// Looks many tasks up, and hands each answer over as it comes.
    ///
    /// No more than a thousand ids are taken from the iterator before they can be asked for, so it may be endless.
    pub fn get_all<I>(&self, ids: I) -> GetAll
    where
        I: IntoIterator<Item: Into<String> + 'static, IntoIter: Send + 'static>,
    {
        GetAll::new(self.clone(), from_iterator(ids))
    }

    /// As [`get_all`](Self::get_all), with ids that come when they come.
    pub fn get_all_stream(&self, ids: impl Stream<Item = String> + Send + 'static) -> GetAll {
        GetAll::new(self.clone(), Box::pin(ids))
    }

    /// Waits for many tasks through one scheduler, and hands each over as it ends.
    ///
    /// No more than a thousand ids are taken from the iterator before they can be asked for, so it may be endless.
    ///
    /// # Examples
    /// ```
    /// # async fn example(client: midapi::Client) {
    /// use futures_util::StreamExt;
    ///
    /// let mut finished = client.wait_all(["id-1", "id-2"]).max_in_flight(8).rate(20.0).stream();
    /// while let Some((id, outcome)) = finished.next().await {
    ///     match outcome {
    ///         Ok(task) => println!("{id}: {}", task.result_urls().join(" ")),
    ///         Err(error) => eprintln!("{id}: {error}"),
    ///     }
    /// }
    /// # }
    /// ```
    pub fn wait_all<I>(&self, ids: I) -> WaitAll
    where
        I: IntoIterator<Item: Into<String> + 'static, IntoIter: Send + 'static>,
    {
        WaitAll::new(self.clone(), from_iterator(ids))
    }

    /// As [`wait_all`](Self::wait_all), with ids that come when they come: they can join while others are waited for.
    pub fn wait_all_stream(&self, ids: impl Stream<Item = String> + Send + 'static) -> WaitAll {
        WaitAll::new(self.clone(), Box::pin(ids))
    }

    /// The same client with a cap on its requests. Connections, budget and pauses stay shared with this one.
    pub fn with_request_limit(&self, cap: &RequestLimit) -> Self {
        Self(Arc::new(Shared { cap: Some(cap.clone()), ..(*self.0).clone() }))
    }

    /// Calls any operation of the spec through the generated client, with the key, limits and judgement of this one.
    ///
    /// The closure gets the generated client and calls one method of it; [`Call::send`] makes the call. Only calls that read
    /// (GET) are retried, unless [`Call::max_retries`] asks for it.
    ///
    /// # Examples
    /// ```
    /// # async fn example(client: midapi::Client) -> Result<(), midapi::Error> {
    /// let reply = client.call(async |wire| wire.get_record_info("0f1e2d3c4b5a69788796a5b4c3d2e1f0").await).send().await?;
    /// println!("{:?}", reply.value.msg);
    /// # Ok(())
    /// # }
    /// ```
    pub fn call<F, T, E>(&self, call: F) -> Call<F>
    where
        F: AsyncFn(&midapi_client::Client) -> Result<midapi_client::ResponseValue<T>, midapi_client::Error<E>>,
    {
        Call::new(self.clone(), call)
    }

    /// The text without this client's key, should it be in it: for what is written down of an answer, since servers echo.
    pub fn redact(&self, text: &str) -> String {
        error::without(text, self.0.key.expose())
    }

    /// Where the client asks.
    pub fn base_url(&self) -> &str {
        self.0.base_url.as_str()
    }
}

fn from_iterator<I>(ids: I) -> Ids
where
    I: IntoIterator<Item: Into<String> + 'static, IntoIter: Send + 'static>,
{
    Box::pin(futures_util::stream::iter(ids.into_iter().map(Into::into)))
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.0.base_url).finish_non_exhaustive()
    }
}

impl Shared {
    /// One attempt, judged. `limit` is the time for it; the attempt time-out of the client cuts it.
    ///
    /// What the server says to everybody (slow down, all is well) reaches the shared pause and budget from here.
    pub(crate) async fn look(&self, id: &TaskId, limit: Duration) -> Result<Task, Error> {
        use tracing::{Instrument, field::Empty};

        let span = tracing::debug_span!(
            "midapi.look",
            http.request.method = "GET",
            http.response.status_code = Empty,
            error.r#type = Empty,
        );
        self.take_from_cap().map_err(|error| error.with_task_id(id.as_str()))?;
        let limit = limit.min(self.attempt_timeout);
        let outcome = self.sender.look_up(id.as_str(), limit).instrument(span.clone()).await;
        let judged = outcome.and_then(|received| {
            span.record("http.response.status_code", received.status.as_u16());
            let retry_after = retry_after(&received.headers, || self.clock.timestamp());
            let judgement = classify::judge(received.status, &received.body);
            let answer = RawResponse {
                http_status: received.status.as_u16(),
                headers: received.headers,
                body: received.body.unwrap_or_default(),
            };
            match judgement {
                Judgement::Task(record, warnings) => Ok(Task::new(id, record, warnings, answer)),
                Judgement::Refusal(refusal) => {
                    Err(refused(refusal, Some(id.as_str()), answer, self.key.expose()).with_retry_after(retry_after))
                }
            }
        });
        match judged {
            Ok(task) => {
                self.budget.succeed();
                span.in_scope(|| tracing::debug!(task.id = id.as_str(), task.status = %task.status(), "looked"));
                Ok(task)
            }
            Err(error) => {
                span.record("error.type", error.kind().as_str());
                let error = error.with_task_id(id.as_str()).without(self.key.expose());
                if error.kind().slows_everybody() {
                    let pause = error.retry_after().unwrap_or_else(|| self.backoff.delay(1, self.random()));
                    self.throttle.slow_down(self.clock.now(), pause, error.kind());
                }
                span.in_scope(|| {
                    tracing::debug!(task.id = id.as_str(), error.message = error.message(), "look failed");
                });
                Err(error)
            }
        }
    }

    /// Counts a request that is about to be sent.
    ///
    /// # Errors
    /// If the client has a cap, and nothing is left of it.
    pub(crate) fn take_from_cap(&self) -> Result<(), Error> {
        if self.cap.as_ref().is_none_or(RequestLimit::take) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Usage, "the cap on requests has been reached; nothing was sent"))
    }

    /// Sleeps until this call may send, and returns the time then.
    ///
    /// # Errors
    /// What holds it, if that lasts for all the time that is left. Nothing is waited for if that is known at once.
    pub(crate) async fn leave_to_send(&self, mut now: Instant, left: Duration) -> Result<Instant, Held> {
        let deadline = later(now, left);
        loop {
            let Err(held) = self.throttle.try_take(now) else { return Ok(now) };
            if held.until >= deadline {
                return Err(held);
            }
            let pause = held.until.saturating_duration_since(now);
            // Not everybody at the same moment; but in time for a look before the deadline.
            let spread = pause.mul_f64(self.random() / 10.0).min(deadline.saturating_duration_since(held.until) / 2);
            self.clock.sleep(pause + spread).await;
            now = self.clock.now();
        }
    }

    /// A number of 0 to 1, also from a source that lies.
    pub(crate) fn random(&self) -> f64 {
        let random = (self.random)();
        if random.is_nan() { 0.5 } else { random.clamp(0.0, 1.0) }
    }
}

/// The words for an answer without what was asked for: of a look-up, which has an id, or of another call. The server may have echoed the
/// key in it: it is taken out before anything is cut.
pub(crate) fn refused(refusal: Refusal, id: Option<&str>, answer: RawResponse, key: &str) -> Error {
    let Refusal { kind, code, server_message, detail } = refusal;
    let http = answer.http_status();
    let clean = |text: &str| shortened(&error::without(text, key));
    let what = match kind {
        ErrorKind::NotFound if http == 404 || code == Some(BodyCode::NOT_FOUND) => "nothing is there".into(),
        ErrorKind::NotFound => id.map_or("nothing is there".into(), |id| format!("no task \"{id}\"")),
        ErrorKind::RateLimited => "too many requests".into(),
        ErrorKind::Unavailable => "the service is down for maintenance".into(),
        ErrorKind::Server => "the server failed".into(),
        ErrorKind::Auth => "the API key was refused".into(),
        ErrorKind::Credits => "the account has too few credits".into(),
        ErrorKind::InvalidRequest => id.map_or("the server refused the request".into(), |id| {
            format!("the server refused the look-up of \"{id}\"")
        }),
        ErrorKind::GenerationFailed => {
            id.map_or("the generation failed".into(), |id| format!("the generation of task \"{id}\" failed"))
        }
        ErrorKind::Disabled => "the feature is switched off".into(),
        ErrorKind::Unexpected if (300..400).contains(&http) => "a redirect, which is not followed".into(),
        ErrorKind::Decode => clean(&detail.unwrap_or_default()),
        _ => "an answer that nobody has documented".into(),
    };
    let server_message = server_message.as_deref().map(clean);
    let mut said = match code {
        Some(code) if code.0 != i64::from(http) => format!("HTTP {http}, code {code}"),
        _ => format!("HTTP {http}"),
    };
    if let Some(words) = &server_message {
        said = format!("{said}: {words}");
    } else if kind == ErrorKind::Decode && !answer.body().is_empty() {
        let text: String = error::without(&String::from_utf8_lossy(answer.body()), key).chars().take(100).collect();
        said = format!("{said}, beginning with {text:?}");
    }
    let message = format!("{what} (the server said {said})");
    Error::new(kind, message).with_code(code.map(|code| code.0), server_message).with_answer(answer)
}
