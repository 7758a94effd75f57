//! The module of midapi-lua. The crate exports its entry point.

pub use midapi_lua::table;
