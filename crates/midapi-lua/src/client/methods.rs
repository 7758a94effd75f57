//! The methods of a client that block their script.

use midapi::Update;
use mlua::{Lua, MultiValue, Result, Table};

use crate::api::{ApiFunction, GET, GET_ALL, WAIT, WAIT_ALL};
use crate::client::callback::notify;
use crate::client::iterator::create_iterator;
use crate::client::request::{Arguments, build_get, build_get_all, build_wait, build_wait_all};
use crate::client::userdata::Client;
use crate::convert::results;
use crate::runtime::channel::{Channel, Event};
use crate::runtime::error::CallResult;
use crate::runtime::function::create_function;

/// Creates the table of methods.
pub(crate) fn create_methods(lua: &Lua) -> Result<Table> {
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
    Ok(table)
}

fn get(lua: &Lua, arguments: &Arguments) -> CallResult {
    let get = build_get(&GET, arguments)?;
    let result = Channel::<(), _>::new().run(lua, get.into_future(), |()| Ok(()))?;
    Ok(results::to_values(lua, &arguments.id(), &result)?)
}

fn wait(lua: &Lua, arguments: &Arguments) -> CallResult {
    let mut wait = build_wait(&WAIT, arguments)?;
    let on_update = arguments.options.function("on_update");
    let channel = Channel::new();
    if on_update.is_some() {
        let sender = channel.sender.clone();
        wait = wait.on_update(move |task| drop(sender.send(Event::Update(task.clone()))));
    }
    let result = channel.run(lua, wait.into_future(), |task| notify(lua, on_update, &task))?;
    Ok(results::to_values(lua, &arguments.id(), &result)?)
}

fn get_all(lua: &Lua, arguments: &Arguments) -> CallResult {
    let (get_all, resources) = build_get_all(lua, &GET_ALL, arguments)?;
    create_iterator(lua, &GET_ALL, Channel::new(), get_all.stream(), None, resources)
}

fn wait_all(lua: &Lua, arguments: &Arguments) -> CallResult {
    let (mut wait_all, resources) = build_wait_all(lua, &WAIT_ALL, arguments)?;
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
    create_iterator(lua, &WAIT_ALL, channel, wait_all.stream(), on_update, resources)
}
