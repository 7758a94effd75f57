//! The source of the clients of a script: the host's client, or a new one.

use midapi::ClientBuilder;
use mlua::{Lua, Value};

use crate::api::CLIENT;
use crate::client::userdata::Client;
use crate::convert::options::Options;
use crate::runtime::error::ScriptError;
use crate::sandbox::policy::SandboxPolicy;

/// The source of the clients of a script.
#[derive(Clone, Default)]
pub(crate) struct ClientSource {
    /// The host's client, which scripts use unless they name a key or a base URL.
    host: Option<midapi::Client>,
    /// The restrictions on a script in a sandbox.
    policy: Option<SandboxPolicy>,
}

impl ClientSource {
    /// Creates a source with the host's client. Without it, clients have the settings of the environment.
    pub(crate) fn new(host: Option<midapi::Client>, policy: Option<SandboxPolicy>) -> Self {
        let host = match (host, &policy) {
            (Some(host), Some(policy)) => Some(policy.limit_requests(host)),
            (host, _) => host,
        };
        Self { host, policy }
    }

    pub(crate) const fn is_sandboxed(&self) -> bool {
        self.policy.is_some()
    }

    /// Creates the client of `midapi.client(options)`. The inner error is the SDK's, for `nil, err`.
    pub(crate) fn create_client(&self, lua: &Lua, options: &Value) -> Result<midapi::Result<Client>, ScriptError> {
        let options = Options::read(&CLIENT, options)?;
        let mut counter = None;
        let sdk = match (options.text("api_key"), options.text("base_url"), &self.host) {
            (None, None, Some(host)) => Ok(host.clone()),
            (api_key, base_url, _) => {
                let builder = self.create_builder(api_key, base_url)?;
                counter = self.policy.as_ref().map(|policy| policy.count_client(lua)).transpose()?;
                builder.build().map(|client| match &self.policy {
                    Some(policy) => policy.limit_requests(client),
                    None => client,
                })
            }
        };
        let (timeout, max_retries) = (options.duration("timeout"), options.count("max_retries"));
        Ok(sdk.map(|sdk| Client { sdk, timeout, max_retries, counter }))
    }

    fn create_builder(&self, api_key: Option<&str>, base_url: Option<&str>) -> Result<ClientBuilder, ScriptError> {
        let host = self.host.as_ref().map(midapi::Client::base_url);
        let mut builder = if let Some(policy) = &self.policy {
            if base_url.is_some_and(|base_url| !policy.allows(base_url, host)) {
                return Err(ScriptError::argument(CLIENT.name, 1, "option 'base_url': URL not allowed in a sandbox"));
            }
            // The host's key is for the host's client only.
            if api_key.is_none() {
                return Err(ScriptError::argument(CLIENT.name, 1, "option 'base_url' requires option 'api_key'"));
            }
            midapi::Client::builder()
        } else {
            ClientBuilder::from_env()
        };
        // A script with a key of its own sends requests to the base URL of its host.
        if let Some(base_url) = base_url.or(host.filter(|_| api_key.is_some())) {
            builder = builder.base_url(base_url);
        }
        if let Some(api_key) = api_key {
            builder = builder.api_key(api_key);
        }
        Ok(builder.user_agent(concat!("midapi-lua/", env!("CARGO_PKG_VERSION"))))
    }
}
