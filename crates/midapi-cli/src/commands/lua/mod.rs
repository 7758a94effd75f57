//! `midapi lua`

mod repl;
mod sandbox;

use std::io::{IsTerminal, Read};

use midapi_lua::Interrupt;
use mlua::{Lua, Table, Variadic};

use crate::args::{GlobalArgs, LuaCommand};
use crate::connection::{Connection, build_client};
use crate::output::sanitized::Sanitized;
use crate::output::terminal::{OutputError, print_stderr};
use crate::signals::{INTERRUPTED, Interruptible, ScriptSignals};

/// The exit status if the script raised an error.
const RAISED: u8 = 1;
/// The exit status if the script cannot be read.
const UNREADABLE: u8 = 2;

/// Runs a script or the interactive prompt. `midapi.client()` uses the settings of this command.
pub(crate) async fn run(global: &GlobalArgs, args: &LuaCommand) -> Result<u8, OutputError> {
    if args.sandbox && !sandbox::is_child() {
        return Ok(sandbox::run_child(args.limits.time_limit).await);
    }
    #[cfg(unix)]
    if args.sandbox
        && let Err(status) = sandbox::contain_child(args.limits.time_limit)
    {
        return Ok(status);
    }
    let connection = match build_client(global) {
        Ok(connection) => connection,
        Err(status) => return Ok(status),
    };
    let source = match Source::read(args) {
        Ok(source) => source,
        Err(message) => {
            print_stderr(format_args!("error: {message}"));
            return Ok(UNREADABLE);
        }
    };
    if args.sandbox {
        return Ok(sandbox::run_in_child(&connection, source, args));
    }
    let lua = midapi_lua::new_interpreter();
    let interrupt = match add_module(&lua, &connection).and_then(|()| midapi_lua::interruptible(&lua)) {
        Ok(interrupt) => interrupt,
        Err(error) => return Ok(report_error(&error, false)),
    };
    let signals = ScriptSignals::new(interrupt.clone());
    match source {
        Source::Lines => repl::run(&lua, &signals),
        Source::Script { name, code, arguments } => {
            signals.set_running(true);
            let result = set_arguments(&lua, &name, &arguments)
                .and_then(|()| lua.load(code).set_name(chunk_name(&name)).call::<()>(Variadic::from_iter(arguments)));
            let status = result.map_or_else(|error| report_error(&error, signals.was_interrupted()), |()| 0);
            Ok(if has_output_failed(&lua) && status == 0 { RAISED } else { status })
        }
    }
}

/// Flushes the output of the script. Prints an error and returns true if this fails, except for a closed pipe.
fn has_output_failed(lua: &Lua) -> bool {
    let flushed = lua.load("return select(3, io.stdout:flush())").eval::<Option<i32>>();
    let Ok(Some(number)) = flushed else { return false };
    let error = std::io::Error::from_raw_os_error(number);
    let has_failed = error.kind() != std::io::ErrorKind::BrokenPipe;
    if has_failed {
        print_stderr(format_args!("error: cannot write to standard output: {error}"));
    }
    has_failed
}

/// The code to run.
enum Source {
    Script {
        name: String,
        code: Vec<u8>,
        arguments: Vec<String>,
    },
    /// Lines that are entered at the interactive prompt.
    Lines,
}

impl Source {
    fn read(args: &LuaCommand) -> Result<Self, String> {
        let mut arguments = args.script.clone();
        if let Some(code) = &args.execute {
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

/// The name of the chunk: `@` and the path for a file, `=` and the name otherwise. The messages of Lua begin with the
/// path or the name.
fn chunk_name(name: &str) -> String {
    match name {
        "(-e)" | "-" => format!("={name}"),
        file => format!("@{file}"),
    }
}

/// Adds the table `midapi` to the globals and to the loaded modules.
fn add_module(lua: &Lua, connection: &Connection) -> mlua::Result<()> {
    let table = match &connection.client {
        Ok(client) => midapi_lua::table_with(lua, client.clone())?,
        // The script may set its own key. Without any key, midapi.client() returns `nil, err`.
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

/// Prints an uncaught error of the script, and returns the exit status.
fn report_error(error: &mlua::Error, was_interrupted: bool) -> u8 {
    print_error(error);
    if was_interrupted { INTERRUPTED } else { RAISED }
}

fn print_error(error: &mlua::Error) {
    let text = error.to_string();
    // The prefix of mlua is redundant: the message already begins with the position.
    let text = text.strip_prefix("runtime error: ").unwrap_or(&text);
    let lines: Vec<_> = text.lines().map(format_line).collect();
    print_stderr(format_args!("error: {}", lines.join("\n")));
}

/// Formats a line of a traceback: each leading tab becomes four spaces, and control characters are escaped.
fn format_line(line: &str) -> String {
    let text = line.trim_start_matches('\t');
    format!("{}{}", "    ".repeat(line.len() - text.len()), Sanitized(text))
}

impl Interruptible for Interrupt {
    fn interrupt(&self) {
        self.raise();
    }

    fn is_pending(&self) -> bool {
        Self::is_pending(self)
    }
}
