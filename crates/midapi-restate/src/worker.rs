//! The worker: an HTTP server that the Restate server calls.

use std::collections::HashMap;
use std::path::PathBuf;

use midapi::{Client, Error, ErrorKind};
use restate_sdk::endpoint::{self, Endpoint};
use restate_sdk::http_server::HttpServer;
use tokio::net::TcpListener;

use crate::account::MidapiAccount;
use crate::clients::Clients;
use crate::key::Account;
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
/// worker.serve(listener, &[] as &[&str], std::future::pending::<()>()).await?;
/// # Ok(())
/// # }
/// ```
#[must_use]
#[derive(Debug, Clone)]
pub struct Worker {
    client: Client,
    clients: HashMap<Account, Client>,
    downloads: Option<PathBuf>,
}

impl Worker {
    /// Creates a worker. It polls with `client` for every account that has no [client of its own](Self::account).
    pub fn new(client: Client) -> Self {
        Self { client, clients: HashMap::new(), downloads: None }
    }

    /// Sets the client of an account.
    pub fn account(mut self, account: Account, client: Client) -> Self {
        self.clients.insert(account, client);
        self
    }

    /// Permits downloads to paths inside a directory. Without this setting, a wait with a download ends with
    /// [`ErrorKind::Config`](midapi::ErrorKind::Config).
    pub fn downloads(mut self, directory: impl Into<PathBuf>) -> Self {
        self.downloads = Some(directory.into());
        self
    }

    /// Adds the services `MidapiTask` and `MidapiAccount` to an endpoint of your program.
    pub fn bind(&self, endpoint: endpoint::Builder) -> endpoint::Builder {
        let clients = Clients::new(self.client.clone(), self.clients.clone(), self.downloads.clone());
        endpoint.bind(MidapiTask(clients)).bind(MidapiAccount)
    }

    /// Serves until `shutdown` resolves, then waits at most 10 s for the requests in progress.
    ///
    /// If there are identity keys, only requests of a Restate server with one of these keys are served.
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
}
