//! The state that the services of a worker share: the clients of the accounts, pauses, and downloaders.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use midapi::{Client, Error, ErrorKind};
use midapi_download::Downloader;

use crate::key::Account;
use crate::outcome::Outcome;
use crate::slots::Pause;

/// The clients, pauses and downloaders of a worker, for each account. Clones share the same state.
#[derive(Debug, Clone)]
pub(crate) struct Clients(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    client: Client,
    clients: HashMap<Account, Client>,
    downloads: Option<PathBuf>,
    downloaders: Mutex<HashMap<(Account, PathBuf), Downloader>>,
    /// The end of the pause of each account that a response to this worker paused. The virtual object of the account
    /// may not know this pause yet.
    pauses: Mutex<HashMap<Account, Timestamp>>,
}

impl Clients {
    pub(crate) fn new(client: Client, clients: HashMap<Account, Client>, downloads: Option<PathBuf>) -> Self {
        Self(Arc::new(Shared { client, clients, downloads, downloaders: Mutex::default(), pauses: Mutex::default() }))
    }

    pub(crate) fn client(&self, account: &Account) -> &Client {
        self.0.clients.get(account).unwrap_or(&self.0.client)
    }

    /// Whether the account is paused because of a response to this worker.
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

    /// Downloads the results of a finished task. Returns `outcome` unchanged, or an outcome with the error if the
    /// download fails.
    pub(crate) async fn download(&self, account: &Account, directory: &Path, outcome: Outcome) -> Outcome {
        let client = self.client(account);
        let Ok(task) = outcome.clone().into_result() else { return outcome };
        let Some(root) = &self.0.downloads else {
            let message = "this worker permits no downloads";
            let error = Error::new(ErrorKind::Config, message).with_task_id(task.id()).with_task(Some(task));
            return Outcome::new(client, &Err(error));
        };
        let key = (account.clone(), root.join(directory));
        let create = || Downloader::new(client, key.1.clone());
        let downloader = lock(&self.0.downloaders).entry(key.clone()).or_insert_with(create).clone();
        match downloader.download(&task).await.into_result() {
            Ok(files) => {
                tracing::info!(%account, task.id = task.id(), files = files.len(), "downloaded");
                outcome
            }
            Err(error) => Outcome::new(client, &Err(error.with_task(Some(task)))),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
