//! Polling: the intervals and the end of a wait.
//!
//! [`PollPolicy`] decides the interval. [`PollState`] decides what happens after each poll, without I/O: job queues and
//! workflow engines use it for their own waits.

pub(crate) mod adaptive;
pub(crate) mod policy;
pub(crate) mod state;
pub(crate) mod wait_policy;

pub use adaptive::AdaptiveInterval;
pub use policy::{ExponentialInterval, FixedInterval, PollPolicy, Progress};
pub use state::{Decision, PollState, PollTime};
pub use wait_policy::WaitPolicy;
