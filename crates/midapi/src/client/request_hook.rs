//! Request hooks.

use std::sync::Arc;

use http::Request;
use http::header::AUTHORIZATION;

use crate::error::Error;
use crate::error::kind::ErrorKind;

type Hook = dyn Fn(&mut Request<()>) + Send + Sync;

/// The callback of [`ClientBuilder::request_hook`](crate::ClientBuilder::request_hook).
#[derive(Clone)]
pub(crate) struct RequestHook(Arc<Hook>);

impl RequestHook {
    pub(crate) fn new(hook: impl Fn(&mut Request<()>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    /// Calls the hook with a copy of the request without the API key, and replaces the headers of the request by those
    /// of the copy. Other changes of the copy are ignored, so a hook cannot send the request, and with it the API key,
    /// to another server.
    pub(crate) fn apply(&self, request: &mut reqwest::Request) -> Result<(), Error> {
        let unusable = |error| Error::new(ErrorKind::Usage, "the URL of the request cannot be used").with_source(error);
        let mut copy = Request::new(());
        *copy.method_mut() = request.method().clone();
        *copy.uri_mut() = request.url().as_str().parse().map_err(unusable)?;
        *copy.headers_mut() = std::mem::take(request.headers_mut());
        let authorization = copy.headers_mut().remove(AUTHORIZATION);
        (self.0)(&mut copy);
        let headers = request.headers_mut();
        *headers = std::mem::take(copy.headers_mut());
        headers.remove(AUTHORIZATION);
        headers.extend(authorization.map(|value| (AUTHORIZATION, value)));
        Ok(())
    }
}
