//! Operations besides the lookup, each with a scenario of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::Method;

use crate::response::PreparedResponse;
use crate::scenario::Scenario;
use crate::scenario::sequence::Sequence;

/// A route as configured. The path is relative to the prefix.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) scenario: Scenario,
}

/// The scenario and its progress for each method and path.
pub(crate) struct Routes(Mutex<HashMap<(String, String), Sequence>>);

impl Routes {
    pub(crate) fn new(prefix: &str, routes: Vec<Route>) -> Self {
        let sequences = routes.into_iter().map(|Route { method, path, scenario }| {
            ((method.to_ascii_uppercase(), format!("{prefix}{path}")), Sequence::new(scenario.into_steps()))
        });
        Self(Mutex::new(sequences.collect()))
    }

    pub(crate) fn contains(&self, method: &Method, path: &str) -> bool {
        self.lock().contains_key(&route_key(method, path))
    }

    /// Returns the response to the next request, or `None` for an unknown route.
    pub(crate) fn next_response(&self, method: &Method, path: &str, base_url: &str) -> Option<Arc<PreparedResponse>> {
        self.lock().get_mut(&route_key(method, path))?.next_response(path, base_url)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), Sequence>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn route_key(method: &Method, path: &str) -> (String, String) {
    (method.as_str().to_owned(), path.to_owned())
}
