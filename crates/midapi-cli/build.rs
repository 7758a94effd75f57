//! The link options of the command.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // C modules of Lua scripts use the functions of Lua in the command.
    if std::env::var("CARGO_CFG_UNIX").is_ok() {
        println!("cargo::rustc-link-arg-bins=-rdynamic");
    }
}
