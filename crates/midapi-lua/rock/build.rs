//! The link options of the module, the same as those of `cargo xtask lua-module`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        // Keeps the library in memory: an interpreter unloads its modules when it exits, while the background thread of
        // this module is still running.
        Ok("linux" | "android" | "freebsd") => println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete"),
        // The interpreter provides the functions of Lua.
        Ok("macos") => println!("cargo::rustc-link-arg-cdylib=-Wl,-undefined,dynamic_lookup"),
        _ => {}
    }
}
