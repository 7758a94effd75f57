//! Ctrl-C in a stock interpreter, inside a blocked call.
//!
//! The interpreter's own handler makes Lua raise at the next instruction of the main thread. A blocked call runs one instruction
//! from time to time, which is enough outside of coroutines. PUC Lua does not raise inside a coroutine. So a call that blocks for
//! more than 50 ms sets a handler that records the signal and calls the interpreter's handler, and restores that one at its end.

#![allow(unsafe_code, reason = "sigaction takes a handler by its address")]

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use libc::{SA_SIGINFO, SIG_DFL, SIG_IGN, SIGINT, c_int, sigaction, siginfo_t};
use mlua::Lua;

use crate::runtime::error::ScriptError;
use crate::runtime::limits::INTERRUPTED;

static RECEIVED: AtomicBool = AtomicBool::new(false);
/// The address of the interpreter's handler.
static PREVIOUS_HANDLER: AtomicUsize = AtomicUsize::new(0);
/// Whether the interpreter's handler takes three arguments instead of one.
static TAKES_THREE: AtomicBool = AtomicBool::new(false);

/// A handler of Ctrl-C, from its first check until it is dropped.
#[derive(Default)]
pub(crate) struct SignalWatch {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    NotStarted,
    /// The signal has no handler, or an outer call handles it.
    Disabled,
    /// Installed. Contains the previous handler.
    Active(Box<sigaction>),
}

impl SignalWatch {
    /// Raises if the signal has arrived since the last check.
    pub(crate) fn check(&mut self, lua: &Lua) -> Result<(), ScriptError> {
        if matches!(self.state, State::NotStarted) {
            self.state = install().map_or(State::Disabled, |previous| State::Active(Box::new(previous)));
        }
        if matches!(self.state, State::Active(_)) && RECEIVED.swap(false, Ordering::Relaxed) {
            return Err(ScriptError::message(lua, INTERRUPTED));
        }
        Ok(())
    }
}

impl Drop for SignalWatch {
    fn drop(&mut self) {
        let State::Active(previous) = &self.state else { return };
        let current = current_action();
        // The interpreter's handler may have installed another one, which stays.
        if current.is_some_and(|current| current.sa_sigaction == handler_address()) {
            // SAFETY: restores the previous action, as it was read.
            unsafe { sigaction(SIGINT, &raw const **previous, ptr::null_mut()) };
        }
    }
}

/// Installs the handler and returns the previous action. `None` if the host ignores the signal or lets it end
/// the process, or if an outer call already handles it.
fn install() -> Option<sigaction> {
    let previous = current_action()?;
    if [SIG_DFL, SIG_IGN, handler_address()].contains(&previous.sa_sigaction) {
        return None;
    }
    PREVIOUS_HANDLER.store(previous.sa_sigaction, Ordering::Relaxed);
    TAKES_THREE.store(previous.sa_flags & SA_SIGINFO != 0, Ordering::Relaxed);
    RECEIVED.store(false, Ordering::Relaxed);
    let mut action = previous;
    action.sa_sigaction = handler_address();
    action.sa_flags |= SA_SIGINFO;
    // SAFETY: the handler only stores to atomics and calls the handler that was there before, both fit for a signal.
    let set = unsafe { sigaction(SIGINT, &raw const action, ptr::null_mut()) };
    (set == 0).then_some(previous)
}

fn current_action() -> Option<sigaction> {
    let mut action = MaybeUninit::uninit();
    // SAFETY: without a new action it only writes the current one.
    let read = unsafe { sigaction(SIGINT, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: the call has written all of it if it succeeded.
    (read == 0).then(|| unsafe { action.assume_init() })
}

fn handler_address() -> usize {
    record_signal as *const () as usize
}

extern "C" fn record_signal(signal: c_int, info: *mut siginfo_t, context: *mut libc::c_void) {
    RECEIVED.store(true, Ordering::Relaxed);
    let previous = PREVIOUS_HANDLER.load(Ordering::Relaxed);
    if previous == 0 {
        return;
    }
    // SAFETY: the address of a handler that was installed, with the arguments that its flags ask for.
    unsafe {
        if TAKES_THREE.load(Ordering::Relaxed) {
            let handler: extern "C" fn(c_int, *mut siginfo_t, *mut libc::c_void) = std::mem::transmute(previous);
            handler(signal, info, context);
        } else {
            let handler: extern "C" fn(c_int) = std::mem::transmute(previous);
            handler(signal);
        }
    }
}
