//! The client object that scripts use, and its methods.

#[cfg(feature = "async")]
pub(crate) mod async_client;
#[cfg(feature = "async")]
mod async_iterator;
mod callback;
#[cfg(feature = "download")]
mod download;
pub(crate) mod iterator;
pub(crate) mod methods;
mod request;
mod shared;
pub(crate) mod source;
pub(crate) mod userdata;
