//! `for id, task, err in …`: the answers to many ids, as they come.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use futures_util::StreamExt;
use futures_util::future::poll_fn;
use futures_util::task::AtomicWaker;
use midapi::{ResultStream, blocking};
use mlua::{Function, IntoLuaMulti, Lua, Table};
#[cfg(any(feature = "lua54", feature = "lua55"))]
use mlua::{UserData, UserDataMethods, Value};

use crate::bridge::{Channel, Event};
use crate::charge::Charge;
use crate::raise::{Outcome, Raise, misuse};
use crate::registry::Entry;
use crate::{setup, value};

/// ResultStream that are handed over from thread to thread at once: those that are there anyway, and no more.
const CHUNK: usize = 64;

/// ResultStream that are made Lua values of before the script has the first of them.
const AHEAD: usize = 256;

/// What the background thread hands over: answers, or None at the end.
pub(crate) type Answered = Option<Vec<(String, midapi::Result)>>;

/// An iteration under way.
struct Iteration {
    channel: Channel<Answered>,
    state: State,
    on_update: Option<Function>,
    #[allow(dead_code, reason = "held as long as the ids may be")]
    charge: Charge,
}

enum State {
    NotBegun(ResultStream),
    /// The background thread asks while the gate is open, which is only inside the iterator.
    Asking(Arc<Gate>, #[allow(dead_code, reason = "dropping it ends the traffic")] blocking::Running),
    Ended,
}

/// The iterator; where Lua closes what a loop leaves (5.4 on), with what ends its traffic at once.
pub(crate) fn iterator(
    lua: &Lua,
    entry: &'static Entry,
    channel: Channel<Answered>,
    answers: ResultStream,
    on_update: Option<Function>,
    charge: Charge,
) -> Outcome {
    let iteration = Iteration { channel, state: State::NotBegun(answers), on_update, charge };
    #[cfg_attr(not(feature = "send"), allow(clippy::arc_with_non_send_sync, reason = "it is, for hosts with `send`"))]
    let shared = Arc::new(Mutex::new(iteration));
    #[cfg(any(feature = "lua54", feature = "lua55"))]
    let closer = Closer(Arc::clone(&shared));
    let next = setup::of(lua)?.shim.iterator(lua, move |lua, _| match shared.try_lock() {
        Ok(mut iteration) => iteration.more(lua),
        Err(_) => Err(misuse(entry.call, "its own callback asks for the next one")),
    })?;
    #[cfg(any(feature = "lua54", feature = "lua55"))]
    let next = (next, Value::Nil, Value::Nil, closer);
    Ok(next.into_lua_multi(lua)?)
}

impl Iteration {
    /// A list of answers; nil at the end.
    fn more(&mut self, lua: &Lua) -> Outcome {
        // One that raises ends the iteration, and its traffic.
        let state = std::mem::replace(&mut self.state, State::Ended);
        let (state, answers) = self.answers(lua, state)?;
        self.state = state;
        Ok(answers.into_lua_multi(lua)?)
    }

    /// Waits for answers. More is asked for while Lua values are made of them.
    fn answers(&mut self, lua: &Lua, state: State) -> Result<(State, Option<Table>), Raise> {
        let on_update = self.on_update.as_ref();
        let (gate, running) = match state {
            State::NotBegun(answers) => {
                let gate = Arc::new(Gate::default());
                let asking = ask(answers, Arc::clone(&gate), self.channel.sender.clone());
                let running = self.channel.start(lua, asking)?;
                (gate, running)
            }
            State::Asking(gate, running) => (gate, running),
            State::Ended => return Ok((State::Ended, None)),
        };
        let open = gate.open();
        let Some(mut chunk) = self.channel.receive(lua, on_update)? else { return Ok((State::Ended, None)) };
        let answers = value::answers(lua, chunk.len())?;
        let mut some = 0;
        loop {
            for (id, outcome) in &chunk {
                value::answer(lua, &answers, id, outcome)?;
            }
            some += chunk.len();
            gate.give_back(chunk);
            // What has come meanwhile is taken along: each time that the script goes out and in again, asking stands still. Not
            // where a callback might raise, which would take with it what is here already.
            if some >= AHEAD || on_update.is_some() {
                break;
            }
            match self.channel.receive_ready(lua)? {
                None => break,
                Some(Some(more)) => chunk = more,
                Some(None) => return Ok((State::Ended, Some(answers))),
            }
        }
        drop(open);
        Ok((State::Asking(gate, running), Some(answers)))
    }
}

/// Asks while the gate is open; what it comes to at last is the end.
async fn ask(answers: ResultStream, gate: Arc<Gate>, sender: std::sync::mpsc::Sender<Event<Answered>>) -> Answered {
    let mut answers = answers.ready_chunks(CHUNK);
    let mut next = async || {
        poll_fn(|context| if gate.is_open(context.waker()) { answers.poll_next_unpin(context) } else { Poll::Pending })
            .await
    };
    while let Some(chunk) = next().await {
        drop(sender.send(Event::Done(Some(chunk))));
        gate.drop_spent();
    }
    None
}

/// Lets the background thread ask, or not.
#[derive(Default)]
struct Gate {
    open: AtomicBool,
    waiting: AtomicWaker,
    spent: Mutex<Vec<Vec<(String, midapi::Result)>>>,
}

impl Gate {
    /// ResultStream that Lua values were made of.
    fn give_back(&self, chunk: Vec<(String, midapi::Result)>) {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner).push(chunk);
    }

    /// Memory is given back best on the thread that took it: on another one the two wait for each other.
    fn drop_spent(&self) {
        drop(std::mem::take(&mut *self.spent.lock().unwrap_or_else(PoisonError::into_inner)));
    }

    /// Opens it until what is returned is dropped.
    fn open(&self) -> Open<'_> {
        self.open.store(true, Ordering::Release);
        self.waiting.wake();
        Open(self)
    }

    fn is_open(&self, waker: &std::task::Waker) -> bool {
        self.waiting.register(waker);
        self.open.load(Ordering::Acquire)
    }
}

struct Open<'a>(&'a Gate);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.store(false, Ordering::Release);
    }
}

/// Ends an iteration that its loop has left, where Lua says so.
#[cfg(any(feature = "lua54", feature = "lua55"))]
struct Closer(Arc<Mutex<Iteration>>);

#[cfg(any(feature = "lua54", feature = "lua55"))]
impl UserData for Closer {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(mlua::MetaMethod::Close, |_, closer, _: Value| {
            // It is held only where the loop is left from inside a callback; what raises there ends the iteration.
            if let Ok(mut iteration) = closer.0.try_lock() {
                iteration.state = State::Ended;
            }
            Ok(())
        });
    }
}
