//! Response handling: classification, lenient decoding, rejections.

pub(crate) mod classify;
pub(crate) mod envelope;
pub(crate) mod lenient;
pub(crate) mod rejection;
pub(crate) mod repair;
