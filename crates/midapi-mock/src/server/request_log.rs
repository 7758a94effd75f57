//! The log of received requests.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hyper::http::request::Parts;

/// A request that the server received, whatever the response was.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// The method, in upper case.
    pub method: String,
    /// The path as sent, with the prefix.
    pub path: String,
    /// The query string as sent, without the `?`.
    pub query: Option<String>,
    /// The decoded query parameter `taskId`.
    pub task_id: Option<String>,
    /// The headers in the order received, with names in lower case. Headers of the same name are adjacent. Invalid
    /// UTF-8 is replaced.
    pub headers: Vec<(String, String)>,
    /// The body of a request to a [route](crate::MockBuilder::route). Empty for lookups and for bodies over 1 MiB.
    pub body: Vec<u8>,
    /// The time at which the server finished reading the request. The server reads the body only if the request matches
    /// a route.
    pub received_at: Instant,
}

impl Request {
    /// Returns the first value of a header. `name` must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn new(head: &Parts, task_id: Option<&str>, body: Vec<u8>) -> Self {
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        Self {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            task_id: task_id.map(str::to_owned),
            headers: headers.collect(),
            body,
            received_at: Instant::now(),
        }
    }
}

/// The requests in the order received. `None` if the log is off.
pub(crate) struct RequestLog(Option<Mutex<Vec<Request>>>);

impl RequestLog {
    pub(crate) fn new(on: bool) -> Self {
        Self(on.then(Mutex::default))
    }

    pub(crate) fn record(&self, head: &Parts, task_id: Option<&str>, body: Vec<u8>) {
        if let Some(mut requests) = self.lock() {
            requests.push(Request::new(head, task_id, body));
        }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.lock().map(|requests| requests.clone()).unwrap_or_default()
    }

    /// Returns the number of requests with this path.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.lock().map_or(0, |requests| requests.iter().filter(|request| request.path == path).count())
    }

    pub(crate) fn clear(&self) {
        if let Some(mut requests) = self.lock() {
            requests.clear();
        }
    }

    fn lock(&self) -> Option<MutexGuard<'_, Vec<Request>>> {
        self.0.as_ref().map(|requests| requests.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
