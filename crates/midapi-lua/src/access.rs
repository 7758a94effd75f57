//! Which clients a script may have.

use std::sync::Arc;
use std::time::Duration;

use midapi::{ClientBuilder, RequestLimit};
use mlua::{Lua, MultiValue, Value};

use crate::options::Options;
use crate::raise::{Outcome, Raise, misuse};
use crate::registry::CLIENT;
use crate::value;

/// A client of a script.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) sdk: midapi::Client,
    /// For its `get` and `get_all`, unless the call says otherwise.
    pub(crate) timeout: Option<Duration>,
    pub(crate) retries: Option<u32>,
    /// Counts it among those that scripts have made, where they are limited.
    #[allow(dead_code, reason = "held while the client is")]
    pub(crate) counted: Option<Arc<()>>,
}

/// Where the clients of a state's scripts come from.
#[derive(Clone, Default)]
pub(crate) struct Access {
    /// The host's client, which a script has unless it names a key or a base URL.
    pub(crate) host: Option<midapi::Client>,
    /// What holds for scripts that are not trusted.
    pub(crate) fence: Option<Fence>,
}

/// What a script that is not trusted may ask.
#[derive(Clone)]
pub(crate) struct Fence {
    /// Besides the host's own.
    pub(crate) base_urls: Vec<String>,
    pub(crate) cap: Option<RequestLimit>,
    /// Held by each client that its scripts have made and not let go.
    pub(crate) made: Arc<()>,
}

/// Each has connections and certificates of its own, in memory that Lua does not count.
const MADE_AT_MOST: usize = 64;

impl Fence {
    fn count(&self, lua: &Lua) -> Result<Arc<()>, Raise> {
        let full = || Arc::strong_count(&self.made) > MADE_AT_MOST;
        if full() {
            // Some may be garbage.
            lua.gc_collect()?;
        }
        if full() {
            return Err(misuse(CLIENT.call, "too many clients at once"));
        }
        Ok(Arc::clone(&self.made))
    }
}

impl Access {
    /// The client of `midapi.client(options)`; `nil, err` if it cannot be made.
    pub(crate) fn client(
        &self,
        lua: &Lua,
        options: &Value,
        give: impl FnOnce(Client) -> mlua::Result<MultiValue>,
    ) -> Outcome {
        let options = Options::new(&CLIENT, options)?;
        let (timeout, retries) = (options.seconds("timeout")?, options.count("retries")?);
        let mut counted = None;
        let given = match (options.text("api_key")?, options.text("base_url")?, &self.host) {
            (None, None, Some(host)) => Ok(host.clone()),
            (key, base_url, _) => {
                let builder = self.builder(key, base_url.as_deref())?;
                counted = self.fence.as_ref().map(|fence| fence.count(lua)).transpose()?;
                builder.build()
            }
        };
        match given {
            Ok(client) => {
                let cap = self.fence.as_ref().and_then(|fence| fence.cap.as_ref());
                let sdk = cap.map_or_else(|| client.clone(), |cap| client.with_request_limit(cap));
                Ok(give(Client { sdk, timeout, retries, counted })?)
            }
            Err(error) => Ok(value::failure(lua, &error)?),
        }
    }

    fn builder(&self, key: Option<String>, base_url: Option<&str>) -> Result<ClientBuilder, Raise> {
        let host = self.host.as_ref().map(midapi::Client::base_url);
        let mut builder = match &self.fence {
            None => ClientBuilder::from_env(),
            Some(fence) => {
                let Some(base_url) = base_url.or(host) else {
                    return Err(misuse(CLIENT.call, "this script has no client"));
                };
                let plain = |url: &str| url.trim().trim_end_matches('/').to_owned();
                if host != Some(&plain(base_url)) && !fence.base_urls.iter().any(|url| plain(url) == plain(base_url)) {
                    return Err(misuse(CLIENT.call, "this base_url is not allowed here"));
                }
                if key.is_none() {
                    // The host's key is for the host's client alone.
                    return Err(misuse(CLIENT.call, "another base_url needs an api_key of its own"));
                }
                midapi::Client::builder()
            }
        };
        // A script that brings its own key asks where its host asks.
        if let Some(url) = base_url.or(host.filter(|_| key.is_some())) {
            builder = builder.base_url(url);
        }
        if let Some(key) = key {
            builder = builder.api_key(key);
        }
        Ok(builder.user_agent(concat!("midapi-lua/", env!("CARGO_PKG_VERSION"))))
    }
}
