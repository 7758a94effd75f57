//! The admin API of the Restate server.

use midapi::reqwest::Url;
use midapi::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::http::{Http, check_url, connection_error, response_error};

/// The admin API of a Restate server: it registers workers.
#[derive(Debug, Clone)]
pub struct Admin {
    http: Http,
    url: Url,
}

/// A deployment: a registered address of workers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Deployment {
    /// The id of the deployment.
    pub id: String,
    /// The services at the address.
    pub services: Vec<Service>,
}

/// A service of a deployment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Service {
    /// The name of the service.
    pub name: String,
    /// The revision. It increases with each deployment of the service.
    pub revision: u32,
}

impl Admin {
    /// Creates a client of the admin API. No request is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the URL cannot be used.
    pub fn new(url: &str) -> Result<Self, Error> {
        Ok(Self { http: Http::new()?, url: check_url("admin", url)? })
    }

    /// Registers the address of workers. If `replace` is true and the address is registered already, the server reads
    /// the list of services from the workers again, even while tasks run on them. Set `replace` for a new version of
    /// the workers at the same address.
    ///
    /// # Errors
    /// - [`ErrorKind::Transport`] if the server cannot be reached.
    /// - [`ErrorKind::Config`] if the server is not the admin API of Restate.
    /// - [`ErrorKind::Unexpected`] if the server cannot reach a worker at the address, or rejects the worker.
    pub async fn register(&self, worker: &str, replace: bool) -> Result<Deployment, Error> {
        let worker = check_url("worker", worker)?;
        let url = self.url.join("deployments").map_err(|error| Error::new(ErrorKind::Config, error.to_string()))?;
        let request = self.http.0.post(url).json(&json!({ "uri": worker.as_str(), "force": replace }));
        let unreachable = |error| connection_error("admin API", &self.url, &error);
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unreachable)?;
        let deployment = status.is_success().then(|| serde_json::from_slice(&body).ok()).flatten();
        deployment.ok_or_else(|| response_error("admin API", &self.url, status, &body))
    }
}
