//! Names of saved files.

pub(crate) mod safe;
pub(crate) mod template;
