//! `midapi lua`

use std::io::Read;

use crate::args::{Global, Lua};
use crate::connect::{Connection, connect};
use crate::print::{Plain, err};

/// The script cannot be read.
const UNREADABLE: u8 = 2;

/// Runs a script, with `midapi.client()` asking as this command would.
pub(crate) fn run(global: &Global, options: &Lua) -> u8 {
    let connection = match connect(global) {
        Ok(connection) => connection,
        Err(status) => return status,
    };
    let (name, code) = match source(options) {
        Ok(source) => source,
        Err(message) => {
            err(format_args!("error: {message}"));
            return UNREADABLE;
        }
    };
    let arguments = if options.execute.is_some() { &options.script[..] } else { &options.script[1..] };
    match execute(&connection, &name, &code, arguments) {
        Ok(()) => 0,
        Err(error) => {
            let lines: Vec<_> = error.to_string().lines().map(|line| Plain(line).to_string()).collect();
            err(format_args!("error: {}", lines.join("\n")));
            1
        }
    }
}

/// The script's name and its bytes.
fn source(options: &Lua) -> Result<(String, Vec<u8>), String> {
    if let Some(code) = &options.execute {
        return Ok(("=(-e)".into(), code.clone().into_bytes()));
    }
    let file = options.script.first().map(String::as_str).unwrap_or_default();
    let mut code = Vec::new();
    let read = if file == "-" {
        std::io::stdin().read_to_end(&mut code).map(drop)
    } else {
        std::fs::read(file).map(|bytes| code = bytes)
    };
    read.map_err(|error| format!("cannot read the script {file}: {error}"))?;
    Ok((format!("@{file}"), code))
}

fn execute(connection: &Connection, name: &str, code: &[u8], arguments: &[String]) -> mlua::Result<()> {
    let lua = mlua::Lua::new();
    let table = match &connection.client {
        Ok(client) => midapi_lua::table_with(&lua, client.clone())?,
        // The script may bring a key of its own; a client without one is `nil, err` there.
        Err(_) => midapi_lua::table(&lua)?,
    };
    let loaded: mlua::Table = lua.globals().get::<mlua::Table>("package")?.get("loaded")?;
    loaded.set("midapi", &table)?;
    lua.globals().set("midapi", table)?;
    lua.globals().set("arg", lua.create_sequence_from(arguments.iter().map(String::as_str))?)?;
    lua.load(code).set_name(name).exec()
}
