//! The definitions for editors, on standard output. `cargo xtask lua-meta` runs it and keeps what it prints.

fn main() {
    print!("{}", midapi_lua::definitions());
}
