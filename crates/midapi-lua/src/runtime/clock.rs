//! A clock that is cheap to read.

#![allow(unsafe_code, reason = "std has no coarse clock")]

/// Returns the time of a monotonic clock in nanoseconds. The clock may be a few milliseconds behind.
///
/// Reading the coarse clock of Linux takes a quarter of the time of `Instant::now`.
#[cfg(target_os = "linux")]
pub(crate) fn coarse_nanoseconds() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer points to a local variable, which stays zero if the call fails.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut time) };
    let (seconds, nanoseconds) = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec));
    seconds.unwrap_or_default().saturating_mul(1_000_000_000).saturating_add(nanoseconds.unwrap_or_default())
}

/// Returns the time of a monotonic clock in nanoseconds.
#[cfg(not(target_os = "linux"))]
pub(crate) fn coarse_nanoseconds() -> u64 {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
