//! Batches: requests for many ids, sent by one scheduler.

pub(crate) mod options;
pub(crate) mod policy;
pub(crate) mod queue;
pub(crate) mod rate_limit;
pub(crate) mod runner;
pub(crate) mod stream;
