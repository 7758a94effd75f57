//! Ctrl-C in a stock interpreter, inside a blocked call.
//!
//! The interpreter's own handler makes Lua raise an error at the next instruction of the main thread. A blocked call
//! runs a Lua function every 50 ms, which is enough outside of coroutines. Inside a coroutine, PUC Lua does not raise
//! the error. So when a call has blocked for 50 ms, it installs a handler of its own. This handler records the signal,
//! and then calls the interpreter's handler. At its end, the call restores the interpreter's handler.

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

/// A detector of Ctrl-C. Its signal handler is installed at the first check and removed when the detector is dropped.
#[derive(Default)]
pub(crate) struct SignalWatch {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    NotStarted,
    /// Not installed: the interpreter has no handler for the signal, or an outer call handles it.
    Disabled,
    /// Installed. Contains the previous handler.
    Active(Box<sigaction>),
}

impl SignalWatch {
    /// Returns an error if the signal has arrived since the last check.
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
        // The interpreter's handler may have installed another handler, which must stay.
        if current.is_some_and(|current| current.sa_sigaction == handler_address()) {
            // SAFETY: restores the previous action, as it was read.
            unsafe { sigaction(SIGINT, &raw const **previous, ptr::null_mut()) };
        }
    }
}

/// Installs the handler and returns the previous action. Installs no handler and returns `None` if the host ignores the
/// signal, if the host lets the signal end the process, or if an outer call already handles the signal.
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
    // SAFETY: the handler only accesses atomics and calls the previous handler. A signal handler may do both.
    let set = unsafe { sigaction(SIGINT, &raw const action, ptr::null_mut()) };
    (set == 0).then_some(previous)
}

fn current_action() -> Option<sigaction> {
    let mut action = MaybeUninit::uninit();
    // SAFETY: without a new action, the call only writes the current action.
    let read = unsafe { sigaction(SIGINT, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: a call that succeeded has written the whole action.
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
    // SAFETY: `previous` is the address of a handler that was installed. It is called with the arguments that its flags
    // require.
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
