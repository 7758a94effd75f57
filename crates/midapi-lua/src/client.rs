//! The methods of a client that blocks its script.

use mlua::{Lua, MetaMethod, MultiValue, Result, Table, UserData, UserDataFields, UserDataMethods, Value};

use crate::access::Client;
use crate::bridge::{Channel, Event};
use crate::call::{self, id_of, ids_of};
use crate::many;
use crate::options::Options;
use crate::raise::{Outcome, Raise, Shim, misuse};
use crate::registry::{self, Entry};
use crate::{setup, value};

impl UserData for Client {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_meta_field("__name", "midapi.Client");
        fields.add_meta_field_with("__index", |lua| Ok(setup::of(lua)?.methods.clone()));
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |_, client, ()| Ok(shown(client)));
    }
}

/// A client in words; the key is not among them.
pub(crate) fn shown(client: &Client) -> String {
    format!("midapi client of {}", client.sdk.base_url())
}

/// The table of methods.
pub(crate) fn methods(lua: &Lua, shim: &Shim) -> Result<Table> {
    let table = lua.create_table()?;
    for entry in registry::METHODS {
        let method = move |lua: &Lua, arguments: MultiValue| {
            let (client, subject, options) = taken::<Client>(entry, arguments)?;
            match entry.name {
                "get" => get(lua, entry, &client, &subject, &options),
                "wait" => wait(lua, entry, &client, &subject, &options),
                "get_all" => {
                    let (ids, charge) = ids_of(lua, entry, &client, &subject)?;
                    let call = call::get_all(&client, ids, &Options::new(entry, &options)?)?;
                    many::iterator(lua, entry, Channel::new(), call.stream(), None, charge)
                }
                _ => wait_all(lua, entry, &client, &subject, &options),
            }
        };
        table.raw_set(entry.name, shim.function(lua, method)?)?;
    }
    Ok(table)
}

/// The client, what is asked for, and the options.
pub(crate) fn taken<T: AsRef<Client> + 'static>(
    entry: &Entry,
    arguments: MultiValue,
) -> std::result::Result<(Client, Value, Value), Raise> {
    let mut arguments = arguments.into_iter();
    let mut next = || arguments.next().unwrap_or(Value::Nil);
    let client = match next() {
        Value::UserData(client) => client.borrow::<T>().map(|client| client.as_ref().clone()).ok(),
        _ => None,
    };
    let client = client.ok_or_else(|| {
        let colon = format!("it is a method of a client: call it with a colon, client:{}(…)", entry.name);
        misuse(entry.call, &colon)
    })?;
    Ok((client, next(), next()))
}

impl AsRef<Self> for Client {
    fn as_ref(&self) -> &Self {
        self
    }
}

fn get(lua: &Lua, entry: &Entry, client: &Client, id: &Value, options: &Value) -> Outcome {
    let call = call::get(client, &id_of(entry, id)?, &Options::new(entry, options)?)?;
    let outcome = Channel::new().run(lua, call.into_future(), None)?;
    Ok(value::outcome(lua, &outcome)?)
}

fn wait(lua: &Lua, entry: &Entry, client: &Client, id: &Value, options: &Value) -> Outcome {
    let options = Options::new(entry, options)?;
    let mut call = call::wait(client, &id_of(entry, id)?, &options)?;
    let on_update = options.function("on_update")?;
    let channel = Channel::new();
    if on_update.is_some() {
        let updates = channel.sender.clone();
        call = call.on_update(move |task| drop(updates.send(Event::Update(Box::new(task.clone())))));
    }
    let outcome = channel.run(lua, call.into_future(), on_update.as_ref())?;
    Ok(value::outcome(lua, &outcome)?)
}

fn wait_all(lua: &Lua, entry: &'static Entry, client: &Client, ids: &Value, options: &Value) -> Outcome {
    let options = Options::new(entry, options)?;
    let (ids, charge) = ids_of(lua, entry, client, ids)?;
    let mut call = call::wait_all(client, ids, &options)?;
    let on_update = options.function("on_update")?;
    let channel = Channel::new();
    if on_update.is_some() {
        let updates = channel.sender.clone();
        call = call.on_update(move |_, update| {
            if let midapi::Update::Changed(task) = update {
                drop(updates.send(Event::Update(Box::new(task.clone()))));
            }
        });
    }
    many::iterator(lua, entry, channel, call.stream(), on_update, charge)
}
