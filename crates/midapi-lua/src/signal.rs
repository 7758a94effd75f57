//! Ctrl-C in a stock interpreter, inside a call that blocks.
//!
//! An interpreter's own handler asks Lua to raise at the next instruction of the main thread. A call that blocks runs one now
//! and then, and raises what comes; but inside a coroutine PUC Lua does not ask there. So a call that blocks for long sets a
//! handler that notes the signal, lets the interpreter's run too, and is taken back when the call ends.

#![allow(unsafe_code, reason = "sigaction takes a handler by its address")]

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use libc::{SA_SIGINFO, SIG_DFL, SIG_IGN, SIGINT, c_int, sigaction, siginfo_t};
use mlua::Lua;

use crate::limits::INTERRUPTED;
use crate::raise::Raise;

static SEEN: AtomicBool = AtomicBool::new(false);
/// The interpreter's handler, and whether it takes one argument or three.
static THEIRS: AtomicUsize = AtomicUsize::new(0);
static TAKES_THREE: AtomicBool = AtomicBool::new(false);

/// Watches for Ctrl-C from its first check on, until it is dropped.
#[derive(Default)]
pub(crate) struct Watch {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    NotYet,
    /// Nobody handles the signal, or somebody else watches.
    LeftAlone,
    Watching(Box<sigaction>),
}

impl Watch {
    /// Raises if the signal has come since the last check.
    pub(crate) fn check(&mut self, lua: &Lua) -> Result<(), Raise> {
        if matches!(self.state, State::NotYet) {
            self.state = begin().map_or(State::LeftAlone, |theirs| State::Watching(Box::new(theirs)));
        }
        if matches!(self.state, State::Watching(_)) && SEEN.swap(false, Ordering::Relaxed) {
            return Err(Raise::text(lua, INTERRUPTED));
        }
        Ok(())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let State::Watching(theirs) = &self.state else { return };
        let now = current();
        // The interpreter's handler may have set another one meanwhile: that one stays.
        if now.is_some_and(|now| now.sa_sigaction == ours_address()) {
            // SAFETY: what was there before is put back, as it was read.
            unsafe { sigaction(SIGINT, &raw const **theirs, ptr::null_mut()) };
        }
    }
}

/// Sets the handler. None where the signal is ignored or would end the process, which is the host's choice, and where a call
/// further out watches already.
fn begin() -> Option<sigaction> {
    let theirs = current()?;
    if [SIG_DFL, SIG_IGN, ours_address()].contains(&theirs.sa_sigaction) {
        return None;
    }
    THEIRS.store(theirs.sa_sigaction, Ordering::Relaxed);
    TAKES_THREE.store(theirs.sa_flags & SA_SIGINFO != 0, Ordering::Relaxed);
    SEEN.store(false, Ordering::Relaxed);
    let mut ours = theirs;
    ours.sa_sigaction = ours_address();
    ours.sa_flags |= SA_SIGINFO;
    // SAFETY: the handler only stores to atomics and calls the handler that was there before, both fit for a signal.
    let set = unsafe { sigaction(SIGINT, &raw const ours, ptr::null_mut()) };
    (set == 0).then_some(theirs)
}

fn current() -> Option<sigaction> {
    let mut now = MaybeUninit::uninit();
    // SAFETY: with no new action it only writes the current one.
    let read = unsafe { sigaction(SIGINT, ptr::null(), now.as_mut_ptr()) };
    // SAFETY: written whole when the call succeeds.
    (read == 0).then(|| unsafe { now.assume_init() })
}

fn ours_address() -> usize {
    note as *const () as usize
}

extern "C" fn note(signal: c_int, info: *mut siginfo_t, context: *mut libc::c_void) {
    SEEN.store(true, Ordering::Relaxed);
    let theirs = THEIRS.load(Ordering::Relaxed);
    if theirs == 0 {
        return;
    }
    // SAFETY: the address of a handler that was installed, with the arguments that its flags ask for.
    unsafe {
        if TAKES_THREE.load(Ordering::Relaxed) {
            let handler: extern "C" fn(c_int, *mut siginfo_t, *mut libc::c_void) = std::mem::transmute(theirs);
            handler(signal, info, context);
        } else {
            let handler: extern "C" fn(c_int) = std::mem::transmute(theirs);
            handler(signal);
        }
    }
}
