//! The client for async hosts: its methods yield to the runtime of the host instead of blocking its thread.

use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt, StreamExt};
use midapi::{TaskId, Update, Wait};
use mlua::{Function, IntoLua, Lua, MultiValue, Result, Table, UserData, UserDataFields, Value};

#[cfg(feature = "download")]
use crate::api::DOWNLOAD_ALL;
use crate::api::{GET, GET_ALL, METHODS, WAIT, WAIT_ALL};
use crate::client::async_iterator::{AsyncIteration, Updates};
use crate::client::callback::notify_async;
use crate::client::request::Arguments;
use crate::client::userdata::{Client, create_describe};
use crate::convert::results::{self, BatchResult};
use crate::runtime::error::{CallResult, ScriptError, panic_message};
use crate::runtime::function::{create_liveness_check, encode_result, keep};
use crate::runtime::state;

/// A client whose methods yield.
#[derive(Clone)]
pub(crate) struct AsyncClient(pub(crate) Client);

/// The table of methods, kept in the Lua state.
struct Methods(Table);

impl AsRef<Client> for AsyncClient {
    fn as_ref(&self) -> &Client {
        &self.0
    }
}

impl UserData for AsyncClient {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_meta_field("__name", "midapi.Client");
        fields.add_meta_field_with("__index", |lua| match lua.app_data_ref::<Methods>() {
            Some(methods) => methods.0.clone().into_lua(lua),
            None => Ok(Value::Nil),
        });
        fields.add_meta_field_with("__tostring", create_describe::<Self>);
    }
}

/// Creates the methods of async clients if the state does not have them yet.
pub(crate) fn init(lua: &Lua) -> Result<()> {
    if lua.app_data_ref::<Methods>().is_some() {
        return Ok(());
    }
    let table = lua.create_table()?;
    for function in METHODS {
        let method = move |lua: Lua, arguments: MultiValue| async move {
            let arguments = Arguments::read::<AsyncClient>(function, arguments)?;
            match function.name {
                "get" => get(&lua, &arguments).await,
                "wait" => wait(&lua, &arguments).await,
                "get_all" => get_all(&lua, &arguments),
                #[cfg(feature = "download")]
                "download" => download(&lua, &arguments).await,
                #[cfg(feature = "download")]
                "download_all" => download_all(&lua, &arguments),
                _ => wait_all(&lua, &arguments),
            }
        };
        let method = create_async_function(lua, method)?;
        keep(lua, &method)?;
        table.raw_set(function.name, method)?;
    }
    lua.set_app_data(Methods(table));
    let coroutine: Table = lua.globals().get("coroutine")?;
    state::get(lua)?.forward_pending.call(coroutine)
}

/// Creates a function that scripts can call and that yields. A panic in it becomes an error of the script.
fn create_async_function<F, R>(lua: &Lua, function: F) -> Result<Function>
where
    F: Fn(Lua, MultiValue) -> R + Clone + mlua::MaybeSend + 'static,
    R: Future<Output = CallResult> + mlua::MaybeSend + 'static,
{
    let inner = lua.create_async_function(move |lua: Lua, arguments| {
        let function = function.clone();
        async move {
            let result = AssertUnwindSafe(function(lua.clone(), arguments)).catch_unwind().await;
            let result = result.unwrap_or_else(|panic| Err(ScriptError::panic(&lua, &panic_message(&*panic))));
            encode_result(&lua, result)
        }
    })?;
    state::get(lua)?.wrap_async.call((inner, create_liveness_check(lua)?))
}

async fn get(lua: &Lua, arguments: &Arguments) -> CallResult {
    let id = arguments.id(&GET)?.as_bytes().to_vec();
    let result = match TaskId::try_from(&*id) {
        Ok(task_id) => arguments.build_get(&task_id).await,
        Err(error) => Err(error),
    };
    Ok(results::to_values(lua, &id, &result)?)
}

async fn wait(lua: &Lua, arguments: &Arguments) -> CallResult {
    let id = arguments.id(&WAIT)?.as_bytes().to_vec();
    let result = match TaskId::try_from(&*id) {
        Ok(task_id) => run_wait(lua, arguments, arguments.build_wait(&task_id)).await?,
        Err(error) => Err(error),
    };
    Ok(results::to_values(lua, &id, &result)?)
}

async fn run_wait(lua: &Lua, arguments: &Arguments, wait: Wait) -> std::result::Result<midapi::Result, ScriptError> {
    let mut updates = wait.stream();
    let on_update = arguments.options.function("on_update");
    while let Some(update) = updates.next().await {
        match update {
            Update::Changed(task) => notify_async(lua, on_update, &task).await?,
            Update::Finished(result) => return Ok(result),
            _ => {}
        }
    }
    Err(ScriptError::message(lua, "midapi: internal error: the wait ended without a result"))
}

fn get_all(lua: &Lua, arguments: &Arguments) -> CallResult {
    // Sandboxes have no async clients, so no memory is reserved.
    let (get_all, _) = arguments.build_get_all(lua, &GET_ALL)?;
    create_iterator(lua, AsyncIteration::new(&GET_ALL, get_all.stream().boxed(), Updates::default(), None))
}

fn wait_all(lua: &Lua, arguments: &Arguments) -> CallResult {
    let (mut wait_all, _) = arguments.build_wait_all(lua, &WAIT_ALL)?;
    let on_update = arguments.options.function("on_update").cloned();
    let updates = Updates::default();
    if on_update.is_some() {
        let updates = updates.clone();
        wait_all = wait_all.on_update(move |_, update| {
            if let Update::Changed(task) = update {
                updates.push(task.clone());
            }
        });
    }
    create_iterator(lua, AsyncIteration::new(&WAIT_ALL, wait_all.stream().boxed(), updates, on_update))
}

#[cfg(feature = "download")]
async fn download(lua: &Lua, arguments: &Arguments) -> CallResult {
    let (id, mut downloads, _) = arguments.build_download(lua)?;
    match downloads.next().await {
        Some((_, downloaded)) => downloaded.to_values(lua, &id),
        None => Err(ScriptError::message(lua, "midapi: internal error: the download ended without a result")),
    }
}

#[cfg(feature = "download")]
fn download_all(lua: &Lua, arguments: &Arguments) -> CallResult {
    let (downloads, _) = arguments.build_download_all(lua)?;
    create_iterator(lua, AsyncIteration::new(&DOWNLOAD_ALL, downloads, Updates::default(), None))
}

fn create_iterator<T: BatchResult>(lua: &Lua, iteration: AsyncIteration<T>) -> CallResult {
    let next = create_async_function(lua, move |lua, _| {
        let iteration = iteration.clone();
        async move { iteration.next(&lua).await }
    })?;
    Ok(MultiValue::from_iter([Value::Function(next)]))
}
