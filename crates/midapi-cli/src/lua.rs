//! `midapi lua`

mod repl;
mod sandbox;

use std::io::{IsTerminal, Read};

use midapi_lua::Interrupt;
use mlua::{Lua, Table, Variadic};

use crate::args::{self, Global};
use crate::connect::{Connection, connect};
use crate::print::{Plain, err};
use crate::signals;

/// The script raised an error.
const RAISED: u8 = 1;
/// The script cannot be read.
const UNREADABLE: u8 = 2;

/// Runs a script, with `midapi.client()` asking as this command would.
pub(crate) async fn run(global: &Global, options: &args::Lua) -> u8 {
    if options.sandbox && !sandbox::is_inside() {
        return sandbox::run(options.limits.time_limit).await;
    }
    let connection = match connect(global) {
        Ok(connection) => connection,
        Err(status) => return status,
    };
    let source = match Source::of(options) {
        Ok(source) => source,
        Err(message) => {
            err(format_args!("error: {message}"));
            return UNREADABLE;
        }
    };
    if options.sandbox {
        return sandbox::inside(&connection, source, options);
    }
    let lua = midapi_lua::new_interpreter();
    let prepared = prepared(&lua, &connection).and_then(|()| midapi_lua::interruptible(&lua));
    let interrupt = match prepared {
        Ok(interrupt) => interrupt,
        Err(error) => return raised(&error, false),
    };
    let signals = signals::for_script(interrupt.clone());
    match source {
        Source::Lines => repl::run(&lua, &signals),
        Source::Script { name, code, arguments } => {
            signals.set_running(true);
            let outcome = set_arguments(&lua, &name, &arguments)
                .and_then(|()| lua.load(code).set_name(chunk_name(&name)).call::<()>(Variadic::from_iter(arguments)));
            outcome.map_or_else(|error| raised(&error, signals.was_interrupted()), |()| 0)
        }
    }
}

/// What is run.
enum Source {
    Script {
        name: String,
        code: Vec<u8>,
        arguments: Vec<String>,
    },
    /// Lines from the terminal.
    Lines,
}

impl Source {
    fn of(options: &args::Lua) -> Result<Self, String> {
        let mut arguments = options.script.clone();
        if let Some(code) = &options.execute {
            return Ok(Self::Script { name: "(-e)".into(), code: code.clone().into_bytes(), arguments });
        }
        let name = match arguments.is_empty() {
            false => arguments.remove(0),
            true if std::io::stdin().is_terminal() => return Ok(Self::Lines),
            true => "-".into(),
        };
        let mut code = Vec::new();
        let read = if name == "-" {
            std::io::stdin().read_to_end(&mut code).map(drop)
        } else {
            std::fs::read(&name).map(|bytes| code = bytes)
        };
        read.map_err(|error| format!("cannot read the script {name}: {error}"))?;
        Ok(Self::Script { name, code: midapi_lua::skip_shebang(&code).to_vec(), arguments })
    }
}

/// The names of messages: a file's is its path.
fn chunk_name(name: &str) -> String {
    match name {
        "(-e)" | "-" => format!("={name}"),
        file => format!("@{file}"),
    }
}

/// Puts the table where scripts look for it.
fn prepared(lua: &Lua, connection: &Connection) -> mlua::Result<()> {
    let table = match &connection.client {
        Ok(client) => midapi_lua::table_with(lua, client.clone())?,
        // The script may bring a key of its own; a client without one is `nil, err` there.
        Err(_) => midapi_lua::table(lua)?,
    };
    let loaded: Table = lua.globals().get::<Table>("package")?.get("loaded")?;
    loaded.set("midapi", &table)?;
    lua.globals().set("midapi", table)
}

fn set_arguments(lua: &Lua, name: &str, arguments: &[String]) -> mlua::Result<()> {
    let table = lua.create_sequence_from(arguments.iter().map(String::as_str))?;
    table.set(0, name)?;
    lua.globals().set("arg", table)
}

/// Says what the script has raised.
fn raised(error: &mlua::Error, interrupted: bool) -> u8 {
    say(error);
    if interrupted { signals::INTERRUPTED } else { RAISED }
}

fn say(error: &mlua::Error) {
    let text = error.to_string();
    // mlua's word for it adds nothing to a message with its place.
    let text = text.strip_prefix("runtime error: ").unwrap_or(&text);
    let lines: Vec<_> = text.lines().map(shown).collect();
    err(format_args!("error: {}", lines.join("\n")));
}

/// A line of a traceback, whose indent is a tab.
fn shown(line: &str) -> String {
    let words = line.trim_start_matches('\t');
    format!("{}{}", "    ".repeat(line.len() - words.len()), Plain(words))
}

impl signals::Script for Interrupt {
    fn interrupt(&self) {
        self.raise();
    }

    fn is_unnoticed(&self) -> bool {
        self.is_pending()
    }
}
