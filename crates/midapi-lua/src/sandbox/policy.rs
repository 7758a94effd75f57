//! The restrictions on the API clients that a script creates in a sandbox.

use std::sync::Arc;

use midapi::RequestLimit;
use mlua::Lua;

use crate::runtime::error::ScriptError;
#[cfg(feature = "download")]
use crate::sandbox::download::DownloadPolicy;

/// The maximum number of clients that scripts have created and not released. Each has its own connections and
/// certificates, in memory that Lua does not count.
const MAX_CLIENTS: usize = 64;

/// The restrictions on the API clients that a script creates.
#[derive(Clone)]
pub(crate) struct SandboxPolicy {
    allowed_base_urls: Vec<String>,
    request_limit: Option<RequestLimit>,
    #[cfg(feature = "download")]
    downloads: DownloadPolicy,
    /// The counter of the clients that scripts have created with their own key. Each of these clients holds a clone, as
    /// does each of their running batches and downloads. The strong count is one more than the number of clones.
    client_counter: Arc<()>,
}

impl SandboxPolicy {
    #[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
    pub(crate) fn new(
        allowed_base_urls: Vec<String>,
        request_limit: Option<RequestLimit>,
        #[cfg(feature = "download")] downloads: DownloadPolicy,
    ) -> Self {
        Self {
            allowed_base_urls,
            request_limit,
            #[cfg(feature = "download")]
            downloads,
            client_counter: Arc::default(),
        }
    }

    /// The restrictions on downloads.
    #[cfg(feature = "download")]
    pub(crate) fn downloads(&self) -> DownloadPolicy {
        self.downloads.clone()
    }

    /// The limit on the requests of all clients together.
    pub(crate) fn request_limit(&self) -> Option<RequestLimit> {
        self.request_limit.clone()
    }

    /// Whether a script may send requests to this base URL. The URL of the host's client is always allowed.
    pub(crate) fn allows(&self, base_url: &str, host: Option<&str>) -> bool {
        self.allowed_base_urls.iter().map(String::as_str).chain(host).any(|url| is_same_url(url, base_url))
    }

    /// Counts a new client of a script until the returned value is dropped.
    ///
    /// # Errors
    /// If there are too many clients.
    pub(crate) fn count_client(&self, lua: &Lua) -> Result<Arc<()>, ScriptError> {
        let is_full = || Arc::strong_count(&self.client_counter) > MAX_CLIENTS;
        if is_full() {
            // Some of the clients may be garbage that has not been collected.
            lua.gc_collect()?;
        }
        if is_full() {
            return Err(ScriptError::Usage(format!("more than {MAX_CLIENTS} clients in a sandbox")));
        }
        Ok(Arc::clone(&self.client_counter))
    }
}

/// Whether two base URLs are the same, except for spaces around them and slashes at their end.
pub(crate) fn is_same_url(one: &str, other: &str) -> bool {
    one.trim().trim_end_matches('/') == other.trim().trim_end_matches('/')
}
