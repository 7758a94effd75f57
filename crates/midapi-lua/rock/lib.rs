//! The Lua module of midapi-lua. The re-export links midapi-lua, which exports the entry point of the module.

pub use midapi_lua::table;
