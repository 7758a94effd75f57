//! The iterator of a batch for async hosts.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use midapi::Task;
use mlua::{Function, IntoLuaMulti, Lua, Value};

use crate::api::ApiFunction;
use crate::client::callback::notify_async;
use crate::client::request::Id;
use crate::convert::results::BatchResult;
use crate::runtime::error::{CallResult, ScriptError};

/// Status changes that the callback has not received yet.
#[derive(Clone, Default)]
pub(crate) struct Updates(Arc<Mutex<VecDeque<Task>>>);

impl Updates {
    pub(crate) fn push(&self, task: Task) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(task);
    }

    fn pop(&self) -> Option<Task> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// A running iteration. It sends requests only while its iterator is awaited.
pub(crate) struct AsyncIteration<T> {
    function: &'static ApiFunction,
    on_update: Option<Function>,
    /// The state of the stream. `next` takes the stream out of the state while it waits for a result. An error or a
    /// dropped future therefore drops the stream, which ends the iteration.
    state: Arc<Mutex<State<T>>>,
}

enum State<T> {
    Ready(Box<Results<T>>),
    Awaited,
    Finished,
}

/// The results of a batch, and the status changes for the callback.
struct Results<T> {
    stream: BoxStream<'static, (Id, T)>,
    updates: Updates,
    /// A received result, or the end of the stream. It is returned after the status changes that arrived before it.
    pending: Option<Step<T>>,
}

enum Step<T> {
    Update(Box<Task>),
    Result(Option<(Id, T)>),
}

impl<T> Clone for AsyncIteration<T> {
    fn clone(&self) -> Self {
        Self { function: self.function, on_update: self.on_update.clone(), state: Arc::clone(&self.state) }
    }
}

impl<T: BatchResult> AsyncIteration<T> {
    pub(crate) fn new(
        function: &'static ApiFunction,
        stream: BoxStream<'static, (Id, T)>,
        updates: Updates,
        on_update: Option<Function>,
    ) -> Self {
        let results = Results { stream, updates, pending: None };
        Self { function, on_update, state: Arc::new(Mutex::new(State::Ready(Box::new(results)))) }
    }

    /// Returns `id, task` or `id, nil, err`, or nil at the end.
    pub(crate) async fn next(&self, lua: &Lua) -> CallResult {
        let mut results = match self.replace_state(State::Awaited) {
            State::Ready(results) => results,
            State::Awaited => {
                let name = self.function.name;
                return Err(ScriptError::Usage(format!("iterator of '{name}' called while it is running")));
            }
            State::Finished => {
                self.replace_state(State::Finished);
                return Ok(Value::Nil.into_lua_multi(lua)?);
            }
        };
        let guard = FinishGuard(self);
        loop {
            match poll_fn(|context| results.poll_step(context)).await {
                Step::Update(task) => notify_async(lua, self.on_update.as_ref(), &task).await?,
                Step::Result(None) => return Ok(Value::Nil.into_lua_multi(lua)?),
                Step::Result(Some((id, result))) => {
                    let mut values = result.to_values(lua, &id)?;
                    values.push_front(Value::String(lua.create_string(id)?));
                    drop(guard);
                    self.replace_state(State::Ready(results));
                    return Ok(values);
                }
            }
        }
    }
}

impl<T> AsyncIteration<T> {
    fn replace_state(&self, state: State<T>) -> State<T> {
        std::mem::replace(&mut *self.state.lock().unwrap_or_else(PoisonError::into_inner), state)
    }
}

/// Marks an iteration as finished when it is dropped.
struct FinishGuard<'a, T>(&'a AsyncIteration<T>);

impl<T> Drop for FinishGuard<'_, T> {
    fn drop(&mut self) {
        self.0.replace_state(State::Finished);
    }
}

impl<T> Results<T> {
    fn poll_step(&mut self, context: &mut Context<'_>) -> Poll<Step<T>> {
        if self.pending.is_none()
            && let Poll::Ready(result) = self.stream.poll_next_unpin(context)
        {
            self.pending = Some(Step::Result(result));
        }
        if let Some(task) = self.updates.pop() {
            return Poll::Ready(Step::Update(Box::new(task)));
        }
        self.pending.take().map_or(Poll::Pending, Poll::Ready)
    }
}
