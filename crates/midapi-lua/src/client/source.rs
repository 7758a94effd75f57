//! Creates the clients that scripts use: copies of the host's client, or new clients.

use midapi::ClientBuilder;
use mlua::{Lua, Value};

use crate::api::CLIENT;
use crate::client::shared::SharedClient;
use crate::client::userdata::Client;
use crate::convert::options::Options;
use crate::runtime::error::ScriptError;
use crate::sandbox::policy::{SandboxPolicy, is_same_url};

/// The source of the clients of a script.
#[derive(Clone, Default)]
pub(crate) struct ClientSource {
    /// The host's client. Scripts use it if they set neither a key nor a base URL.
    host: Option<SharedClient>,
    /// The restrictions on a script in a sandbox.
    policy: Option<SandboxPolicy>,
}

impl ClientSource {
    /// Creates a source with the host's client. If `host` is None, clients use the settings in environment variables.
    pub(crate) fn new(host: Option<midapi::Client>, policy: Option<SandboxPolicy>) -> Self {
        let request_limit = policy.as_ref().and_then(SandboxPolicy::request_limit);
        Self { host: host.map(|host| SharedClient::new(host, request_limit)), policy }
    }

    pub(crate) const fn is_sandboxed(&self) -> bool {
        self.policy.is_some()
    }

    /// Creates the client of `midapi.client(options)`. The outer error is raised in the script. The inner error is an
    /// error of the SDK, which the script receives as `nil, err`.
    pub(crate) fn create_client(&self, lua: &Lua, options: &Value) -> Result<midapi::Result<Client>, ScriptError> {
        let options = Options::read(&CLIENT, options)?;
        let mut counter = None;
        let sdk = match (options.text("api_key"), options.text("base_url"), &self.host) {
            (None, None, Some(host)) => Ok(host.clone()),
            (api_key, base_url, _) => {
                let builder = self.create_builder(api_key, base_url)?;
                counter = self.policy.as_ref().map(|policy| policy.count_client(lua)).transpose()?;
                let request_limit = self.policy.as_ref().and_then(SandboxPolicy::request_limit);
                builder.build().map(|client| SharedClient::new(client, request_limit))
            }
        };
        let (timeout, max_retries) = (options.duration("timeout"), options.count("max_retries"));
        Ok(sdk.map(|sdk| Client {
            sdk,
            timeout,
            max_retries,
            counter,
            #[cfg(feature = "download")]
            downloads: self.policy.as_ref().map(SandboxPolicy::downloads),
        }))
    }

    /// Creates a builder with the connection settings of the host's client (proxy, certificates, HTTP client). If the
    /// host has no client, the builder uses the settings in environment variables. The host's key is never sent to a
    /// base URL that a script sets. The host's headers are sent only to the host's own base URL.
    fn create_builder(&self, api_key: Option<&str>, base_url: Option<&str>) -> Result<ClientBuilder, ScriptError> {
        let host = self.host.as_ref().map(SharedClient::get);
        if let Some(policy) = &self.policy {
            let host_url = host.as_ref().map(midapi::Client::base_url);
            if base_url.is_some_and(|base_url| !policy.allows(base_url, host_url)) {
                return Err(ScriptError::argument(CLIENT.name, 1, "option 'base_url': URL not allowed in a sandbox"));
            }
            if api_key.is_none() {
                return Err(ScriptError::argument(CLIENT.name, 1, "option 'base_url' requires option 'api_key'"));
            }
        }
        let mut builder = if let Some(host) = &host {
            // A script outside of a sandbox that sets no key uses the key of the environment.
            let key = api_key.map(ToOwned::to_owned).or_else(|| std::env::var("MIDAPI_API_KEY").ok());
            host.to_builder().api_key(key.unwrap_or_default())
        } else {
            let builder = ClientBuilder::from_env().user_agent(concat!("midapi-lua/", env!("CARGO_PKG_VERSION")));
            match api_key {
                Some(api_key) => builder.api_key(api_key),
                None => builder,
            }
        };
        if let Some(base_url) = base_url {
            let is_hosts = host.is_some_and(|host| is_same_url(host.base_url(), base_url));
            builder = if is_hosts { builder } else { builder.clear_headers() }.base_url(base_url);
        }
        Ok(builder)
    }
}
