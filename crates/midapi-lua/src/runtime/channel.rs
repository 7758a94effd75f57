//! The channel from the background thread to the thread of a script.
//!
//! The background thread sends the requests. The thread of the script waits for events and runs callbacks outside of
//! async code. Every 50 ms it checks whether the script must end and whether the interpreter has a pending interrupt.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use futures_util::FutureExt;
use midapi::blocking;
use mlua::Lua;

use crate::runtime::error::{ScriptError, panic_message};
#[cfg(all(feature = "module", unix))]
use crate::runtime::signal::SignalWatch;
use crate::runtime::{limits, state};

/// The time between two checks of a waiting thread.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// An event of a call: an update of type `U`, a result of type `T`, or the message of a panic.
pub(crate) enum Event<U, T> {
    Update(U),
    Done(T),
    Panicked(String),
}

/// A channel for the events of one call.
pub(crate) struct Channel<U, T> {
    pub(crate) sender: Sender<Event<U, T>>,
    receiver: Receiver<Event<U, T>>,
}

impl<U: Send + 'static, T: Send + 'static> Channel<U, T> {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self { sender, receiver }
    }

    /// Starts a call on the background thread. Dropping the returned handle stops the call and its requests.
    pub(crate) fn start(
        &self,
        lua: &Lua,
        call: impl Future<Output = T> + Send + 'static,
    ) -> Result<blocking::Running, ScriptError> {
        let sender = self.sender.clone();
        let running = blocking::spawn(async move {
            let event = match AssertUnwindSafe(call).catch_unwind().await {
                Ok(result) => Event::Done(result),
                Err(panic) => Event::Panicked(panic_message(&*panic)),
            };
            // Fails if the script no longer waits and has dropped the receiver.
            drop(sender.send(event));
        });
        running.map_err(|error| ScriptError::message(lua, error.message()))
    }

    /// Waits for the next result. Passes each update that arrives before the result to `on_update`.
    pub(crate) fn receive(
        &self,
        lua: &Lua,
        mut on_update: impl FnMut(U) -> Result<(), ScriptError>,
    ) -> Result<T, ScriptError> {
        let mut checks = Checks::default();
        loop {
            let timeout = limits::remaining_time(lua).map_or(CHECK_INTERVAL, |time| time.min(CHECK_INTERVAL));
            match self.receiver.recv_timeout(timeout) {
                Ok(Event::Update(update)) => on_update(update)?,
                Ok(Event::Done(result)) => return Ok(result),
                Ok(Event::Panicked(message)) => return Err(ScriptError::panic(lua, &message)),
                // The channel also holds a sender, so it never disconnects.
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => checks.run(lua)?,
            }
        }
    }

    /// Returns the next result if it has arrived. Discards updates, so use it only for calls without updates.
    pub(crate) fn try_receive(&self, lua: &Lua) -> Result<Option<T>, ScriptError> {
        match self.receiver.try_recv() {
            Ok(Event::Done(result)) => Ok(Some(result)),
            Ok(Event::Panicked(message)) => Err(ScriptError::panic(lua, &message)),
            Ok(Event::Update(_)) | Err(_) => Ok(None),
        }
    }

    /// Runs a call until it is finished.
    pub(crate) fn run(
        &self,
        lua: &Lua,
        call: impl Future<Output = T> + Send + 'static,
        on_update: impl FnMut(U) -> Result<(), ScriptError>,
    ) -> Result<T, ScriptError> {
        let _running = self.start(lua, call)?;
        self.receive(lua, on_update)
    }
}

/// The checks that a waiting thread repeats: whether the script must end, and whether Ctrl-C was received.
#[derive(Default)]
struct Checks {
    #[cfg(all(feature = "module", unix))]
    signals: SignalWatch,
}

impl Checks {
    #[cfg_attr(not(all(feature = "module", unix)), allow(clippy::unused_self, reason = "it checks for signals"))]
    fn run(&mut self, lua: &Lua) -> Result<(), ScriptError> {
        limits::check(lua)?;
        check_interpreter(lua)?;
        #[cfg(all(feature = "module", unix))]
        self.signals.check(lua)?;
        Ok(())
    }
}

/// Returns an error if the interpreter has received Ctrl-C. A pending interrupt is raised in the next Lua function that
/// runs, so this function calls an empty Lua function.
fn check_interpreter(lua: &Lua) -> Result<(), ScriptError> {
    let run_hook = state::get(lua)?.run_hook.clone();
    run_hook.call::<()>(()).map_err(|error| {
        let text = error.to_string();
        let text = text.split("\nstack traceback:").next().unwrap_or_default();
        ScriptError::message(lua, text.strip_prefix("runtime error: ").unwrap_or(text))
    })
}
