//! A simulated server: a transport without a network, on a virtual clock.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use midapi::clock::ManualClock;
use midapi::{AttemptTimeout, Client, ClientBuilder, RawResponse, Transport, TransportFuture};

use crate::KEY;

type Respond = dyn Fn(&SimulatedRequest) -> Result<RawResponse, String> + Send + Sync;

/// A request to a simulated server.
#[derive(Debug, Clone)]
pub struct SimulatedRequest {
    /// The requested id.
    pub id: String,
    /// The time since the start of the clock.
    pub time: Duration,
    /// The number of earlier requests for this id.
    pub previous: usize,
    /// The time limit of the attempt.
    pub limit: Duration,
}

/// A simulated server. Clones share the clock and the log.
#[derive(Clone)]
pub struct SimulatedServer {
    /// The clock of the server and of its clients.
    pub clock: ManualClock,
    log: Arc<Mutex<Vec<(String, Duration)>>>,
    respond: Arc<Respond>,
}

impl SimulatedServer {
    /// Creates a server that calls `respond` for each request. An error simulates a failed connection.
    pub fn new(respond: impl Fn(&SimulatedRequest) -> Result<RawResponse, String> + Send + Sync + 'static) -> Self {
        Self { clock: ManualClock::new(), log: Arc::default(), respond: Arc::new(respond) }
    }

    /// A builder for a client, without jitter.
    pub fn builder(&self) -> ClientBuilder {
        Client::builder().api_key(KEY).clock(self.clock.clone()).rng(|| 0.5).transport(self.clone())
    }

    /// A client, without jitter.
    ///
    /// # Panics
    /// If the client cannot be built.
    pub fn client(&self) -> Client {
        self.builder().build().expect("the settings are valid")
    }

    /// The requests so far: the requested id, and the time since the start of the clock.
    pub fn requests(&self) -> Vec<(String, Duration)> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The number of requests for an id.
    pub fn request_count(&self, id: &str) -> usize {
        self.requests().iter().filter(|(requested, _)| requested == id).count()
    }
}

impl Transport for SimulatedServer {
    fn execute(&self, request: http::Request<Bytes>) -> TransportFuture {
        let query = request.uri().query().unwrap_or_default().as_bytes();
        let id = url::form_urlencoded::parse(query).find(|(name, _)| name == "taskId");
        let id = id.map(|(_, id)| id.into_owned()).unwrap_or_default();
        let limit = request.extensions().get::<AttemptTimeout>().map_or(Duration::MAX, |limit| limit.0);
        let request = SimulatedRequest { previous: self.request_count(&id), time: self.clock.elapsed(), limit, id };
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push((request.id.clone(), request.time));
        let respond = Arc::clone(&self.respond);
        Box::pin(async move {
            // Other requests may arrive before the response.
            tokio::task::yield_now().await;
            respond(&request).map_err(Into::into)
        })
    }
}

impl fmt::Debug for SimulatedServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedServer").finish_non_exhaustive()
    }
}

/// The response for a task with a `successFlag`.
///
/// # Errors
/// Never fails. [`SimulatedServer::new`] requires this return type of a response function.
#[allow(clippy::unnecessary_wraps, reason = "the type of a response function")]
pub fn flag_response(flag: i64) -> Result<RawResponse, String> {
    Ok(RawResponse::new(200, format!(r#"{{"code":200,"data":{{"successFlag":{flag}}}}}"#)))
}
