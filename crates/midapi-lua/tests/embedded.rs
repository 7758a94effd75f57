//! Runs the suite of scripts in a Rust host.

mod common;

use mlua::{Lua, Table};

#[test]
fn suite_passes_in_rust_host() {
    let server = common::server();
    let lua = Lua::new();
    let loaded: Table = lua.globals().get::<Table>("package").unwrap().get("loaded").unwrap();
    loaded.set("midapi", midapi_lua::table(&lua).unwrap()).unwrap();
    let script = common::suite().join("run.lua");
    let arg = lua.create_table().unwrap();
    arg.set(0, script.to_str().unwrap()).unwrap();
    arg.set(1, server.base_url()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    arg.set(2, directory.path().to_str().unwrap()).unwrap();
    lua.globals().set("arg", arg).unwrap();
    if let Err(error) = lua.load(script).exec() {
        panic!("{error}");
    }
}
