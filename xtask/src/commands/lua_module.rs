//! `cargo xtask lua-module`

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use super::{Outcome, root};

/// Build the module that `require "midapi"` loads in a stock interpreter, as target/lua/VERSION/midapi.so (.dll on Windows).
///
/// Needs no Lua installed: what it calls is found when it is loaded. The interpreter has to be of the same version.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The interpreter's version.
    #[arg(long, value_name = "VERSION")]
    lua: Lua,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Lua {
    #[value(name = "5.4")]
    Lua54,
    #[value(name = "5.5")]
    Lua55,
    #[value(name = "5.1")]
    Lua51,
    Luajit,
}

impl Lua {
    /// The folder, and the feature of midapi-lua.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Lua54 => ("5.4", "lua54"),
            Self::Lua55 => ("5.5", "lua55"),
            Self::Lua51 => ("5.1", "lua51"),
            Self::Luajit => ("luajit", "luajit"),
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<Outcome, String> {
    let (folder, feature) = options.lua.names();
    let target = root().join("target/lua");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()).args([
        "rustc",
        "--release",
        "--package",
        "midapi-lua",
        "--lib",
        "--crate-type",
        "cdylib",
    ]);
    // A folder of its own: one file name serves all features.
    cargo.args(["--features", &format!("module,{feature}")]).arg("--target-dir").arg(target.join("build"));
    cargo.arg("--").args(link_arguments());
    let status = cargo.status().map_err(|error| format!("cargo cannot be run: {error}"))?;
    if !status.success() {
        return Err("the module was not built; cargo says why above".into());
    }
    let module = target.join(folder).join(format!("midapi{EXTENSION}"));
    install(&built(&target), &module)?;
    eprintln!("wrote {}", module.display());
    eprintln!("  use it with: LUA_CPATH='{};;'", module.with_file_name(format!("?{EXTENSION}")).display());
    Ok(Outcome::Done)
}

/// An interpreter unloads its modules at its end, while the background thread is still there: the file has to stay. And where the
/// linker wants to know all functions, those of Lua come from the interpreter. The rock's build.rs says the same.
const fn link_arguments() -> &'static [&'static str] {
    if cfg!(target_os = "macos") {
        &["-Clink-arg=-Wl,-undefined,dynamic_lookup"]
    } else if cfg!(unix) {
        &["-Clink-arg=-Wl,-z,nodelete"]
    } else {
        &[]
    }
}

/// What Lua looks for: `.so` on macOS too.
const EXTENSION: &str = if cfg!(windows) { ".dll" } else { ".so" };

fn built(target: &Path) -> PathBuf {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    target.join("build/release").join(format!("{DLL_PREFIX}midapi_lua{DLL_SUFFIX}"))
}

/// Puts the file in place in one step: an interpreter may have the old one loaded, and would run into the new one's bytes.
fn install(built: &Path, module: &Path) -> Result<(), String> {
    let fresh = module.with_extension("new");
    let put = || {
        std::fs::create_dir_all(module.parent().unwrap_or(module))?;
        std::fs::copy(built, &fresh)?;
        std::fs::rename(&fresh, module)
    };
    put().map_err(|error| format!("{}: {error}", module.display()))
}
