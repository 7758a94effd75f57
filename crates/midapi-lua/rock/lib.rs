//! The module of midapi-lua: its entry point comes along with the crate.

pub use midapi_lua::table;
