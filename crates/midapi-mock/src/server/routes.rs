//! Result files and operations other than the lookup, each with its own scenario.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::Method;

use crate::response::PreparedResponse;
use crate::scenario::Scenario;
use crate::scenario::sequence::Sequence;

/// A route as configured. The path is relative to the prefix.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// The method of an operation, or `None` for a result file.
    pub(crate) method: Option<String>,
    pub(crate) path: String,
    pub(crate) scenario: Scenario,
}

/// The scenario and its progress for each method and path.
pub(crate) struct Routes {
    prefix: String,
    sequences: Mutex<HashMap<RouteKey, Sequence>>,
}

/// The method, which is `None` for result files, and the path.
type RouteKey = (Option<String>, String);

impl Routes {
    pub(crate) fn new(prefix: &str, routes: Vec<Route>) -> Self {
        let sequences = routes.into_iter().map(|Route { method, path, scenario }| {
            let key = (method.map(|method| method.to_ascii_uppercase()), format!("{prefix}{path}"));
            (key, Sequence::new(scenario.into_steps()))
        });
        Self { prefix: prefix.to_owned(), sequences: Mutex::new(sequences.collect()) }
    }

    /// Whether there is an operation with this method and path. If there is, a request needs an API key, and may have a
    /// body.
    pub(crate) fn has_operation(&self, method: &Method, path: &str) -> bool {
        self.lock().contains_key(&operation_key(method, path))
    }

    /// Returns the response to the next request for an operation, or `None` if there is no such operation.
    pub(crate) fn next_response(&self, method: &Method, path: &str, base_url: &str) -> Option<Arc<PreparedResponse>> {
        self.lock().get_mut(&operation_key(method, path))?.next_response(path, base_url)
    }

    /// Returns the response to the next request for a result file, or `None` for a path without a scenario.
    pub(crate) fn next_file(&self, path: &str, base_url: &str) -> Option<Arc<PreparedResponse>> {
        self.lock().get_mut(&(None, path.to_owned()))?.next_response(path, base_url)
    }

    pub(crate) fn set_file(&self, path: &str, scenario: Scenario) {
        self.lock().insert((None, self.absolute_path(path)), Sequence::new(scenario.into_steps()));
    }

    /// Adds the prefix to a path.
    pub(crate) fn absolute_path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RouteKey, Sequence>> {
        self.sequences.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn operation_key(method: &Method, path: &str) -> RouteKey {
    (Some(method.as_str().to_owned()), path.to_owned())
}
