//! The client of the Restate server. It submits tasks, returns their outcomes, and changes the rate and the pause of an
//! account.

use std::time::Duration;

use midapi::reqwest::Url;
use midapi::{Error, ErrorKind, TaskId};
use restate_sdk::ingress::{CallResponse, Client, ClientError, Output, SendStatus};
use restate_sdk::serde::Json;
use serde::Serialize;

use crate::account::{AccountChange, AccountStatus, MidapiAccountIngressClient};
use crate::http::{Http, check_url, connection_error, response_error};
use crate::key::Account;
use crate::options::WaitOptions;
use crate::outcome::{Outcome, not_submitted};
use crate::slots::check_rate;
use crate::task::{MidapiTaskIngressClient, Restart};

/// The delay before reconnecting to the server after a lost connection.
const RECONNECT_DELAY: Duration = Duration::from_millis(500);
/// The maximum number of consecutive reconnections. A successful response resets the count.
const MAX_RECONNECTS: u32 = 120;

/// A client for the ingress of a Restate server, which accepts submissions and returns outcomes. Clones share their
/// connections.
#[derive(Clone)]
pub struct Ingress {
    client: Client<Http>,
    url: Url,
}

/// The effect of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Submission {
    /// The wait has started.
    Started,
    /// The task was submitted before, and its wait continues.
    Running,
    /// The task was submitted before, and has finished.
    Finished,
    /// The task was submitted before, its outcome was not final, and the wait has started again.
    Restarted,
}

impl Ingress {
    /// Creates a client. No request is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the URL cannot be used.
    pub fn new(url: &str) -> Result<Self, Error> {
        Self::build(url, Http::new()?)
    }

    /// Creates a client that uses your HTTP client, for example with a proxy, certificates, or headers for
    /// authentication. The HTTP client must not have a timeout for whole requests.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the URL cannot be used.
    pub fn with_http_client(url: &str, client: midapi::reqwest::Client) -> Result<Self, Error> {
        Self::build(url, Http(client))
    }

    fn build(url: &str, http: Http) -> Result<Self, Error> {
        let url = check_url("ingress", url)?;
        let invalid = |error: &dyn std::error::Error| Error::new(ErrorKind::Config, format!("{url}: {error}"));
        let uri = url.as_str().parse().map_err(|error: http::uri::InvalidUri| invalid(&error))?;
        let client = Client::new(uri, http).map_err(|error| invalid(&error))?;
        Ok(Self { client, url })
    }

    /// Submits a task and starts its durable wait. If the task was submitted before, no second wait starts. If the
    /// first wait has ended with an outcome that is not final, it starts again.
    ///
    /// # Errors
    /// - [`ErrorKind::Usage`] if an option is invalid.
    /// - [`ErrorKind::Transport`] if the server cannot be reached. The task may have been submitted: submit it again.
    /// - [`ErrorKind::Config`] if the server is not the ingress of Restate, or no worker is registered.
    pub async fn submit(&self, account: &Account, id: &TaskId, options: &WaitOptions) -> Result<Submission, Error> {
        options.check().map_err(|error| error.with_task_id(id.as_str()))?;
        let workflow = self.workflow(account, id);
        let sent = workflow.run(Json(options.clone())).send().await.map_err(|error| self.error(error, id))?;
        if sent.send_status() == SendStatus::Accepted {
            return Ok(Submission::Started);
        }
        let reply = workflow.restart(Json(options.clone())).call().await.and_then(CallResponse::into_body);
        Ok(match reply.map_err(|error| self.error(error, id))?.into_inner() {
            Restart::Running => Submission::Running,
            Restart::Finished => Submission::Finished,
            Restart::Restarted => Submission::Restarted,
        })
    }

    /// Waits for the outcome of a submitted task, for at most `timeout` or without a limit. Reconnects if the
    /// connection is lost.
    ///
    /// # Errors
    /// - [`ErrorKind::NotFound`] if the task was not submitted, or its outcome has been deleted.
    /// - [`ErrorKind::Deadline`] if the timeout expires first. The durable wait continues.
    /// - [`ErrorKind::Transport`] if the server cannot be reached.
    /// - [`ErrorKind::Config`] if the server is not the ingress of Restate, or no worker is registered.
    ///
    /// # Cancel safety
    /// Dropping the future does not end the durable wait.
    pub async fn wait(&self, account: &Account, id: &TaskId, timeout: Option<Duration>) -> Result<Outcome, Error> {
        let Some(timeout) = timeout else { return self.wait_for_outcome(account, id).await };
        tokio::time::timeout(timeout, self.wait_for_outcome(account, id)).await.unwrap_or_else(|_| {
            let message = "no outcome within the timeout; the durable wait continues";
            Err(Error::new(ErrorKind::Deadline, message).with_task_id(id.as_str()))
        })
    }

