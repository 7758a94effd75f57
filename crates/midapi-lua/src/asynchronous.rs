//! The methods of a client for async hosts: they yield to the host's runtime instead of blocking its thread.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::{FutureExt, StreamExt};
use midapi::{ResultStream, Task, Update};
use mlua::{
    Function, IntoLua, IntoLuaMulti, Lua, MetaMethod, MultiValue, Result, Table, UserData, UserDataFields,
    UserDataMethods, Value,
};

use crate::access::{Access, Client};
use crate::call::{self, id_of, ids_of};
use crate::client::{shown, taken};
use crate::options::Options;
use crate::raise::{Outcome, Raise, misuse, panicked, settled};
use crate::registry::{self, Entry};
use crate::{setup, value};

/// The `midapi` table for a host that runs its scripts with `call_async` or `exec_async` on a tokio runtime: calls of the client
/// yield to it instead of blocking its thread, so that many scripts run side by side on one.
///
/// Its functions have the names, options and answers of [`table_with`](crate::table_with). What is different: they work only in
/// scripts that run so, and not where Lua cannot yield (in the comparison of `table.sort`, in `string.gsub`, and on 5.1 also
/// not in the iterator of a loop and in `pcall`). The host's own time-outs are what ends them: dropping the future ends a call's
/// traffic.
///
/// # Errors
/// Those of Lua, such as a lack of memory.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> mlua::Result<()> {
/// let client = midapi::Client::builder().api_key("made-up").build().unwrap();
/// let lua = mlua::Lua::new();
/// lua.globals().set("midapi", midapi_lua::async_table_with(&lua, client)?)?;
/// let script = lua.load("local _, err = midapi.client():get('') return err.kind");
/// assert_eq!(script.eval_async::<String>().await?, "usage");
/// # Ok(())
/// # }
/// ```
pub fn async_table_with(lua: &Lua, client: midapi::Client) -> Result<Table> {
    setup::once(lua)?;
    if lua.app_data_ref::<Methods>().is_none() {
        let methods = methods(lua)?;
        lua.set_app_data(Methods(methods));
    }
    let access = Access { host: Some(client), fence: None };
    crate::table_of(lua, access, |lua, client| AsyncClient(client).into_lua_multi(lua))
}

/// A client whose methods yield.
#[derive(Clone)]
struct AsyncClient(Client);

/// The table of methods, kept in the state.
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
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |_, client, ()| Ok(shown(&client.0)));
    }
}

fn methods(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    for entry in registry::METHODS {
        let method = move |lua: Lua, arguments: MultiValue| async move {
            let (client, subject, options) = taken::<AsyncClient>(entry, arguments)?;
            match entry.name {
                "get" => get(&lua, entry, &client, &subject, &options).await,
                "wait" => wait(&lua, entry, &client, &subject, &options).await,
                "get_all" => {
                    // No sandbox has this table: there is nothing to charge.
                    let (ids, _) = ids_of(&lua, entry, &client, &subject)?;
                    let call = call::get_all(&client, ids, &Options::new(entry, &options)?)?;
                    iterator(&lua, entry, call.stream(), Updates::default(), None)
                }
                _ => wait_all(&lua, entry, &client, &subject, &options),
            }
        };
        table.raw_set(entry.name, function(lua, method)?)?;
    }
    Ok(table)
}

/// A function of scripts that yields. A panic in it becomes an error of the script.
fn function<F, R>(lua: &Lua, ours: F) -> Result<Function>
where
    F: Fn(Lua, MultiValue) -> R + Clone + mlua::MaybeSend + 'static,
    R: Future<Output = Outcome> + mlua::MaybeSend + 'static,
{
    let raw = lua.create_async_function(move |lua: Lua, arguments| {
        let ours = ours.clone();
        async move {
            let outcome = AssertUnwindSafe(ours(lua.clone(), arguments)).catch_unwind().await;
            settled(&lua, outcome.unwrap_or_else(|panic| Err(Raise::text(&lua, &panicked(&*panic)))))
        }
    })?;
    setup::of(lua)?.shim.wrapped(raw)
}

async fn get(lua: &Lua, entry: &Entry, client: &Client, id: &Value, options: &Value) -> Outcome {
    let call = call::get(client, &id_of(entry, id)?, &Options::new(entry, options)?)?;
    Ok(value::outcome(lua, &call.await)?)
}

