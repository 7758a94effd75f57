//! Sandboxes for scripts that the host does not trust.

#[cfg(feature = "download")]
pub(crate) mod download;
pub(crate) mod memory;
#[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
mod output;
pub(crate) mod policy;
#[cfg(all(unix, not(feature = "module")))]
mod process;
#[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
mod sandboxed;

#[cfg(all(unix, not(feature = "module")))]
pub use process::contain_process;
#[cfg(all(any(feature = "lua54", feature = "lua55"), not(feature = "module")))]
pub use sandboxed::{Sandbox, Sandboxed};