    async fn wait_for_outcome(&self, account: &Account, id: &TaskId) -> Result<Outcome, Error> {
        // A wrong address fails immediately: only a connection that has worked before is restored.
        let mut outcome = self.outcome(account, id).await?;
        let mut reconnects = 0;
        loop {
            if let Some(outcome) = outcome {
                return Ok(outcome);
            }
            let request = self.workflow(account, id).outcome().call().await.and_then(CallResponse::into_body);
            match request.map_err(|error| self.error(error, id)) {
                Ok(outcome) => return Ok(outcome.into_inner()),
                Err(error) if error.kind() != ErrorKind::Transport || reconnects >= MAX_RECONNECTS => {
                    return Err(error);
                }
                Err(_) => {}
            }
            tokio::time::sleep(RECONNECT_DELAY).await;
            reconnects += 1;
            outcome = match self.outcome(account, id).await {
                Err(error) if is_restarting(&error) && reconnects < MAX_RECONNECTS => None,
                outcome => {
                    reconnects = 0;
                    outcome?
                }
            };
        }
    }

    /// Returns the final outcome of a submitted task. None if its wait continues, or has ended without a final outcome.
    ///
    /// # Errors
    /// The errors of [`wait`](Self::wait).
    pub async fn outcome(&self, account: &Account, id: &TaskId) -> Result<Option<Outcome>, Error> {
        let key = account.task_key(id);
        let found = self.client.lookup_workflow::<Json<Outcome>>("MidapiTask", key, None).await;
        let output = match found {
            Ok(handle) => handle.output().await,
            Err(error) => return Err(self.error(error, id)),
        };
        match output.map(http::Response::into_body) {
            Ok(Output::Ready(outcome)) => Ok(Some(outcome.into_inner())),
            Ok(Output::NotReady) => Ok(None),
            Err(ClientError::Status { status, .. }) if status == http::StatusCode::NOT_FOUND => Err(not_submitted(id)),
            Err(error) => Err(self.error(error, id)),
        }
    }

    /// Returns the status of an account.
    ///
    /// # Errors
    /// - [`ErrorKind::NotFound`] if no task of the account has been polled and neither a rate nor a pause has been set.
    /// - [`ErrorKind::Transport`] and [`ErrorKind::Config`] as for [`submit`](Self::submit).
    pub async fn account(&self, account: &Account) -> Result<AccountStatus, Error> {
        let client = MidapiAccountIngressClient::from_client(self.client.clone(), account.as_str());
        let reply = client.status().call().await.and_then(CallResponse::into_body);
        let status = reply.map_err(|error| self.account_error(error))?.into_inner();
        status.ok_or_else(|| {
            let message = format!("account {account} not found: none of its tasks has been polled, and neither a rate nor a pause has been set");
            Error::new(ErrorKind::NotFound, message)
        })
    }

    /// Changes the rate or the pause of an account.
    ///
    /// # Errors
    /// - [`ErrorKind::Usage`] if the rate is not between one poll per hour and 10,000 polls per second, or the pause is
    ///   not a valid number of seconds.
    /// - [`ErrorKind::Transport`] and [`ErrorKind::Config`] as for [`submit`](Self::submit).
    pub async fn configure(&self, account: &Account, change: AccountChange) -> Result<AccountStatus, Error> {
        change.rate.map(check_rate).transpose()?;
        let client = MidapiAccountIngressClient::from_client(self.client.clone(), account.as_str());
        let reply = client.configure(Json(change)).call().await.and_then(CallResponse::into_body);
        reply.map(Json::into_inner).map_err(|error| self.account_error(error))
    }

    fn workflow(&self, account: &Account, id: &TaskId) -> MidapiTaskIngressClient<Http> {
        MidapiTaskIngressClient::from_client(self.client.clone(), account.task_key(id))
    }

    fn error(&self, error: ClientError, id: &TaskId) -> Error {
        self.account_error(error).with_task_id(id.as_str())
    }

    fn account_error(&self, error: ClientError) -> Error {
        match error {
            ClientError::Transport { source } => connection_error("ingress", &self.url, &*source),
            error => match error.response() {
                Some(response) => response_error("ingress", &self.url, response.status(), response.body()),
                None => Error::new(ErrorKind::Unexpected, error.to_string()),
            },
        }
    }
}

/// Whether an error can mean that the server or its workers are restarting.
fn is_restarting(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Transport | ErrorKind::Server)
}