async fn wait(lua: &Lua, entry: &Entry, client: &Client, id: &Value, options: &Value) -> Outcome {
    let options = Options::new(entry, options)?;
    let call = call::wait(client, &id_of(entry, id)?, &options)?;
    let on_update = options.function("on_update")?;
    let mut updates = call.stream();
    while let Some(update) = updates.next().await {
        match (update, &on_update) {
            (Update::Changed(task), Some(notify)) => notified(lua, notify, &task).await?,
            (Update::Finished(ended), _) => return Ok(value::outcome(lua, &ended)?),
            _ => {}
        }
    }
    Err(misuse(entry.call, "the wait broke off"))
}

fn wait_all(lua: &Lua, entry: &'static Entry, client: &Client, ids: &Value, options: &Value) -> Outcome {
    let options = Options::new(entry, options)?;
    let (ids, _) = ids_of(lua, entry, client, ids)?;
    let mut call = call::wait_all(client, ids, &options)?;
    let on_update = options.function("on_update")?;
    let updates = Updates::default();
    if on_update.is_some() {
        let updates = updates.clone();
        call = call.on_update(move |_, update| {
            if let Update::Changed(task) = update {
                updates.push(task.clone());
            }
        });
    }
    iterator(lua, entry, call.stream(), updates, on_update)
}

async fn notified(lua: &Lua, notify: &Function, task: &Task) -> std::result::Result<(), Raise> {
    let protect = setup::of(lua)?.shim.protect.clone();
    let (fine, error): (bool, Value) = protect.call_async((notify, value::task(lua, task)?)).await?;
    if fine { Ok(()) } else { Err(Raise::Value(error)) }
}

/// Changes of state that have not been told yet.
#[derive(Clone, Default)]
struct Updates(Arc<Mutex<VecDeque<Task>>>);

impl Updates {
    fn push(&self, task: Task) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(task);
    }

    fn pop(&self) -> Option<Task> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// An iteration under way; it asks only while its iterator is awaited.
struct Iteration {
    answers: ResultStream,
    updates: Updates,
    /// An answer that has to wait for the updates that came with it.
    held_back: Option<Step>,
}

enum Step {
    Update(Task),
    RawResponse(Option<(String, midapi::Result)>),
}

impl Iteration {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Step> {
        if self.held_back.is_none()
            && let Poll::Ready(answer) = self.answers.poll_next_unpin(context)
        {
            self.held_back = Some(Step::RawResponse(answer));
        }
        if let Some(task) = self.updates.pop() {
            return Poll::Ready(Step::Update(task));
        }
        self.held_back.take().map_or(Poll::Pending, Poll::Ready)
    }
}

/// Where an iteration is.
enum Kept {
    Here(Box<Iteration>),
    Awaited,
    Ended,
}

/// Says that an iteration has ended, unless something else is said after it.
struct Ends<'a>(&'a Mutex<Kept>);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Kept::Ended;
    }
}

fn iterator(
    lua: &Lua,
    entry: &'static Entry,
    answers: ResultStream,
    updates: Updates,
    on_update: Option<Function>,
) -> Outcome {
    // Taken out while it is awaited: what raises or is dropped there ends it.
    let kept = Arc::new(Mutex::new(Kept::Here(Box::new(Iteration { answers, updates, held_back: None }))));
    let next = function(lua, move |lua, _| {
        let (kept, on_update) = (Arc::clone(&kept), on_update.clone());
        async move {
            let put = |state| std::mem::replace(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner), state);
            let mut iteration = match put(Kept::Awaited) {
                Kept::Here(iteration) => iteration,
                Kept::Awaited => return Err(misuse(entry.call, "it is asked for the next one already")),
                Kept::Ended => {
                    put(Kept::Ended);
                    return Ok(Value::Nil.into_lua_multi(&lua)?);
                }
            };
            let ends = Ends(&kept);
            loop {
                match poll_fn(|context| iteration.poll(context)).await {
                    Step::Update(task) => {
                        if let Some(notify) = &on_update {
                            notified(&lua, notify, &task).await?;
                        }
                    }
                    Step::RawResponse(None) => return Ok(Value::Nil.into_lua_multi(&lua)?),
                    Step::RawResponse(Some((id, outcome))) => {
                        let mut values = value::outcome(&lua, &outcome)?;
                        values.push_front(Value::String(lua.create_string(id)?));
                        drop(ends);
                        put(Kept::Here(iteration));
                        return Ok(values);
                    }
                }
            }
        }
    })?;
    Ok(next.into_lua_multi(lua)?)
}
