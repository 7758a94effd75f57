//! The client for programs without an async runtime.
//!
//! It has the main methods of [`crate::Client`], with the same options and errors. There are two differences: a builder
//! sends its request when `send()` is called, and a batch is an iterable of results. One background thread of the
//! process runs the requests while the calling thread waits. Calls also work on a thread of an async runtime, but block
//! this thread.
//!
//! The request hook and the callbacks of `on_retry`, of a batch's `on_update` and of a poll policy run on the
//! background thread. A blocking call in them would never end, so it fails with
//! [`ErrorKind::Usage`](crate::ErrorKind::Usage). A panic in them reaches the caller. The callback of
//! [`Wait::on_update`] runs on the calling thread and may make blocking calls.
//!
//! A process that forks must build its clients after the fork: connections that a client opened before the fork belong
//! to the parent process.
//!
//! # Examples
//! ```no_run
//! let client = midapi::blocking::Client::from_env()?;
//! let task = client.wait("0f1e2d3c4b5a69788796a5b4c3d2e1f0").send()?;
//! for (id, result) in client.get_all(["id-1", "id-2"]).max_retries(0) {
//!     println!("{id}: {}", result?.status());
//! }
//! # Ok::<(), midapi::Error>(())
//! ```

mod background;
mod batch;
mod request;
mod setters;

use midapi_client::ResponseValue;

use crate::client::api_key::ApiKey;
use crate::client::builder::{BuildClient, ClientBuilder};
use crate::client::request_limit::RequestLimit;
use crate::error::Error;

#[doc(hidden)]
pub use background::{Running, spawn};
pub use batch::{GetAll, Items, WaitAll};
pub use request::{Call, Get, Wait};

/// The blocking client. Clones share connections, the retry budget, and pauses that the server requested.
#[derive(Debug, Clone)]
pub struct Client {
    client: crate::Client,
}

impl Client {
    /// Like [`crate::Client::new`].
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the key cannot be used, or the background thread cannot be
    /// started.
    pub fn new(api_key: impl TryInto<ApiKey, Error: Into<Error>>) -> Result<Self, Error> {
        Self::builder().api_key(api_key).build()
    }

    /// Like [`crate::Client::from_env`].
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the API key is missing, a setting is invalid, or the
    /// background thread cannot be started.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_client(crate::Client::from_env()?)
    }

    /// Like [`crate::Client::builder`]; the builder builds a blocking client.
    pub fn builder() -> ClientBuilder<Self> {
        ClientBuilder::new()
    }

    /// Like [`ClientBuilder::from_env`]; the builder builds a blocking client.
    pub fn builder_from_env() -> ClientBuilder<Self> {
        ClientBuilder::from_env().for_client()
    }

    /// Wraps an async client.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the background thread cannot be started.
    pub fn from_client(client: crate::Client) -> Result<Self, Error> {
        background::handle()?;
        Ok(Self { client })
    }

    /// Like [`crate::Client::get`]; [`Get::send`] sends the request.
    pub fn get(&self, id: impl AsRef<str>) -> Get {
        Get::new(self.client.get(id))
    }

    /// Like [`crate::Client::wait`]; [`Wait::send`] starts the wait.
    pub fn wait<'a>(&self, id: impl AsRef<str>) -> Wait<'a> {
        Wait::new(self.client.wait(id))
    }

    /// Like [`crate::Client::get_all`]; the builder is an iterable of results.
    pub fn get_all<I>(&self, ids: I) -> GetAll
    where
        I: IntoIterator<Item: Into<String> + 'static, IntoIter: Send + 'static>,
    {
        GetAll::new(self.client.get_all(ids))
    }

    /// Like [`crate::Client::wait_all`]; the builder is an iterable of results.
    pub fn wait_all<I>(&self, ids: I) -> WaitAll
    where
        I: IntoIterator<Item: Into<String> + 'static, IntoIter: Send + 'static>,
    {
        WaitAll::new(self.client.wait_all(ids))
    }

    /// Like [`crate::Client::call`]; [`Call::send`] sends the request. The closure must be `'static`: it cannot borrow.
    pub fn call<T, E, F, Fut>(&self, operation: F) -> Call<T>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: FnOnce(midapi_client::Client) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<ResponseValue<T>, midapi_client::Error<E>>> + Send + 'static,
    {
        Call::new(self.client.call(operation))
    }

    /// Like [`crate::Client::with_request_limit`].
    pub fn with_request_limit(&self, limit: &RequestLimit) -> Self {
        Self { client: self.client.with_request_limit(limit) }
    }

    /// The async client that this one wraps.
    pub fn get_ref(&self) -> &crate::Client {
        &self.client
    }
}

impl BuildClient for Client {
    fn from_client(client: crate::Client) -> Result<Self, Error> {
        Self::from_client(client)
    }
}
