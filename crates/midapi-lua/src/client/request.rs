//! The arguments of a method, and the SDK requests that are built from them.

use futures_util::stream::{self, Stream};
use midapi::{Get, GetAll, TaskId, Wait, WaitAll};
use mlua::{Lua, LuaString, MultiValue, Value};

use crate::api::ApiFunction;
use crate::client::userdata::Client;
use crate::convert::ids;
use crate::convert::options::Options;
use crate::runtime::error::{ScriptError, type_name};
use crate::sandbox::memory::MemoryReservation;

/// The memory in bytes that an id takes in addition to its text, until its result is returned.
const ID_BYTES: usize = 200;

/// The memory in bytes that a batch takes in addition to its ids: channel, scheduler and buffered results.
const BATCH_BYTES: usize = 8 << 10;

/// The bytes of an id that a script passed. They are the key of its result. They are not a `String`, because a
/// Lua string may not be valid UTF-8.
pub(crate) type Id = Vec<u8>;

/// An id as the script passed it (the key), and the task id that was parsed from it.
pub(crate) type KeyedId = (Id, midapi::Result<TaskId>);

/// The arguments of a method.
pub(crate) struct Arguments {
    pub(crate) client: Client,
    /// The first argument: an id, a list of ids, or a task.
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

    /// Reads the id from the arguments.
    pub(crate) fn id(&self, function: &ApiFunction) -> Result<LuaString, ScriptError> {
        ids::read_id(function, &self.subject)
    }

    pub(crate) fn build_get(&self, id: &TaskId) -> Get {
        let get = self.client.sdk.get().get(id);
        let get = apply(get, self.options.duration("timeout").or(self.client.timeout), Get::timeout);
        apply(get, self.options.count("max_retries").or(self.client.max_retries), Get::max_retries)
    }

    pub(crate) fn build_wait(&self, id: &TaskId) -> Wait {
        let wait = apply(self.client.sdk.get().wait(id), self.options.duration("timeout"), Wait::timeout);
        let wait = apply(wait, self.options.duration("interval"), Wait::interval);
        apply(wait, self.options.duration("first_delay"), Wait::first_delay)
    }

    /// Builds the batch of `client:get_all`. Also returns the reservation of the memory that the batch takes.
    pub(crate) fn build_get_all(
        &self,
        lua: &Lua,
        function: &ApiFunction,
    ) -> Result<(GetAll<Id>, MemoryReservation), ScriptError> {
        let (ids, reservation) = self.ids(lua, function)?;
        Ok((self.get_all(stream::iter(ids)), reservation))
    }

    /// Builds the batch of `client:wait_all`. Also returns the reservation of the memory that the batch takes.
    pub(crate) fn build_wait_all(
        &self,
        lua: &Lua,
        function: &ApiFunction,
    ) -> Result<(WaitAll<Id>, MemoryReservation), ScriptError> {
        let (ids, reservation) = self.ids(lua, function)?;
        Ok((self.wait_all(stream::iter(ids)), reservation))
    }

    pub(crate) fn get_all(&self, ids: impl Stream<Item = KeyedId> + Send + 'static) -> GetAll<Id> {
        let get_all = self.client.sdk.get().get_all_keyed(ids);
        let get_all = apply(get_all, self.options.duration("timeout").or(self.client.timeout), GetAll::timeout);
        let get_all =
            apply(get_all, self.options.count("max_retries").or(self.client.max_retries), GetAll::max_retries);
        let get_all =
            apply(get_all, self.options.count("max_in_flight"), |call, count| call.max_in_flight(count as usize));
        apply(get_all, self.options.rate("rate"), GetAll::rate)
    }

    pub(crate) fn wait_all(&self, ids: impl Stream<Item = KeyedId> + Send + 'static) -> WaitAll<Id> {
        let wait_all = self.client.sdk.get().wait_all_keyed(ids);
        let wait_all = apply(wait_all, self.options.duration("timeout"), WaitAll::timeout);
        let wait_all = apply(wait_all, self.options.duration("interval"), WaitAll::interval);
        let wait_all = apply(wait_all, self.options.duration("first_delay"), WaitAll::first_delay);
        let wait_all =
            apply(wait_all, self.options.count("max_in_flight"), |call, count| call.max_in_flight(count as usize));
        let wait_all = apply(wait_all, self.options.rate("rate"), WaitAll::rate);
        apply(wait_all, self.options.flag("fail_fast"), WaitAll::fail_fast)
    }

    /// Reserves the memory that a batch needs, not counting its ids.
    pub(crate) fn reserve_batch(&self, lua: &Lua) -> Result<MemoryReservation, ScriptError> {
        let mut reservation = MemoryReservation::new(self.client.counter.clone());
        reservation.add(lua, BATCH_BYTES)?;
        Ok(reservation)
    }

    /// Reads the list of ids. Also returns the reservation of the memory that a batch with these ids takes.
    pub(crate) fn ids(
        &self,
        lua: &Lua,
        function: &ApiFunction,
    ) -> Result<(impl Iterator<Item = KeyedId> + Send + 'static, MemoryReservation), ScriptError> {
        let mut reservation = self.reserve_batch(lua)?;
        // A list may contain one long string a million times. Lua stores it once, but each id here is a copy.
        let ids = ids::read_ids(function, &self.subject, |bytes| Ok(reservation.add(lua, ID_BYTES + 2 * bytes)?))?;
        reservation.flush(lua)?;
        let ids = ids.into_iter().map(|id| {
            let task_id = TaskId::try_from(&*id);
            (id, task_id)
        });
        Ok((ids, reservation))
    }
}

/// Sets an option of a request if the script has set it.
fn apply<T, V>(request: T, value: Option<V>, set: impl FnOnce(T, V) -> T) -> T {
    match value {
        Some(value) => set(request, value),
        None => request,
    }
}
