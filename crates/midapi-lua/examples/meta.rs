//! Prints the Lua definitions for editors. `cargo xtask regenerate` runs it and writes its output to a file.

fn main() {
    print!("{}", midapi_lua::definitions());
}
