//! Lines from the terminal, run one after the other.

use std::io::{self, BufRead, Write};

use mlua::{Function, Lua, MultiValue};

use crate::print::err;
use crate::signals::Signals;

/// Reads lines until the end of input. An expression's values are printed; a statement may go over several lines.
pub(super) fn run(lua: &Lua, signals: &Signals) -> u8 {
    println!("midapi {}, Lua 5.4. `midapi` is loaded; Ctrl-D ends.", env!("CARGO_PKG_VERSION"));
    let mut input = io::stdin().lock();
    let mut code = Vec::new();
    loop {
        print!("{}", if code.is_empty() { "> " } else { ">> " });
        drop(io::stdout().flush());
        let before = code.len();
        match input.read_until(b'\n', &mut code) {
            Ok(0) => {
                println!();
                return 0;
            }
            Ok(_) => {}
            Err(error) => {
                err(format_args!("error: cannot read standard input: {error}"));
                return 1;
            }
        }
        let line_is_blank = code[before..].trim_ascii().is_empty();
        let chunk = match compiled(lua, &code) {
            Ok(chunk) => chunk,
            // A blank line gives a statement up that never ends.
            Err(mlua::Error::SyntaxError { incomplete_input: true, .. }) if !line_is_blank => continue,
            Err(error) => {
                if !code.trim_ascii().is_empty() {
                    super::say(&error);
                }
                code.clear();
                continue;
            }
        };
        code.clear();
        signals.set_running(true);
        let printed = chunk.call::<MultiValue>(()).and_then(|values| {
            if values.is_empty() { Ok(()) } else { lua.globals().get::<Function>("print")?.call(values) }
        });
        signals.set_running(false);
        if let Err(error) = printed {
            super::say(&error);
        }
    }
}

fn compiled(lua: &Lua, code: &[u8]) -> mlua::Result<Function> {
    let expression = [b"return ", code].concat();
    let load = |code: &[u8]| lua.load(code).set_name("=stdin").into_function();
    load(&expression).or_else(|_| load(code))
}
