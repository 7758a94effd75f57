//! What the server saw.

use hyper::http::request::Parts;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// A request that the server got, whatever it answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The path, with the prefix, as it was sent.
    pub path: String,
    /// What followed the `?`, as it was sent.
    pub query: Option<String>,
    /// The parameter `taskId`, decoded.
    pub task_id: Option<String>,
    /// The headers in the order in which they came (those of one name together), names in small letters. Bytes that are
    /// no UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
    /// The body, for [routes](crate::MockBuilder::route); empty for look-ups, and for more than 1 MiB.
    pub body: Vec<u8>,
    /// When it had been read.
    pub received_at: Instant,
}

impl Request {
    /// The first value of a header; `name` in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn new(head: &Parts, task_id: Option<&str>, body: Vec<u8>) -> Self {
        let header = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Self {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            task_id: task_id.map(str::to_owned),
            headers: head.headers.iter().map(header).collect(),
            body,
            received_at: Instant::now(),
        }
    }
}

/// The requests in the order in which they came, or nothing if the log is off.
pub(crate) struct Log(Option<Mutex<Vec<Request>>>);

impl Log {
    pub(crate) fn new(on: bool) -> Self {
        Self(on.then(Mutex::default))
    }

    pub(crate) fn note(&self, head: &Parts, task_id: Option<&str>, body: Vec<u8>) {
        if let Some(requests) = &self.0 {
            let request = Request::new(head, task_id, body);
            requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.0
            .as_ref()
            .map(|requests| requests.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .unwrap_or_default()
    }

    pub(crate) fn clear(&self) {
        if let Some(requests) = &self.0 {
            requests.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}
