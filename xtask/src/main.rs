//! `cargo xtask`: makes files from other files.

mod commands;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{Outcome, codegen, lua_meta, lua_module, regenerate, spec};

/// Exit status: 0 done, in step or nothing found; 1 failed, or found something of the level asked for; 2 wrong usage; 4 (`--check`)
/// something has to be run to bring generated files in step.
#[derive(Parser)]
#[command(name = "cargo xtask", about = "Makes files from other files")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// One line here and one below for each command; the rest is in its module.
#[derive(Subcommand)]
enum Command {
    Codegen(codegen::Options),
    LuaMeta(lua_meta::Options),
    LuaModule(lua_module::Options),
    Regenerate(regenerate::Options),
    Spec(spec::Options),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Codegen(options) => codegen::run(&options),
        Command::LuaMeta(options) => lua_meta::run(&options),
        Command::LuaModule(options) => lua_module::run(&options),
        Command::Regenerate(options) => regenerate::run(&options),
        Command::Spec(options) => spec::run(options),
    };
    outcome
        .unwrap_or_else(|message| {
            eprintln!("error: {message}");
            Outcome::Failed
        })
        .into()
}
