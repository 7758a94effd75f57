//! The blocking methods of a client: each call blocks the script until the result is available.

use futures_util::StreamExt;
use midapi::{TaskId, Update, Wait};
use mlua::{Lua, MultiValue, Table};

use crate::api::{ApiFunction, GET, GET_ALL, WAIT, WAIT_ALL};
#[cfg(feature = "download")]
use crate::api::{DOWNLOAD, DOWNLOAD_ALL};
use crate::client::callback::notify;
use crate::client::iterator::create_iterator;
use crate::client::request::Arguments;
use crate::client::userdata::Client;
use crate::convert::results;
#[cfg(feature = "download")]
use crate::convert::results::BatchResult;
use crate::runtime::channel::{Channel, Event};
use crate::runtime::error::{CallResult, ScriptError};
use crate::runtime::function::create_function;

/// Creates the table of methods.
pub(crate) fn create_methods(lua: &Lua) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    let add = |function: &'static ApiFunction, method: fn(&Lua, &Arguments) -> CallResult| {
        let call =
            move |lua: &Lua, arguments: MultiValue| method(lua, &Arguments::read::<Client>(function, arguments)?);
        table.raw_set(function.name, create_function(lua, call)?)
    };
    add(&GET, get)?;
    add(&WAIT, wait)?;
    add(&GET_ALL, get_all)?;
    add(&WAIT_ALL, wait_all)?;
    #[cfg(feature = "download")]
    {
        add(&DOWNLOAD, download)?;
        add(&DOWNLOAD_ALL, download_all)?;
    }
    Ok(table)
}

fn get(lua: &Lua, arguments: &Arguments) -> CallResult {
    let id = arguments.id(&GET)?;
    let id = id.as_bytes();
    let result = match TaskId::try_from(&*id) {
        Ok(task_id) => {
            let get = arguments.build_get(&task_id);
            Channel::<(), _>::new().run(lua, get.into_future(), |()| Ok(()))?
        }
        Err(error) => Err(error),
    };
    Ok(results::to_values(lua, &id, &result)?)
}

fn wait(lua: &Lua, arguments: &Arguments) -> CallResult {
    let id = arguments.id(&WAIT)?;
    let id = id.as_bytes();
    let result = match TaskId::try_from(&*id) {
        Ok(task_id) => run_wait(lua, arguments, arguments.build_wait(&task_id))?,
        Err(error) => Err(error),
    };
    Ok(results::to_values(lua, &id, &result)?)
}

fn run_wait(lua: &Lua, arguments: &Arguments, mut wait: Wait) -> Result<midapi::Result, ScriptError> {
    let on_update = arguments.options.function("on_update");
    let channel = Channel::new();
    if on_update.is_some() {
        let sender = channel.sender.clone();
        wait = wait.on_update(move |task| drop(sender.send(Event::Update(task.clone()))));
    }
    channel.run(lua, wait.into_future(), |task| notify(lua, on_update, &task))
}

fn get_all(lua: &Lua, arguments: &Arguments) -> CallResult {
    let (get_all, reservation) = arguments.build_get_all(lua, &GET_ALL)?;
    create_iterator(lua, &GET_ALL, Channel::new(), get_all.stream().boxed(), None, reservation)
}

fn wait_all(lua: &Lua, arguments: &Arguments) -> CallResult {
    let (mut wait_all, reservation) = arguments.build_wait_all(lua, &WAIT_ALL)?;
    let on_update = arguments.options.function("on_update").cloned();
    let channel = Channel::new();
    if on_update.is_some() {
        let sender = channel.sender.clone();
        wait_all = wait_all.on_update(move |_, update| {
            if let Update::Changed(task) = update {
                drop(sender.send(Event::Update(task.clone())));
            }
        });
    }
    create_iterator(lua, &WAIT_ALL, channel, wait_all.stream().boxed(), on_update, reservation)
}

#[cfg(feature = "download")]
fn download(lua: &Lua, arguments: &Arguments) -> CallResult {
    let (id, mut downloads, _reservation) = arguments.build_download(lua)?;
    let next = async move { downloads.next().await };
    match Channel::<(), _>::new().run(lua, next, |()| Ok(()))? {
        Some((_, downloaded)) => downloaded.to_values(lua, &id),
        None => Err(ScriptError::message(lua, "midapi: internal error: the download ended without a result")),
    }
}

#[cfg(feature = "download")]
fn download_all(lua: &Lua, arguments: &Arguments) -> CallResult {
    let (downloads, reservation) = arguments.build_download_all(lua)?;
    create_iterator(lua, &DOWNLOAD_ALL, Channel::new(), downloads, None, reservation)
}
