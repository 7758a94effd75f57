//! `midapi.client` and the methods of a client.

use midapi::{ClientBuilder, GetAll, Update, Wait, WaitAll, blocking};
use mlua::{Function, IntoLuaMulti, Lua, MultiValue, Result, Table, UserData, UserDataMethods, Value};

use crate::options::{Options, kind, misuse};
use crate::value;

/// The options of `wait` and `wait_all` that say how long is waited.
const WAIT: [&str; 4] = ["timeout", "interval", "first_delay", "on_update"];
const WAIT_ALL: [&str; 6] = ["timeout", "interval", "first_delay", "max_in_flight", "rate", "fail_fast"];
const GET: [&str; 2] = ["timeout", "retries"];
const GET_ALL: [&str; 4] = ["timeout", "retries", "max_in_flight", "rate"];
const CLIENT: [&str; 4] = ["api_key", "base_url", "timeout", "retries"];

/// A client in Lua.
struct Client(blocking::Client);

/// `midapi.client(options)`: a client with the key and base URL of the environment, unless the options say otherwise.
/// `nil, err` if they cannot be used.
pub(crate) fn create(lua: &Lua, options: Value) -> Result<MultiValue> {
    let options = Options::new("midapi.client", options, &CLIENT)?;
    let mut builder = ClientBuilder::from_env().user_agent(concat!("midapi-lua/", env!("CARGO_PKG_VERSION")));
    if let Some(key) = options.text("api_key")? {
        builder = builder.api_key(key);
    }
    if let Some(url) = options.text("base_url")? {
        builder = builder.base_url(url);
    }
    builder = with(builder, options.seconds("timeout")?, ClientBuilder::timeout);
    builder = with(builder, options.count("retries", 0)?, ClientBuilder::retries);
    match builder.build() {
        Ok(client) => given(lua, client),
        Err(error) => failure(lua, &error),
    }
}

/// The Lua side of a client.
pub(crate) fn given(lua: &Lua, client: midapi::Client) -> Result<MultiValue> {
    match blocking::Client::new(client) {
        Ok(client) => Client(client).into_lua_multi(lua),
        Err(error) => failure(lua, &error),
    }
}

impl UserData for Client {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("get", get);
        methods.add_method("wait", wait);
        methods.add_method("get_all", get_all);
        methods.add_method("wait_all", wait_all);
    }
}

fn get(lua: &Lua, client: &Client, (id, options): (Value, Value)) -> Result<MultiValue> {
    let id = id_of("client:get", &id)?;
    let options = Options::new("client:get", options, &GET)?;
    let mut call = client.0.get(id);
    call = with(call, options.seconds("timeout")?, blocking::Get::timeout);
    call = with(call, options.count("retries", 0)?, blocking::Get::retries);
    outcome(lua, &call.call())
}

fn wait(lua: &Lua, client: &Client, (id, options): (Value, Value)) -> Result<MultiValue> {
    let id = id_of("client:wait", &id)?;
    let options = Options::new("client:wait", options, &WAIT)?;
    let mut call = client.0.get_ref().wait(id);
    call = with(call, options.seconds("timeout")?, Wait::timeout);
    call = with(call, options.seconds("interval")?, Wait::interval);
    call = with(call, options.seconds("first_delay")?, Wait::first_delay);
    let on_update = options.function("on_update")?;
    // The callback runs here, outside the runtime, so that it may call the client too; if it raises, the wait is dropped.
    for update in client.0.items(call.updates()) {
        match (update, &on_update) {
            (Update::Changed(task), Some(notify)) => notify.call::<()>(value::task(lua, &task)?)?,
            (Update::Ended(ended), _) => return outcome(lua, &ended),
            _ => {}
        }
    }
    Err(misuse("client:wait", "the wait broke off"))
}

fn get_all(lua: &Lua, client: &Client, (ids, options): (Value, Value)) -> Result<Function> {
    let ids = ids_of("client:get_all", &ids)?;
    let options = Options::new("client:get_all", options, &GET_ALL)?;
    let mut call = client.0.get_ref().get_all(ids);
    call = with(call, options.seconds("timeout")?, GetAll::timeout);
    call = with(call, options.count("retries", 0)?, GetAll::retries);
    call = with(call, options.count("max_in_flight", 1)?, |call, looks| call.max_in_flight(looks as usize));
    call = with(call, options.number("rate")?, GetAll::rate);
    iterator(lua, client.0.items(call.stream()))
}

fn wait_all(lua: &Lua, client: &Client, (ids, options): (Value, Value)) -> Result<Function> {
    let ids = ids_of("client:wait_all", &ids)?;
    let options = Options::new("client:wait_all", options, &WAIT_ALL)?;
    let mut call = client.0.get_ref().wait_all(ids);
    call = with(call, options.seconds("timeout")?, WaitAll::timeout);
    call = with(call, options.seconds("interval")?, WaitAll::interval);
    call = with(call, options.seconds("first_delay")?, WaitAll::first_delay);
    call = with(call, options.count("max_in_flight", 1)?, |call, looks| call.max_in_flight(looks as usize));
    call = with(call, options.number("rate")?, WaitAll::rate);
    call = with(call, options.flag("fail_fast")?, WaitAll::fail_fast);
    iterator(lua, client.0.items(call.stream()))
}

/// `for id, task, err in …`: an item each call, nil at the end.
fn iterator(lua: &Lua, mut items: blocking::Items<(String, midapi::Result)>) -> Result<Function> {
    lua.create_function_mut(move |lua, ()| match items.next() {
        None => Value::Nil.into_lua_multi(lua),
        Some((id, ended)) => {
            let mut values = outcome(lua, &ended)?;
            values.push_front(Value::String(lua.create_string(id)?));
            Ok(values)
        }
    })
}

/// `task`, or `nil, err`.
fn outcome(lua: &Lua, outcome: &midapi::Result) -> Result<MultiValue> {
    match outcome {
        Ok(task) => value::task(lua, task)?.into_lua_multi(lua),
        Err(error) => failure(lua, error),
    }
}

fn failure(lua: &Lua, error: &midapi::Error) -> Result<MultiValue> {
    (Value::Nil, value::error(lua, error)?).into_lua_multi(lua)
}

/// A call with an option, where the script gives one.
fn with<T, V>(call: T, value: Option<V>, set: impl FnOnce(T, V) -> T) -> T {
    match value {
        Some(value) => set(call, value),
        None => call,
    }
}

fn id_of(call: &str, id: &Value) -> Result<String> {
    match id {
        // Bytes that are no UTF-8 become what no id may have, so that the answer is an error of kind usage.
        Value::String(id) => Ok(id.to_str().map_or_else(|_| "\0".to_owned(), |id| id.to_owned())),
        other => Err(misuse(call, &format!("the id has to be a string, not {}", kind(other)))),
    }
}

fn ids_of(call: &str, ids: &Value) -> Result<Vec<String>> {
    let Value::Table(ids) = ids else {
        return Err(misuse(call, &format!("the ids have to be a list, not {}", kind(ids))));
    };
    let ids: &Table = ids;
    ids.sequence_values::<Value>().map(|id| id_of(call, &id?)).collect()
}
