//! The worker: an HTTP server that the Restate server calls.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use midapi::{Client, Error, ErrorKind};
use midapi_download::Downloader;
use restate_sdk::endpoint::{self, Endpoint};
use restate_sdk::http_server::HttpServer;
use tokio::net::TcpListener;

use crate::account::MidapiAccount;
use crate::key::Account;
use crate::outcome::Outcome;
use crate::slots::Pause;
use crate::task::MidapiTask;

/// A worker: it runs the workflows of tasks and the objects of accounts.
///
/// # Examples
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use midapi_restate::Worker;
///
/// let worker = Worker::new(midapi::Client::from_env()?);
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:9080").await?;
/// worker.serve(listener, &[], tokio::signal::ctrl_c()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Worker(Arc<Settings>);

#[derive(Debug)]
struct Settings {
    client: Client,
    clients: HashMap<Account, Client>,
    downloads: Option<PathBuf>,
    downloaders: Mutex<HashMap<(Account, PathBuf), Downloader>>,
    /// The ends of pauses that this worker knows before the object of the account does.
    pauses: Mutex<HashMap<Account, Timestamp>>,
}

impl Worker {
    /// Creates a worker that polls with a client, for every account without a client of its own.
    pub fn new(client: Client) -> Self {
        let (clients, downloaders, pauses) = (HashMap::new(), Mutex::default(), Mutex::default());
        Self(Arc::new(Settings { client, clients, downloads: None, downloaders, pauses }))
    }

    /// Sets the client of an account.
    pub fn account(self, account: Account, client: Client) -> Self {
        self.change(|settings| drop(settings.clients.insert(account, client)))
    }

    /// Permits downloads to folders of a directory. Without it, a wait with a download ends with
    /// [`ErrorKind::Config`](midapi::ErrorKind::Config).
    pub fn downloads(self, directory: impl Into<PathBuf>) -> Self {
        self.change(|settings| settings.downloads = Some(directory.into()))
    }

    /// Adds the services to an endpoint of the program, `MidapiTask` and `MidapiAccount`.
    pub fn bind(&self, endpoint: endpoint::Builder) -> endpoint::Builder {
        endpoint.bind(MidapiTask(self.clone())).bind(MidapiAccount)
    }

    /// Serves until the future resolves, then for up to 10 s until the requests in progress have ended.
    ///
    /// With identity keys, only requests of a Restate server with one of these keys are served.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](midapi::ErrorKind::Config) for an identity key that cannot be used.
    pub async fn serve<S: AsRef<str>>(
        &self,
        listener: TcpListener,
        identity_keys: &[S],
        shutdown: impl Future,
    ) -> Result<(), Error> {
        let mut endpoint = self.bind(Endpoint::builder());
        for key in identity_keys {
            endpoint = endpoint.identity_key(key.as_ref()).map_err(|error| {
                Error::new(ErrorKind::Config, format!("the identity key {:?} is invalid: {error}", key.as_ref()))
            })?;
        }
        HttpServer::new(endpoint.build()).serve_with_cancel(listener, shutdown).await;
        Ok(())
    }

    pub(crate) fn client(&self, account: &Account) -> &Client {
        self.0.clients.get(account).unwrap_or(&self.0.client)
    }

    /// Whether a poll of this worker was told to pause the account.
    pub(crate) fn is_paused(&self, account: &Account, now: Timestamp) -> bool {
        lock(&self.0.pauses).get(account).is_some_and(|until| *until > now)
    }

    pub(crate) fn note_pause(&self, account: &Account, pause: Option<&Pause>) {
        if let Some(until) = pause.and_then(|pause| pause.until) {
            let mut pauses = lock(&self.0.pauses);
            let end = pauses.entry(account.clone()).or_insert(until);
            *end = until.max(*end);
        }
    }

    /// Downloads the results of a finished task. Returns the outcome: with the error if that fails.
    pub(crate) async fn download(&self, account: &Account, directory: &Path, outcome: Outcome) -> Outcome {
        let client = self.client(account);
        let Ok(task) = outcome.clone().into_result() else { return outcome };
        let Some(root) = &self.0.downloads else {
            let message = "this worker permits no downloads";
            let error = Error::new(ErrorKind::Config, message).with_task_id(task.id()).with_task(Some(task));
            return Outcome::new(client, Err(error));
        };
        let key = (account.clone(), root.join(directory));
        let create = || Downloader::new(client, key.1.clone());
        let downloader = lock(&self.0.downloaders).entry(key.clone()).or_insert_with(create).clone();
        match downloader.download(&task).await.into_result() {
            Ok(files) => {
                tracing::info!(%account, task.id = task.id(), files = files.len(), "downloaded");
                outcome
            }
            Err(error) => Outcome::new(client, Err(error.with_task(Some(task)))),
        }
    }

    fn change(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        if let Some(settings) = Arc::get_mut(&mut self.0) {
            change(settings);
        }
        self
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
