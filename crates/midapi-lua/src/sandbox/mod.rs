//! Sandboxes for scripts that the host does not trust.

pub(crate) mod memory;
pub(crate) mod policy;
#[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
mod sandboxed;

#[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
pub use sandboxed::{Sandbox, Sandboxed};
