//! The `midapi` table of scripts.

use mlua::{IntoLuaMulti, Lua, MultiValue, Result, Table, Value};

use crate::api;
#[cfg(feature = "async")]
use crate::client::async_client::{self, AsyncClient};
use crate::client::iterator::create_receive;
use crate::client::methods::create_methods;
use crate::client::source::ClientSource;
use crate::client::userdata::Client;
use crate::convert::results;
use crate::runtime::function::create_function;
use crate::runtime::state;

/// The memory that a client in a sandbox uses outside of Lua, in bytes. Connections are not counted: clients that are
/// copies of the host's client share its connections, and the number of all other clients is limited.
const CLIENT_BYTES: usize = 512;

/// Creates the `midapi` table with `client(options)` and `version`.
///
/// The options of `client` set the API key and the base URL. They default to the environment variables `MIDAPI_API_KEY`
/// and `MIDAPI_BASE_URL`.
///
/// In a Lua state with this table, the use of a userdata that Lua has finalized raises a string. This also applies to
/// userdata of the host, for which mlua would raise `Error::UserDataDestructed`.
///
/// # Errors
/// Errors of Lua, such as a lack of memory.
pub fn table(lua: &Lua) -> Result<Table> {
    create_table(lua, ClientSource::default())
}

/// Creates the `midapi` table with the client of the host.
///
/// `midapi.client()` without a key or base URL in its options returns the host's client. Scripts cannot read its key.
///
/// # Errors
/// Errors of Lua, such as a lack of memory.
pub fn table_with(lua: &Lua, client: midapi::Client) -> Result<Table> {
    create_table(lua, ClientSource::new(Some(client), None))
}

/// Creates the `midapi` table of a host that runs its scripts with `call_async` or `exec_async` on a tokio runtime.
///
/// Calls of the client yield to the runtime instead of blocking its thread, so many scripts run concurrently on one
/// thread. The functions have the same names, options and results as those of [`table_with`], with these differences:
///
/// - They work only in scripts that are run with `call_async` or `exec_async`. To let them work inside coroutines of a
///   script as well, `coroutine.resume` and `coroutine.wrap` are replaced.
/// - They do not work where Lua cannot yield: in the comparison of `table.sort`, in `string.gsub`, and in Lua 5.1 also
///   in metamethods, in the iterator of a loop and in `pcall`.
/// - The host ends a call by dropping its future, which also stops its requests.
///
/// # Errors
/// Errors of Lua, such as a lack of memory.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> mlua::Result<()> {
/// let client = midapi::Client::builder().api_key("test-key").build().unwrap();
/// let lua = mlua::Lua::new();
/// lua.globals().set("midapi", midapi_lua::async_table_with(&lua, client)?)?;
/// let script = lua.load("local _, err = midapi.client():get('') return err.kind");
/// assert_eq!(script.eval_async::<String>().await?, "usage");
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "async")]
pub fn async_table_with(lua: &Lua, client: midapi::Client) -> Result<Table> {
    state::init(lua, create_methods, create_receive)?;
    async_client::init(lua)?;
    let source = ClientSource::new(Some(client), None);
    create_table_of(lua, source, |lua, client| AsyncClient(client).into_lua_multi(lua))
}

/// Creates the `midapi` table. The calls of its clients block the script.
pub(crate) fn create_table(lua: &Lua, source: ClientSource) -> Result<Table> {
    let is_sandboxed = source.is_sandboxed();
    create_table_of(lua, source, move |lua, client| {
        let client = lua.create_userdata(client)?;
        if is_sandboxed {
            client.set_user_value(lua.create_string([0; CLIENT_BYTES])?)?;
        }
        client.into_lua_multi(lua)
    })
}

fn create_table_of(
    lua: &Lua,
    source: ClientSource,
    to_values: impl Fn(&Lua, Client) -> Result<MultiValue> + mlua::MaybeSend + 'static,
) -> Result<Table> {
    state::init(lua, create_methods, create_receive)?;
    let table = lua.create_table()?;
    table.set("version", env!("CARGO_PKG_VERSION"))?;
    let create_client = create_function(lua, move |lua, arguments| {
        let options = arguments.into_iter().next().unwrap_or(Value::Nil);
        Ok(match source.create_client(lua, &options)? {
            Ok(client) => to_values(lua, client)?,
            Err(error) => results::failure(lua, None, &error)?,
        })
    })?;
    table.set(api::CLIENT.name, create_client)?;
    Ok(table)
}
