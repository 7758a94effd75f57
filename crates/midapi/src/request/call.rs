//! The request builder of `call`, which calls any operation of the spec.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use midapi_client::ResponseValue;
use tracing::Instrument;

use crate::client::attempt::Attempt;
use crate::client::inner::Inner;
use crate::error::Error;
use crate::retry::event::{OnRetry, RetryEvent};
use crate::retry::policy::RetryPolicy;
use crate::retry::{FailedAttempt, RetriedCall};
use crate::telemetry::CallSpan;
use crate::transport::raw_response::RawResponse;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The result of an attempt, and the HTTP method of its request. The method is None if no request was sent.
type Attempted<T> = (Result<(T, RawResponse), Error>, Option<Method>);

/// A function that makes one attempt of the operation.
type Operation<'a, T> = Box<dyn Fn(Arc<Inner>, Attempt) -> BoxFuture<'a, Attempted<T>> + Send + Sync + 'a>;

/// A builder of a call of any operation; returned by [`Client::call`](crate::Client::call).
///
/// # Errors
/// When awaited, a call returns errors of the same kinds as [`Client::get`](crate::Client::get), because the responses
/// of both are classified by the same rules. In addition:
/// - [`ErrorKind::Decode`](crate::ErrorKind::Decode) if the body does not match the spec. The response is in
///   [`Error::raw`].
/// - [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the closure sends no request.
///
/// # Cancel safety
/// Dropping the future stops the request. It is then unknown whether the server has processed it.
///
/// # Examples
/// In a spawned task, with a borrowed argument:
/// ```
/// # async fn example(client: midapi::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// let call = tokio::spawn(async move {
///     let id = "0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned();
///     client.call(async |wire| wire.get_record_info(&id).await).timeout(Duration::from_secs(20)).await
/// });
/// println!("{:?}", call.await??.value.data);
/// # Ok(())
/// # }
/// ```
#[must_use = "requests do nothing unless awaited"]
pub struct Call<'a, T> {
    inner: Arc<Inner>,
    operation: Operation<'a, T>,
    policy: RetryPolicy,
    max_retries: Option<u32>,
    on_retry: Option<OnRetry>,
}

/// The response of a call.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Response<T> {
    /// The decoded body, with the type that the spec defines.
    pub value: T,
    /// The response as received.
    pub raw: RawResponse,
}

impl<'a, T: Send + 'a> Call<'a, T> {
    pub(crate) fn new<E, F, Fut>(inner: Arc<Inner>, operation: F) -> Self
    where
        E: Send + 'a,
        F: FnOnce(midapi_client::Client) -> Fut + Clone + Send + Sync + 'a,
        Fut: Future<Output = Result<ResponseValue<T>, midapi_client::Error<E>>> + Send + 'a,
    {
        let policy = inner.retry_policy();
        let operation: Operation<'a, T> = Box::new(move |inner, attempt| {
            let operation = operation.clone();
            Box::pin(async move {
                let classify = |exchange| {
                    let result = inner.classify_call(exchange);
                    result.inspect(|_| tracing::debug!(target: "midapi", "received"))
                };
                inner.send(attempt, operation, classify).await
            })
        });
        Self { inner, operation, policy, max_retries: None, on_retry: None }
    }

    /// Sets the time limit for all attempts together. Defaults to the timeout of the client (60 s by default).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.policy.timeout = timeout;
        self
    }

    /// Sets the maximum number of retries. For GET and HEAD, defaults to the maximum of the client (4 by default). For
    /// other methods, defaults to 0.
    ///
    /// A request whose response was lost may have created a resource. A retry of this request can create a second
    /// resource, which is charged for too.
    pub fn max_retries(mut self, max_retries: u32) -> Self {
        self.max_retries = Some(max_retries);
        self
    }

    /// Sets a callback that is called before each retry of this call. Replaces the callback of the client.
    pub fn on_retry(mut self, notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
        self.on_retry = Some(Arc::new(notify));
        self
    }

    async fn run(self) -> Result<Response<T>, Error> {
        let Self { inner, operation, mut policy, max_retries, on_retry } = self;
        policy.max_retries = max_retries.unwrap_or(policy.max_retries);
        let mut span = CallSpan::call();
        let call =
            RetriedCall { inner: &inner, policy, task_id: None, on_retry: on_retry.as_ref(), is_throttled: true };
        let result = pin!(call.run(|limit, resend_count| {
            let attempt = operation(Arc::clone(&inner), Attempt { task_id: None, limit, resend_count });
            async move {
                let (result, method) = attempt.await;
                let (value, raw) = result.map_err(|error| {
                    let only_reads = matches!(method, Some(Method::GET | Method::HEAD));
                    FailedAttempt { error, is_repeatable: only_reads || max_retries.is_some() }
                })?;
                Ok(Response { value, raw })
            }
        }));
        let (response, attempts) =
            result.instrument(span.span().clone()).await.inspect_err(|error| span.fail(error))?;
        span.succeed(attempts, "success");
        Ok(response)
    }
}

impl<'a, T: Send + 'a> IntoFuture for Call<'a, T> {
    type Output = Result<Response<T>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<T> fmt::Debug for Call<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("policy", &self.policy).finish_non_exhaustive()
    }
}
