//! The executor: sends the requests that the generated client builds.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use progenitor_client::{ClientHooks, OperationInfo};
use reqwest::{Request, Response};

use crate::Client;

/// The future of [`Execute::execute`].
pub type ExecuteFuture<'a> = Pin<Box<dyn Future<Output = reqwest::Result<Response>> + Send + 'a>>;

/// A custom executor, which sends requests in place of the reqwest client.
///
/// It applies its own time limits, headers and error handling.
pub trait Execute: Debug + Send + Sync + 'static {
    /// Sends a request and returns the response for the generated code to decode.
    fn execute(&self, request: Request) -> ExecuteFuture<'_>;
}

/// The executor of a [`Client`]. Defaults to the client's own reqwest client.
#[derive(Debug, Clone, Default)]
pub struct Executor(Option<Arc<dyn Execute>>);

impl Executor {
    /// Wraps a custom executor.
    pub fn new(execute: Arc<dyn Execute>) -> Self {
        Self(Some(execute))
    }
}

impl ClientHooks<Executor> for Client {
    async fn exec(&self, request: Request, _: &OperationInfo) -> reqwest::Result<Response> {
        match &self.inner.0 {
            Some(execute) => execute.execute(request).await,
            None => self.client.execute(request).await,
        }
    }
}
