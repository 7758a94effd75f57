//! The SDK's calls, with the options that a script has given.

use midapi::{Get, GetAll, Wait, WaitAll};
use mlua::{Lua, Table, Value};

use crate::access::Client;
use crate::charge::Charge;
use crate::options::{Options, kind};
use crate::raise::{Raise, misuse};
use crate::registry::Entry;

type Result<T> = std::result::Result<T, Raise>;

/// What an id takes besides its bytes, until it is answered.
const ID_BYTES: usize = 200;

/// What a call for many ids takes besides them: its channel, its scheduler, room for answers.
const CALL_BYTES: usize = 8 << 10;

pub(crate) fn get(client: &Client, id: &str, options: &Options) -> Result<Get> {
    let call = with(client.sdk.get(id), options.seconds("timeout")?.or(client.timeout), Get::timeout);
    Ok(with(call, options.count("retries")?.or(client.retries), Get::max_retries))
}

pub(crate) fn wait(client: &Client, id: &str, options: &Options) -> Result<Wait> {
    let call = with(client.sdk.wait(id), options.seconds("timeout")?, Wait::timeout);
    let call = with(call, options.seconds("interval")?, Wait::interval);
    Ok(with(call, options.seconds("first_delay")?, Wait::first_delay))
}

pub(crate) fn get_all(client: &Client, ids: Vec<String>, options: &Options) -> Result<GetAll> {
    let call = with(client.sdk.get_all(ids), options.seconds("timeout")?.or(client.timeout), GetAll::timeout);
    let call = with(call, options.count("retries")?.or(client.retries), GetAll::max_retries);
    let call = with(call, options.count("max_in_flight")?, |call, looks| call.max_in_flight(looks as usize));
    Ok(with(call, options.number("rate")?, GetAll::rate))
}

pub(crate) fn wait_all(client: &Client, ids: Vec<String>, options: &Options) -> Result<WaitAll> {
    let call = with(client.sdk.wait_all(ids), options.seconds("timeout")?, WaitAll::timeout);
    let call = with(call, options.seconds("interval")?, WaitAll::interval);
    let call = with(call, options.seconds("first_delay")?, WaitAll::first_delay);
    let call = with(call, options.count("max_in_flight")?, |call, looks| call.max_in_flight(looks as usize));
    let call = with(call, options.number("rate")?, WaitAll::rate);
    Ok(with(call, options.flag("fail_fast")?, WaitAll::fail_fast))
}

/// A call with an option, where there is one.
fn with<T, V>(call: T, value: Option<V>, set: impl FnOnce(T, V) -> T) -> T {
    match value {
        Some(value) => set(call, value),
        None => call,
    }
}

pub(crate) fn id_of(entry: &Entry, id: &Value) -> Result<String> {
    match id {
        // Bytes that are no UTF-8 become what no id may have, so that the answer is an error of kind usage.
        Value::String(id) => Ok(id.to_str().map_or_else(|_| "\0".to_owned(), |id| id.to_owned())),
        other => Err(misuse(entry.call, &format!("the id has to be a string, not {}", kind(other)))),
    }
}

pub(crate) fn ids_of(lua: &Lua, entry: &Entry, client: &Client, ids: &Value) -> Result<(Vec<String>, Charge)> {
    let not_a_list = |given: &str| misuse(entry.call, &format!("the ids have to be a list, not {given}"));
    let Value::Table(list) = ids else { return Err(not_a_list(kind(ids))) };
    let list: &Table = list;
    let mut charge = Charge::of(client);
    charge.add(lua, CALL_BYTES)?;
    let ids = list.sequence_values::<Value>().map(|id| {
        let id = id?;
        // A list may name one long text a million times, which takes Lua next to nothing.
        charge.add(lua, ID_BYTES + id.as_string().map_or(0, |id| id.as_bytes().len()))?;
        id_of(entry, &id)
    });
    let ids = ids.collect::<Result<Vec<_>>>()?;
    charge.settle(lua)?;
    // A list of ids by name would be taken for an empty one.
    if ids.is_empty() && list.pairs::<Value, Value>().next().is_some() {
        return Err(not_a_list("a table with other keys than 1, 2, 3"));
    }
    Ok((ids, charge))
}
