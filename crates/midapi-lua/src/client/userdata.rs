//! The userdata of a client in Lua.

use std::sync::Arc;
use std::time::Duration;

use mlua::{Function, IntoLuaMulti, Lua, Result, UserData, UserDataFields, Value};

use crate::client::shared::SharedClient;
use crate::runtime::error::ScriptError;
use crate::runtime::function::create_function;
use crate::runtime::state;
#[cfg(feature = "download")]
use crate::sandbox::download::DownloadPolicy;

/// A client whose calls block their script.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) sdk: SharedClient,
    /// The timeout of `get` and `get_all` for calls that set no timeout. None for the default of the SDK.
    pub(crate) timeout: Option<Duration>,
    /// The maximum number of retries of `get` and `get_all` for calls that do not set it. None for the default of the
    /// SDK.
    pub(crate) max_retries: Option<u32>,
    /// Counts the client if a sandbox limits the number of clients.
    pub(crate) counter: Option<Arc<()>>,
    /// The restrictions on the downloads of a script in a sandbox.
    #[cfg(feature = "download")]
    pub(crate) downloads: Option<DownloadPolicy>,
}

impl Client {
    /// The text of `tostring`. The API key is not part of it.
    pub(crate) fn describe(&self) -> String {
        format!("midapi client ({})", self.sdk.get().base_url())
    }
}

impl AsRef<Self> for Client {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl UserData for Client {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_meta_field("__name", "midapi.Client");
        fields.add_meta_field_with("__index", |lua| Ok(state::get(lua)?.methods.clone()));
        fields.add_meta_field_with("__tostring", create_describe::<Self>);
    }
}

/// Creates the function that `tostring` calls for a client.
pub(crate) fn create_describe<C: AsRef<Client> + 'static>(lua: &Lua) -> Result<Function> {
    create_function(lua, |lua, arguments| {
        let client = arguments.front().and_then(Value::as_userdata).and_then(|client| client.borrow::<C>().ok());
        let text = client.map(|client| client.as_ref().describe());
        let text = text.ok_or_else(|| ScriptError::Usage("midapi.Client expected".into()))?;
        Ok(text.into_lua_multi(lua)?)
    })
}
