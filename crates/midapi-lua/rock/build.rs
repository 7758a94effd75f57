//! How the module is linked; `cargo xtask lua-module` says the same to the linker.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        // An interpreter unloads its modules at its end, while the background thread is still there.
        Ok("linux" | "android" | "freebsd") => println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete"),
        // Lua's own functions are those of the interpreter.
        Ok("macos") => println!("cargo::rustc-link-arg-cdylib=-Wl,-undefined,dynamic_lookup"),
        _ => {}
    }
}
