//! Operations beside the look-up, answered by scenarios too.

use crate::Scenario;
use crate::render::Rendered;
use crate::sequence::Sequence;
use hyper::Method;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What is answered at which method and path.
pub(crate) struct Routes(Mutex<HashMap<(String, String), Sequence>>);

impl Routes {
    /// The paths are those below the prefix.
    pub(crate) fn new(prefix: &str, routes: Vec<Route>) -> Self {
        let known = routes.into_iter().map(|Route { method, path, scenario }| {
            ((method.to_ascii_uppercase(), format!("{prefix}{path}")), Sequence::new(scenario.into_steps()))
        });
        Self(Mutex::new(known.collect()))
    }

    pub(crate) fn knows(&self, method: &Method, path: &str) -> bool {
        self.lock().contains_key(&key(method, path))
    }

    /// Takes one answer.
    pub(crate) fn answer(&self, method: &Method, path: &str, base_url: &str) -> Option<Arc<Rendered>> {
        self.lock().get_mut(&key(method, path))?.look(path, base_url)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), Sequence>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(method: &Method, path: &str) -> (String, String) {
    (method.as_str().to_owned(), path.to_owned())
}

/// A route, described.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) scenario: Scenario,
}
