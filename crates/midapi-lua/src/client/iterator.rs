//! The iterator of a batch: `for id, task, err in client:get_all(ids) do`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use futures_util::StreamExt;
use futures_util::future::poll_fn;
use futures_util::stream::BoxStream;
use futures_util::task::AtomicWaker;
use midapi::{Task, blocking};
use mlua::{Function, IntoLuaMulti, Lua, Table, UserData, Value};
#[cfg(any(feature = "lua54", feature = "lua55"))]
use mlua::{MultiValue, UserDataFields};

use crate::api::ApiFunction;
use crate::client::callback::notify;
use crate::client::request::Id;
use crate::convert::results::{self, BatchResult};
use crate::runtime::channel::{Channel, Event};
use crate::runtime::error::{CallResult, ScriptError};
#[cfg(any(feature = "lua54", feature = "lua55"))]
use crate::runtime::function::create_function;
use crate::runtime::function::{COLLECTED, create_function_at};
use crate::runtime::state;
use crate::sandbox::memory::MemoryReservation;

/// The maximum number of results in one message of the background thread.
const CHUNK_LENGTH: usize = 64;

/// The maximum number of results that are converted to Lua values before the script receives the first of them.
const MAX_BATCH_LENGTH: usize = 256;

/// A message of the background thread: results, or `None` at the end.
type Chunk<T> = Option<Vec<(Id, T)>>;

/// A running iteration.
struct Iteration<T> {
    channel: Channel<Task, Chunk<T>>,
    state: State<T>,
    on_update: Option<Function>,
    _reservation: MemoryReservation,
}

enum State<T> {
    NotStarted(BoxStream<'static, (Id, T)>),
    /// The background thread sends requests while the gate is open. The gate is open only while the script is inside
    /// the iterator. Dropping the handle stops the requests.
    Running(Arc<Gate<T>>, blocking::Running),
    Finished,
}

/// An iteration, whatever its results are.
trait AnyIteration {
    /// Returns a list of results, or nil at the end. An error ends the iteration and its requests.
    fn receive(&mut self, lua: &Lua) -> CallResult;

    /// Stops the requests.
    #[cfg(any(feature = "lua54", feature = "lua55"))]
    fn finish(&mut self);
}

#[cfg(feature = "send")]
type SharedIteration = Arc<Mutex<dyn AnyIteration + Send>>;
#[cfg(not(feature = "send"))]
type SharedIteration = Arc<Mutex<dyn AnyIteration>>;

/// The userdata of an iteration. Unlike a Rust function, mlua keeps it alive while it is in use, and rejects it after Lua
/// has finalized it.
struct Handle {
    function: &'static ApiFunction,
    iteration: SharedIteration,
}

/// Creates the iterator. In Lua 5.4 and later, a to-be-closed value stops the requests as soon as the loop is left.
pub(crate) fn create_iterator<T: BatchResult>(
    lua: &Lua,
    function: &'static ApiFunction,
    channel: Channel<Task, Chunk<T>>,
    stream: BoxStream<'static, (Id, T)>,
    on_update: Option<Function>,
    reservation: MemoryReservation,
) -> CallResult {
    let state = State::NotStarted(stream);
    #[cfg_attr(not(feature = "send"), allow(clippy::arc_with_non_send_sync, reason = "`Send` with feature `send`"))]
    let iteration = Arc::new(Mutex::new(Iteration { channel, state, on_update, _reservation: reservation }));
    let handle = lua.create_userdata(Handle { function, iteration })?;
    let iterator: Function = state::get(lua)?.create_iterator.call(&handle)?;
    #[cfg(any(feature = "lua54", feature = "lua55"))]
    let iterator = (iterator, Value::Nil, Value::Nil, handle);
    Ok(iterator.into_lua_multi(lua)?)
}

/// Creates the function that receives the results of all iterations of a state.
pub(crate) fn create_receive(lua: &Lua) -> mlua::Result<Function> {
    create_function_at(lua, 2, |lua, arguments| {
        let collected = || ScriptError::Usage(COLLECTED.to_string_lossy().into_owned());
        let handle = arguments.front().and_then(Value::as_userdata).ok_or_else(collected)?;
        let (name, iteration) = {
            let handle = handle.borrow::<Handle>().map_err(|_| collected())?;
            (handle.function.name, Arc::clone(&handle.iteration))
        };
        let reentered = || ScriptError::Usage(format!("iterator of '{name}' called inside its own callback"));
        let mut iteration = iteration.try_lock().map_err(|_| reentered())?;
        iteration.receive(lua)
    })
}

impl<T: BatchResult> AnyIteration for Iteration<T> {
    fn receive(&mut self, lua: &Lua) -> CallResult {
        let state = std::mem::replace(&mut self.state, State::Finished);
        let (state, batch) = self.receive_batch(lua, state)?;
        self.state = state;
        Ok(batch.into_lua_multi(lua)?)
    }

