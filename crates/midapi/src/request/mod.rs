//! Request builders: one file for each verb of the client.

pub(crate) mod call;
pub(crate) mod get;
pub(crate) mod get_all;
mod setters;
pub(crate) mod update;
pub(crate) mod wait;
pub(crate) mod wait_all;
