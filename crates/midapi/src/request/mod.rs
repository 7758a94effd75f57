//! Request builders: one module for each of the client methods `get`, `get_all`, `wait`, `wait_all` and `call`.

pub(crate) mod call;
pub(crate) mod get;
pub(crate) mod get_all;
mod setters;
pub(crate) mod update;
pub(crate) mod wait;
pub(crate) mod wait_all;
