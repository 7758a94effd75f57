//! `cargo xtask lua-module`

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Outcome, root};

/// Build the module that `require "midapi"` loads in an installed Lua interpreter: target/lua/VERSION/midapi.so (.dll
/// on Windows).
///
/// The build needs no Lua installation. The interpreter that loads the module must have the version given by --lua.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Version of the interpreter
    #[arg(long, value_name = "VERSION", value_parser = ["5.4", "5.5", "5.3", "5.2", "5.1", "luajit"])]
    lua: String,
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let folder = options.lua.as_str();
    let feature = if folder == "luajit" { folder.to_owned() } else { format!("lua{}", folder.replace('.', "")) };
    let target = root().join("target/lua");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()).args(["rustc", "--release", "--package", "midapi-lua", "--lib", "--crate-type=cdylib"]);
    // A separate target folder: the library has the same file name for all features.
    cargo.args(["--features", &format!("module,{feature}")]).arg("--target-dir").arg(target.join("build"));
    cargo.arg("--").args(link_arguments());
    let status = cargo.status().map_err(|error| format!("cannot run cargo: {error}"))?;
    if !status.success() {
        return Err("cargo did not build the module; see its output above".into());
    }
    let module = target.join(folder).join(format!("midapi{EXTENSION}"));
    install(&library_path(&target), &module)?;
    eprintln!("wrote {}", module.display());
    eprintln!("  use it with: LUA_CPATH='{};;'", module.with_file_name(format!("?{EXTENSION}")).display());
    Ok(Outcome::Done)
}

/// The arguments for the linker. `nodelete` keeps the module loaded, because an interpreter unloads its modules at exit
/// while the background thread still runs. On macOS, `dynamic_lookup` is needed because the interpreter provides the
/// functions of Lua at run time. crates/midapi-lua/rock/build.rs passes the same arguments.
const fn link_arguments() -> &'static [&'static str] {
    if cfg!(target_os = "macos") {
        &["-Clink-arg=-Wl,-undefined,dynamic_lookup"]
    } else if cfg!(unix) {
        &["-Clink-arg=-Wl,-z,nodelete"]
    } else {
        &[]
    }
}

/// The file name extension of a Lua module. It is `.so` on macOS too.
const EXTENSION: &str = if cfg!(windows) { ".dll" } else { ".so" };

fn library_path(target: &Path) -> PathBuf {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    target.join("build/release").join(format!("{DLL_PREFIX}midapi_lua{DLL_SUFFIX}"))
}

/// Replaces the module atomically, because an interpreter may have the old file mapped into memory.
fn install(library: &Path, module: &Path) -> Result<(), String> {
    let temporary = module.with_extension("new");
    let replace = || {
        std::fs::create_dir_all(module.parent().unwrap_or(module))?;
        std::fs::copy(library, &temporary)?;
        std::fs::rename(&temporary, module)
    };
    replace().map_err(|error| format!("{}: {error}", module.display()))
}
