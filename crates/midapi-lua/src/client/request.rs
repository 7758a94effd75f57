//! The arguments of a method, and the requests of the SDK that follow from them.

use midapi::{Get, GetAll, Wait, WaitAll};
use mlua::{Lua, MultiValue, Value};

use crate::api::ApiFunction;
use crate::client::userdata::Client;
use crate::convert::ids::{self, UnreadableIds};
use crate::convert::options::Options;
use crate::runtime::error::{ScriptError, type_name};
use crate::sandbox::memory::MemoryReservation;

/// The memory of an id besides its bytes, until its result was returned.
const ID_BYTES: usize = 200;

/// The memory of a batch besides its ids: channel, scheduler, and room for results.
const BATCH_BYTES: usize = 8 << 10;

/// The values that the iterator of a batch keeps.
pub(crate) struct BatchResources {
    pub(crate) unreadable_ids: UnreadableIds,
    /// The memory that the ids take.
    _reservation: MemoryReservation,
}

/// The arguments of a method.
pub(crate) struct Arguments {
    pub(crate) client: Client,
    /// The id or the list of ids.
    pub(crate) subject: Value,
    pub(crate) options: Options,
}

impl Arguments {
    /// Reads the arguments of a method of the userdata `T`.
    pub(crate) fn read<T: AsRef<Client> + 'static>(
        function: &ApiFunction,
        arguments: MultiValue,
    ) -> Result<Self, ScriptError> {
        let mut arguments = arguments.into_iter();
        let mut next = || arguments.next().unwrap_or(Value::Nil);
        let receiver = next();
        let client = receiver.as_userdata().and_then(|userdata| userdata.borrow::<T>().ok());
        let Some(client) = client.map(|client| client.as_ref().clone()) else {
            return Err(ScriptError::Usage(format!(
                "calling '{}' on bad self (midapi.Client expected, got {}); call it with a colon: {}(…)",
                function.name,
                type_name(&receiver),
                function.call
            )));
        };
        let (subject, options) = (next(), next());
        Ok(Self { client, subject, options: Options::read(function, &options)? })
    }

    /// Returns the bytes of the id. Empty if the call has none.
    pub(crate) fn id(&self) -> Vec<u8> {
        self.subject.as_string().map_or_else(Vec::new, |id| id.as_bytes().to_vec())
    }
}

pub(crate) fn build_get(function: &ApiFunction, arguments: &Arguments) -> Result<Get, ScriptError> {
    let Arguments { client, subject, options } = arguments;
    let get = client.sdk.get(read_id(function, subject)?);
    let get = apply(get, options.duration("timeout").or(client.timeout), Get::timeout);
    Ok(apply(get, options.count("max_retries").or(client.max_retries), Get::max_retries))
}

pub(crate) fn build_wait(function: &ApiFunction, arguments: &Arguments) -> Result<Wait, ScriptError> {
    let Arguments { client, subject, options } = arguments;
    let wait = client.sdk.wait(read_id(function, subject)?);
    let wait = apply(wait, options.duration("timeout"), Wait::timeout);
    let wait = apply(wait, options.duration("interval"), Wait::interval);
    Ok(apply(wait, options.duration("first_delay"), Wait::first_delay))
}

/// Also returns what the iterator must keep.
pub(crate) fn build_get_all(
    lua: &Lua,
    function: &ApiFunction,
    arguments: &Arguments,
) -> Result<(GetAll, BatchResources), ScriptError> {
    let Arguments { client, options, .. } = arguments;
    let (ids, resources) = read_ids(lua, function, arguments)?;
    let get_all = apply(client.sdk.get_all(ids), options.duration("timeout").or(client.timeout), GetAll::timeout);
    let get_all = apply(get_all, options.count("max_retries").or(client.max_retries), GetAll::max_retries);
    let get_all = apply(get_all, options.count("max_in_flight"), |call, count| call.max_in_flight(count as usize));
    Ok((apply(get_all, options.rate("rate"), GetAll::rate), resources))
}

/// Also returns what the iterator must keep.
pub(crate) fn build_wait_all(
    lua: &Lua,
    function: &ApiFunction,
    arguments: &Arguments,
) -> Result<(WaitAll, BatchResources), ScriptError> {
    let Arguments { client, options, .. } = arguments;
    let (ids, resources) = read_ids(lua, function, arguments)?;
    let wait_all = apply(client.sdk.wait_all(ids), options.duration("timeout"), WaitAll::timeout);
    let wait_all = apply(wait_all, options.duration("interval"), WaitAll::interval);
    let wait_all = apply(wait_all, options.duration("first_delay"), WaitAll::first_delay);
    let wait_all = apply(wait_all, options.count("max_in_flight"), |call, count| call.max_in_flight(count as usize));
    let wait_all = apply(wait_all, options.rate("rate"), WaitAll::rate);
    Ok((apply(wait_all, options.flag("fail_fast"), WaitAll::fail_fast), resources))
}

/// Sets an option of a request, if the script gave it.
fn apply<T, V>(request: T, value: Option<V>, set: impl FnOnce(T, V) -> T) -> T {
    match value {
        Some(value) => set(request, value),
        None => request,
    }
}

fn read_id(function: &ApiFunction, value: &Value) -> Result<String, ScriptError> {
    Ok(ids::to_text(&ids::read_id(function, value)?.as_bytes()))
}

fn read_ids(
    lua: &Lua,
    function: &ApiFunction,
    arguments: &Arguments,
) -> Result<(Vec<String>, BatchResources), ScriptError> {
    let mut reservation = MemoryReservation::new(arguments.client.counter.clone());
    reservation.add(lua, BATCH_BYTES)?;
    // A list may name one long text a million times, which takes little memory in Lua.
    let ids = ids::read_ids(function, &arguments.subject, |bytes| Ok(reservation.add(lua, ID_BYTES + bytes)?))?;
    reservation.flush(lua)?;
    let mut unreadable_ids = UnreadableIds::default();
    let texts = ids.into_iter().map(|id| unreadable_ids.add(id)).collect();
    Ok((texts, BatchResources { unreadable_ids, _reservation: reservation }))
}
