//! A client of the SDK that survives a fork of the process.

use std::sync::{Arc, Mutex, PoisonError};

use midapi::{Client, RequestLimit};

/// A client of the SDK. After a fork, the child process replaces it by a client with the same settings and new
/// connections, because requests on the connections of the parent would time out.
#[derive(Clone)]
pub(crate) struct SharedClient {
    /// The client, and the id of the process that created it.
    current: Arc<Mutex<(Client, u32)>>,
    request_limit: Option<RequestLimit>,
}

impl SharedClient {
    pub(crate) fn new(client: Client, request_limit: Option<RequestLimit>) -> Self {
        let client = limit_requests(client, request_limit.as_ref());
        Self { current: Arc::new(Mutex::new((client, std::process::id()))), request_limit }
    }

    /// Returns the client for this process.
    pub(crate) fn get(&self) -> Client {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let process = std::process::id();
        if current.1 != process {
            // The settings were valid before. If they are not valid now, requests of the old client report the failure.
            if let Ok(client) = current.0.to_builder().build() {
                current.0 = limit_requests(client, self.request_limit.as_ref());
            }
            current.1 = process;
        }
        current.0.clone()
    }
}

fn limit_requests(client: Client, limit: Option<&RequestLimit>) -> Client {
    match limit {
        Some(limit) => client.with_request_limit(limit),
        None => client,
    }
}
