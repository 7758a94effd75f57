//! Limits on the lifetime of a process that runs one untrusted script.

#![allow(unsafe_code, reason = "std has neither parent-death signals nor timers")]

use std::io;
use std::time::Duration;

/// Ends this process after a time, and on Linux also when its parent ends, even while it runs a C function.
///
/// Call this function in a process that runs one script in a [`Sandbox`](crate::Sandbox) on behalf of its parent.
/// `parent` is the process id of the parent. The process is killed by `SIGALRM` after `time`. On Linux, it is also
/// killed by `SIGKILL` as soon as the parent's thread that started it ends.
///
/// # Errors
/// If the parent has already ended, or the system rejects the timer or the signal.
pub fn contain_process(parent: u32, time: Duration) -> io::Result<()> {
    // SAFETY: each pointer is null or points to `timer`, which outlives the call.
    unsafe {
        // The process may have inherited another action, such as SIG_IGN, which would keep the alarm from ending it.
        libc::signal(libc::SIGALRM, libc::SIG_DFL);
        let mut timer: libc::itimerval = std::mem::zeroed();
        timer.it_value.tv_sec = time.as_secs().try_into().unwrap_or(libc::time_t::MAX);
        timer.it_value.tv_usec = libc::suseconds_t::from(time.subsec_micros().max(1).cast_signed());
        if libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) != 0 {
            return Err(io::Error::last_os_error());
        }
        #[cfg(target_os = "linux")]
        if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
            return Err(io::Error::last_os_error());
        }
        if libc::getppid() != parent.cast_signed() {
            return Err(io::Error::other("the parent process has ended"));
        }
    }
    Ok(())
}
