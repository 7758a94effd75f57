//! Conversions between Lua values and the values of the SDK.

pub(crate) mod duration;
pub(crate) mod error;
#[cfg(feature = "download")]
pub(crate) mod files;
pub(crate) mod ids;
pub(crate) mod json;
pub(crate) mod options;
pub(crate) mod results;
pub(crate) mod task;
