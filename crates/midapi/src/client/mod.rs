//! The client.

pub(crate) mod api_key;
pub(crate) mod attempt;
pub(crate) mod base_url;
pub(crate) mod builder;
pub(crate) mod concurrency_limit;
pub(crate) mod http_client;
pub(crate) mod inner;
pub(crate) mod loopback;
mod other_servers;
pub(crate) mod request_hook;
pub(crate) mod request_limit;
mod settings;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use midapi_client::ResponseValue;

use crate::batch::stream::Ids;
use crate::client::inner::Inner;
use crate::client::request_limit::RequestLimit;
use crate::client::settings::ClientSettings;
use crate::error::Error;
use crate::request::call::Call;
use crate::request::get::Get;
use crate::request::get_all::GetAll;
use crate::request::wait::Wait;
use crate::request::wait_all::WaitAll;
use crate::task::id::TaskId;

/// The client for tasks on MidAPI.
///
/// Clones share connections, the retry budget, and pauses that the server requested. The client needs a tokio runtime
/// with time and I/O enabled; programs without a runtime use `midapi::blocking`.
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
pub struct Client {
    pub(crate) inner: Arc<Inner>,
    pub(crate) settings: Arc<ClientSettings>,
}

impl Client {
    /// Looks up a task and returns its current state. Retries transient failures.
    ///
    /// The request is sent when the returned builder is awaited. See [`Get`] for options and errors.
    pub fn get(&self, id: impl AsRef<str>) -> Get {
        Get::new(self.inner(), TaskId::new(id))
    }

    /// Waits until a task is final or the timeout expires.
    ///
    /// The wait starts when the returned builder is awaited. See [`Wait`] for options and errors.
    pub fn wait(&self, id: impl AsRef<str>) -> Wait {
        Wait::new(self.inner(), TaskId::new(id))
    }

    /// Requests many tasks, with bounded concurrency. Results arrive in any order.
    ///
    /// The iterator may be endless: it is read ahead by at most 1,000 ids, which wait for their first request. The ids
    /// are moved into the batch; for a slice, pass `ids.to_vec()`.
    pub fn get_all<I>(&self, ids: I) -> GetAll
    where
        I: IntoIterator<Item: Into<String> + 'static, IntoIter: Send + 'static>,
    {
        GetAll::new(self.inner(), Ids::plain(into_stream(ids)))
    }

    /// Like [`get_all`](Self::get_all), but takes a `Stream` of ids.
    pub fn get_all_stream(&self, ids: impl Stream<Item = String> + Send + 'static) -> GetAll {
        GetAll::new(self.inner(), Ids::plain(ids))
    }

    /// Like [`get_all`](Self::get_all), but takes a `Stream` of ids with keys. Each result is returned with the key of
    /// its id. For an invalid id, pass the error that [`TaskId::new`] returned: it becomes the result for this key.
    pub fn get_all_keyed<K: Send + 'static>(
        &self,
        ids: impl Stream<Item = (K, Result<TaskId, Error>)> + Send + 'static,
    ) -> GetAll<K> {
        GetAll::new(self.inner(), Ids::keyed(ids))
    }

    /// Waits for many tasks through one scheduler. Results arrive as the tasks finish.
    ///
    /// The iterator may be endless: it is read ahead by at most 1,000 ids, which wait for their first poll. The ids are
    /// moved into the batch; for a slice, pass `ids.to_vec()`.
    ///
    /// # Examples
    /// ```
    /// # async fn example(client: midapi::Client) {
    /// use futures_util::StreamExt;
    ///
    /// let mut results = client.wait_all(["id-1", "id-2"]).max_in_flight(8).rate(20.0).stream();
    /// while let Some((id, result)) = results.next().await {
    ///     match result {
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
        WaitAll::new(self.inner(), Ids::plain(into_stream(ids)))
    }

    /// Like [`wait_all`](Self::wait_all), but takes a `Stream` of ids. The stream can yield new ids while the tasks of
    /// earlier ids are polled.
    pub fn wait_all_stream(&self, ids: impl Stream<Item = String> + Send + 'static) -> WaitAll {
        WaitAll::new(self.inner(), Ids::plain(ids))
    }

    /// Like [`wait_all`](Self::wait_all), but takes a `Stream` of ids with keys: see
    /// [`get_all_keyed`](Self::get_all_keyed).
    pub fn wait_all_keyed<K: Send + 'static>(
        &self,
        ids: impl Stream<Item = (K, Result<TaskId, Error>)> + Send + 'static,
    ) -> WaitAll<K> {
        WaitAll::new(self.inner(), Ids::keyed(ids))
    }

    /// Calls any operation of the API's OpenAPI document through the generated client, with the settings and the error
    /// handling of lookups.
    ///
    /// The closure receives the generated client and calls one of its methods; it runs once for each attempt. See
    /// [`Call`] for options and errors.
    ///
    /// # Examples
    /// ```
    /// # async fn example(client: midapi::Client) -> Result<(), midapi::Error> {
    /// let id = "0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned();
    /// let response = client.call(async |wire| wire.get_record_info(&id).await).await?;
    /// println!("{:?}", response.value.msg);
    /// # Ok(())
    /// # }
    /// ```
    pub fn call<'a, T, E, F, Fut>(&self, operation: F) -> Call<'a, T>
    where
        T: Send + 'a,
        E: Send + 'a,
        F: FnOnce(midapi_client::Client) -> Fut + Clone + Send + Sync + 'a,
        Fut: Future<Output = Result<ResponseValue<T>, midapi_client::Error<E>>> + Send + 'a,
    {
        Call::new(self.inner(), operation)
    }

    /// Creates a client that can send only a limited number of requests. The new client shares everything else with
    /// this one.
    pub fn with_request_limit(&self, limit: &RequestLimit) -> Self {
        let inner = Arc::new(Inner { request_limit: Some(limit.clone()), ..(*self.inner).clone() });
        Self { inner, settings: Arc::clone(&self.settings) }
    }

    /// The time for which all requests of the account should pause after an error. None if no pause is needed.
    ///
    /// The time is the delay that the server requested. If the server requested none, the time is a random delay: the
    /// backoff before a first retry.
    ///
    /// This client already pauses its own requests. Use this method, together with
    /// [`Get::ignore_pauses`](crate::Get::ignore_pauses), if several processes share an API key.
    pub fn pause_after(&self, error: &Error) -> Option<Duration> {
        self.inner.pause_after(error)
    }

    /// Replaces the API key in a text by `[key]`. Use this method for texts from the server, because the server may
    /// echo requests. A key of less than 8 bytes is not replaced.
    pub fn redact(&self, text: &str) -> String {
        self.inner.key.redact(text)
    }

    /// The base URL, without a trailing slash.
    pub fn base_url(&self) -> &str {
        self.inner.base_url.as_str()
    }

    fn inner(&self) -> Arc<Inner> {
        Arc::clone(&self.inner)
    }
}

fn into_stream<I>(ids: I) -> impl Stream<Item = String> + Send + 'static
where
    I: IntoIterator<Item: Into<String> + 'static, IntoIter: Send + 'static>,
{
    stream::iter(ids.into_iter().map(Into::into))
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.inner.base_url).finish_non_exhaustive()
    }
}
