//! The interactive prompt.

use std::io::{self, BufRead, Write};

use mlua::{Function, Lua, MultiValue};

use crate::output::terminal::{OutputError, print_raw, print_stderr};
use crate::signals::ScriptSignals;

/// Runs lines until the end of input. Prints the values of expressions. A statement may have several lines.
pub(super) fn run(lua: &Lua, signals: &ScriptSignals) -> Result<u8, OutputError> {
    print_raw(concat!(
        "midapi ",
        env!("CARGO_PKG_VERSION"),
        ", Lua 5.4. The table `midapi` is loaded. Press Ctrl-D to exit."
    ))?;
    let mut input = io::stdin().lock();
    let mut code = Vec::new();
    loop {
        let prompt: &[u8] = if code.is_empty() { b"> " } else { b">> " };
        drop(io::stdout().write_all(prompt).and_then(|()| io::stdout().flush()));
        let before = code.len();
        match input.read_until(b'\n', &mut code) {
            Ok(0) => {
                print_raw("")?;
                return Ok(0);
            }
            Ok(_) => {}
            Err(error) => {
                print_stderr(format_args!("error: cannot read standard input: {error}"));
                return Ok(1);
            }
        }
        let line_is_blank = code[before..].trim_ascii().is_empty();
        let chunk = match compile(lua, &code) {
            Ok(chunk) => chunk,
            // A blank line ends an incomplete statement.
            Err(mlua::Error::SyntaxError { incomplete_input: true, .. }) if !line_is_blank => continue,
            Err(error) => {
                if !code.trim_ascii().is_empty() {
                    super::print_error(&error);
                }
                code.clear();
                continue;
            }
        };
        code.clear();
        signals.set_running(true);
        let result = chunk.call::<MultiValue>(()).and_then(|values| {
            if values.is_empty() { Ok(()) } else { lua.globals().get::<Function>("print")?.call(values) }
        });
        signals.set_running(false);
        if let Err(error) = result {
            super::print_error(&error);
        }
    }
}

fn compile(lua: &Lua, code: &[u8]) -> mlua::Result<Function> {
    let expression = [b"return ", code].concat();
    let load = |code: &[u8]| lua.load(code).set_name("=stdin").into_function();
    load(&expression).or_else(|_| load(code))
}
