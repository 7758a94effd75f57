//! Response handling: classification and decoding.

pub(crate) mod classify;
pub(crate) mod lenient;
pub(crate) mod repair;
