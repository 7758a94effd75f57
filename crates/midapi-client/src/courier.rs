//! Who carries the requests of a [`Client`].

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use progenitor_client::{ClientHooks, OperationInfo};
use reqwest::{Request, Response};

use crate::Client;

/// The answer to come of a [`Carry`].
pub type Carrying<'a> = Pin<Box<dyn Future<Output = reqwest::Result<Response>> + Send + 'a>>;

/// Carries requests in place of a reqwest client: a layer that has limits, headers and a judgement of its own.
pub trait Carry: Debug + Send + Sync + 'static {
    /// Takes a request to the server, and brings an answer for the generated code to decode.
    fn carry(&self, request: Request) -> Carrying<'_>;
}

/// Who carries the requests of a [`Client`]: its reqwest client, unless it is told otherwise.
#[derive(Debug, Clone, Default)]
pub struct Courier(Option<Arc<dyn Carry>>);

impl Courier {
    /// A courier of your own.
    pub fn new(carry: Arc<dyn Carry>) -> Self {
        Self(Some(carry))
    }
}

impl ClientHooks<Courier> for Client {
    async fn exec(&self, request: Request, _: &OperationInfo) -> reqwest::Result<Response> {
        match &self.inner.0 {
            Some(carry) => carry.carry(request).await,
            None => self.client.execute(request).await,
        }
    }
}
