//! `for id, task, err in …`: the answers to many ids, as they come.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use futures_util::stream::ReadyChunks;
use midapi::Answers;
use mlua::{Function, IntoLuaMulti, Lua, MetaMethod, UserData, UserDataMethods, Value};

use crate::bridge::Channel;
use crate::raise::{Outcome, misuse};
use crate::registry::Entry;
use crate::{setup, value};

/// Answers that are handed over from thread to thread at once: those that are there anyway, and no more.
const CHUNK: usize = 64;

/// What one turn of the background thread gives back.
pub(crate) type Turn = (Option<Vec<Answered>>, ReadyChunks<Answers>);

type Answered = (String, midapi::Result);

/// An iteration under way.
struct Iteration {
    channel: Channel<Turn>,
    /// None when it has ended. It asks only while it is polled, which is only inside the iterator.
    answers: Option<ReadyChunks<Answers>>,
    ready: VecDeque<Answered>,
    on_update: Option<Function>,
}

/// Shared by the iterator and what closes it.
type Shared = Arc<Mutex<Iteration>>;

/// The iterator; where Lua closes what a loop leaves (5.4 on), with what ends its traffic at once.
pub(crate) fn iterator(
    lua: &Lua,
    entry: &'static Entry,
    channel: Channel<Turn>,
    answers: Answers,
    on_update: Option<Function>,
) -> Outcome {
    let answers = Some(answers.ready_chunks(CHUNK));
    #[cfg_attr(not(feature = "send"), allow(clippy::arc_with_non_send_sync, reason = "it is, for hosts with `send`"))]
    let shared = Arc::new(Mutex::new(Iteration { channel, answers, ready: VecDeque::new(), on_update }));
    let closer = Closer(Arc::clone(&shared));
    let next = setup::of(lua)?.shim.function(lua, move |lua, _| match shared.try_lock() {
        Ok(mut iteration) => iteration.next(lua),
        Err(_) => Err(misuse(entry.call, "its own callback asks for the next one")),
    })?;
    Ok(if cfg!(any(feature = "lua54", feature = "lua55")) {
        (next, Value::Nil, Value::Nil, closer).into_lua_multi(lua)?
    } else {
        next.into_lua_multi(lua)?
    })
}

impl Iteration {
    fn next(&mut self, lua: &Lua) -> Outcome {
        loop {
            if let Some((id, outcome)) = self.ready.pop_front() {
                let mut values = value::outcome(lua, &outcome)?;
                values.push_front(Value::String(lua.create_string(id)?));
                return Ok(values);
            }
            // A turn that raises ends the iteration: its stream is gone with it.
            let Some(mut answers) = self.answers.take() else { return Ok(Value::Nil.into_lua_multi(lua)?) };
            let turn = async move { (answers.next().await, answers) };
            let (chunk, answers) = self.channel.run(lua, turn, self.on_update.as_ref())?;
            self.answers = chunk.is_some().then_some(answers);
            self.ready.extend(chunk.into_iter().flatten());
        }
    }
}

/// Ends an iteration that its loop has left.
struct Closer(Shared);

impl UserData for Closer {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        #[cfg(any(feature = "lua54", feature = "lua55"))]
        methods.add_meta_method(MetaMethod::Close, |_, closer, _: Value| {
            // It is held only where the loop is left from inside a callback; the turn that raises then ends it.
            if let Ok(mut iteration) = closer.0.try_lock() {
                iteration.answers = None;
                iteration.ready.clear();
            }
            Ok(())
        });
    }
}
