//! Polling: when a wait requests a task again.

pub(crate) mod adaptive;
pub(crate) mod policy;
pub(crate) mod state;

pub use adaptive::AdaptiveInterval;
pub use policy::{ExponentialInterval, FixedInterval, PollPolicy, Progress};
