//! The `cargo xtask` command.

mod commands;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{Outcome, codegen, lua_module, regenerate, spec};

/// Generate code and documents from the spec, and check the spec.
///
/// Exit status: 0 success, 1 failure or a finding at least as severe as --fail-on, 2 wrong usage, 4 (--check) a
/// generated file is stale.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Codegen(codegen::Options),
    LuaModule(lua_module::Options),
    Regenerate(regenerate::Options),
    #[command(subcommand)]
    Spec(spec::Options),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Codegen(options) => codegen::run(&options),
        Command::LuaModule(options) => lua_module::run(&options),
        Command::Regenerate(options) => regenerate::run(&options),
        Command::Spec(options) => spec::run(&options),
    };
    outcome
        .unwrap_or_else(|message| {
            eprintln!("error: {message}");
            Outcome::Failed
        })
        .into()
}
