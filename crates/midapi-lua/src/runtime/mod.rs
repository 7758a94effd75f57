//! The connection between a Lua state and the SDK: errors, limits, and the background thread.

pub(crate) mod channel;
mod clock;
pub(crate) mod error;
pub(crate) mod function;
pub(crate) mod hook;
pub(crate) mod limits;
#[cfg(all(feature = "module", unix))]
pub(crate) mod signal;
pub(crate) mod state;
