//! The commands.

mod batch;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod download;
pub(crate) mod gallery;
pub(crate) mod get;
pub(crate) mod lua;
pub(crate) mod man;
pub(crate) mod mock;
mod target;
pub(crate) mod verify;
pub(crate) mod wait;
pub(crate) mod watch;
