//! How a script's thread waits for what the background thread does.
//!
//! The background thread asks the server. The script's thread waits on a channel, runs callbacks outside of everything async,
//! and looks up every 50 ms: whether the script is to end, and whether its interpreter wants to raise.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use futures_util::FutureExt;
use midapi::{Task, blocking};
use mlua::{Function, Lua};

use crate::raise::{self, Raise};
use crate::{limits, setup, value};

const LOOK_UP_EVERY: Duration = Duration::from_millis(50);

/// Callbacks that may run one inside the other, by calling the client. Each takes some of the thread's stack, which a script must
/// not be able to use up.
const DEEPEST: u8 = 16;

/// What a call hands over from the background thread.
pub(crate) enum Event<T> {
    Update(Box<Task>),
    Done(T),
    Panicked(String),
}

/// Where a call hands over.
pub(crate) struct Channel<T> {
    pub(crate) sender: Sender<Event<T>>,
    receiver: Receiver<Event<T>>,
}

impl<T: Send + 'static> Channel<T> {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self { sender, receiver }
    }

    /// Begins to run something on the background thread, which hands over what it comes to at its end. Dropping what is
    /// returned ends it, and its traffic.
    pub(crate) fn start(
        &self,
        lua: &Lua,
        call: impl Future<Output = T> + Send + 'static,
    ) -> Result<blocking::Running, Raise> {
        let done = self.sender.clone();
        let running = blocking::spawn(async move {
            let event = match AssertUnwindSafe(call).catch_unwind().await {
                Ok(outcome) => Event::Done(outcome),
                Err(panic) => Event::Panicked(raise::panicked(&*panic)),
            };
            // Nobody listens if the script has gone on.
            drop(done.send(event));
        });
        running.map_err(|error| Raise::text(lua, error.message()))
    }

    /// Waits for what comes next, and runs the callback at each update until then.
    pub(crate) fn receive(&self, lua: &Lua, on_update: Option<&Function>) -> Result<T, Raise> {
        let mut watch = Watch::default();
        loop {
            let patience = limits::left(lua).map_or(LOOK_UP_EVERY, |left| left.min(LOOK_UP_EVERY));
            match self.receiver.recv_timeout(patience) {
                Ok(event) => {
                    if let Some(done) = taken(lua, event, on_update)? {
                        return Ok(done);
                    }
                }
                // The channel holds a sender of its own: it does not end.
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => watch.check(lua)?,
            }
        }
    }

    /// What has come already, where there is no callback. None if nothing has.
    pub(crate) fn receive_ready(&self, lua: &Lua) -> Result<Option<T>, Raise> {
        self.receiver.try_recv().map_or(Ok(None), |event| taken(lua, event, None))
    }

    /// Runs a call to its end.
    pub(crate) fn run(
        &self,
        lua: &Lua,
        call: impl Future<Output = T> + Send + 'static,
        on_update: Option<&Function>,
    ) -> Result<T, Raise> {
        let _running = self.start(lua, call)?;
        self.receive(lua, on_update)
    }
}

fn taken<T>(lua: &Lua, event: Event<T>, on_update: Option<&Function>) -> Result<Option<T>, Raise> {
    match event {
        Event::Update(task) => on_update.map_or(Ok(()), |notify| notified(lua, notify, &task)).map(|()| None),
        Event::Done(outcome) => Ok(Some(outcome)),
        Event::Panicked(words) => Err(Raise::text(lua, &words)),
    }
}

/// What a script's thread looks up now and then while it waits.
#[derive(Default)]
struct Watch {
    #[cfg(all(feature = "module", unix))]
    signals: crate::signal::Watch,
}

impl Watch {
    #[cfg_attr(not(all(feature = "module", unix)), allow(clippy::unused_self, reason = "it watches for signals"))]
    fn check(&mut self, lua: &Lua) -> Result<(), Raise> {
        limits::check(lua)?;
        interpreter_check(lua)?;
        #[cfg(all(feature = "module", unix))]
        self.signals.check(lua)?;
        Ok(())
    }
}

fn notified(lua: &Lua, notify: &Function, task: &Task) -> Result<(), Raise> {
    let _deeper = Deeper::enter(lua)?;
    let protect = setup::of(lua)?.shim.protect.clone();
    let (fine, error): (bool, mlua::Value) = protect.call((notify, value::task(lua, task)?))?;
    if fine { Ok(()) } else { Err(Raise::Value(error)) }
}

/// A callback that is running.
struct Deeper<'a>(&'a Lua);

impl<'a> Deeper<'a> {
    fn enter(lua: &'a Lua) -> Result<Self, Raise> {
        let setup = setup::of(lua)?;
        if setup.depth.get() == DEEPEST {
            return Err(Raise::text(lua, "callbacks that wait for tasks are nested too deeply"));
        }
        setup.depth.set(setup.depth.get() + 1);
        Ok(Self(lua))
    }
}

impl Drop for Deeper<'_> {
    fn drop(&mut self) {
        if let Ok(setup) = setup::of(self.0) {
            setup.depth.set(setup.depth.get() - 1);
        }
    }
}

/// An interpreter that has seen Ctrl-C raises in the next Lua function that runs.
fn interpreter_check(lua: &Lua) -> Result<(), Raise> {
    let tick = setup::of(lua)?.shim.tick.clone();
    tick.call::<()>(()).map_err(|error| {
        let words = error.to_string();
        // The place is that of our own line; the script's comes with the call that it has made.
        let words = words.split("\nstack traceback:").next().unwrap_or_default();
        Raise::text(lua, words.strip_prefix("runtime error: ").unwrap_or(words))
    })
}