    #[cfg(any(feature = "lua54", feature = "lua55"))]
    fn finish(&mut self) {
        self.state = State::Finished;
    }
}

impl<T: BatchResult> Iteration<T> {
    /// Waits for results. Requests continue while the results are converted to Lua values.
    fn receive_batch(&mut self, lua: &Lua, state: State<T>) -> Result<(State<T>, Option<Table>), ScriptError> {
        let (gate, running) = match state {
            State::NotStarted(stream) => {
                let gate = Arc::new(Gate::default());
                let sending = send_results(stream, Arc::clone(&gate), self.channel.sender.clone());
                let running = self.channel.start(lua, sending)?;
                (gate, running)
            }
            State::Running(gate, running) => (gate, running),
            State::Finished => return Ok((State::Finished, None)),
        };
        let open = gate.open();
        let on_update = self.on_update.as_ref();
        let Some(mut chunk) = self.channel.receive(lua, |task| notify(lua, on_update, &task))? else {
            return Ok((State::Finished, None));
        };
        let batch = results::create_batch(lua, chunk.len())?;
        let mut length = 0;
        loop {
            for (id, result) in &chunk {
                result.push(lua, &batch, id)?;
            }
            length += chunk.len();
            gate.return_chunk(chunk);
            // Takes all results that have arrived, because requests stop while the script is outside the iterator. With
            // a callback it takes one chunk, because an error of the callback would discard results that have already
            // arrived.
            if length >= MAX_BATCH_LENGTH || on_update.is_some() {
                break;
            }
            match self.channel.try_receive(lua)? {
                None => break,
                Some(Some(next)) => chunk = next,
                Some(None) => return Ok((State::Finished, Some(batch))),
            }
        }
        drop(open);
        Ok((State::Running(gate, running), Some(batch)))
    }
}

/// Sends results while the gate is open. Returns the message for the end of the stream (`None`).
async fn send_results<T: BatchResult>(
    stream: BoxStream<'static, (Id, T)>,
    gate: Arc<Gate<T>>,
    sender: Sender<Event<Task, Chunk<T>>>,
) -> Chunk<T> {
    let mut chunks = stream.ready_chunks(CHUNK_LENGTH);
    let mut next = async || {
        poll_fn(|context| if gate.is_open(context.waker()) { chunks.poll_next_unpin(context) } else { Poll::Pending })
            .await
    };
    while let Some(chunk) = next().await {
        drop(sender.send(Event::Done(Some(chunk))));
        gate.drop_returned();
    }
    None
}

/// A gate for the background thread. The thread sends requests only while the gate is open.
struct Gate<T> {
    open: AtomicBool,
    waker: AtomicWaker,
    returned: Mutex<Vec<Vec<(Id, T)>>>,
}

impl<T> Default for Gate<T> {
    fn default() -> Self {
        Self { open: AtomicBool::new(false), waker: AtomicWaker::new(), returned: Mutex::default() }
    }
}

impl<T> Gate<T> {
    /// Opens the gate until the returned guard is dropped.
    fn open(&self) -> OpenGuard<'_, T> {
        self.open.store(true, Ordering::Release);
        self.waker.wake();
        OpenGuard(self)
    }

    fn is_open(&self, waker: &Waker) -> bool {
        self.waker.register(waker);
        self.open.load(Ordering::Acquire)
    }

    /// Sends results back to the background thread, which frees them. The thread that allocated memory frees it
    /// fastest.
    fn return_chunk(&self, chunk: Vec<(Id, T)>) {
        self.returned.lock().unwrap_or_else(PoisonError::into_inner).push(chunk);
    }

    fn drop_returned(&self) {
        drop(std::mem::take(&mut *self.returned.lock().unwrap_or_else(PoisonError::into_inner)));
    }
}

struct OpenGuard<'a, T>(&'a Gate<T>);

impl<T> Drop for OpenGuard<'_, T> {
    fn drop(&mut self) {
        self.0.open.store(false, Ordering::Release);
    }
}

impl UserData for Handle {
    #[cfg(any(feature = "lua54", feature = "lua55"))]
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_meta_field_with("__close", |lua| {
            create_function(lua, |_, arguments| {
                let handle =
                    arguments.front().and_then(Value::as_userdata).and_then(|handle| handle.borrow::<Self>().ok());
                let iteration = handle.map(|handle| Arc::clone(&handle.iteration));
                // The lock is held only if the loop is left from inside a callback. The error of the callback then ends
                // the iteration.
                if let Some(mut iteration) = iteration.as_ref().and_then(|iteration| iteration.try_lock().ok()) {
                    iteration.finish();
                }
                Ok(MultiValue::new())
            })
        });
    }
}
