//! Polling: when a wait requests its task again, and when it is finished.
//!
//! [`PollPolicy`] decides the interval. [`PollState`] is the decision after each poll, without I/O: with it, job queues and
//! workflow engines run waits of their own.

pub(crate) mod adaptive;
pub(crate) mod policy;
pub(crate) mod state;
pub(crate) mod wait_policy;

pub use adaptive::AdaptiveInterval;
pub use policy::{ExponentialInterval, FixedInterval, PollPolicy, Progress};
pub use state::{Decision, PollState, PollTime};
pub use wait_policy::WaitPolicy;
