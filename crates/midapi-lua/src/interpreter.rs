//! Lua states and script sources that behave like those of the stock interpreter.

#![allow(unsafe_code, reason = "the debug library and C modules can break memory safety, as in the stock interpreter")]

use mlua::Lua;

/// Creates a Lua state with all standard libraries of the stock interpreter, `debug` and C modules included.
///
/// Use this state only for scripts that the user trusts as much as the process itself. To load C modules, the process
/// must export the functions of Lua.
pub fn new_interpreter() -> Lua {
    // SAFETY: the scripts are trusted, as the documentation says.
    unsafe { Lua::unsafe_new() }
}

/// Returns the source of a script file without a byte order mark, and without the first line if it begins with `#`.
///
/// The line break of the first line is kept, so the other lines keep their numbers.
pub fn skip_shebang(source: &[u8]) -> &[u8] {
    let source = source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source);
    if source.first() != Some(&b'#') {
        return source;
    }
    let end = source.iter().position(|byte| *byte == b'\n').unwrap_or(source.len());
    &source[end..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_bom_and_first_line() {
        let table: [(&[u8], &[u8]); 6] = [
            (b"return 1", b"return 1"),
            (b"#!/usr/bin/lua\nreturn 1", b"\nreturn 1"),
            (b"\xef\xbb\xbfreturn 1", b"return 1"),
            (b"\xef\xbb\xbf# x\nreturn 1", b"\nreturn 1"),
            (b"#only", b""),
            (b"", b""),
        ];
        for (source, expected) in table {
            assert_eq!(skip_shebang(source), expected, "{source:?}");
        }
    }
}
