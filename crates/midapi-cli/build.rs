//! The link options of the command.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // C modules of Lua scripts use the functions of Lua in the command. Only these are exported: `-rdynamic` would
    // keep and name every function of the command.
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux") => {
            for prefix in ["lua_*", "luaL_*"] {
                println!("cargo::rustc-link-arg-bins=-Wl,--export-dynamic-symbol={prefix}");
            }
        }
        Ok("macos") => println!("cargo::rustc-link-arg-bins=-rdynamic"),
        _ => {}
    }
}
