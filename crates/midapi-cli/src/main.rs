//! `midapi`: look up, wait for and collect Midjourney tasks of MidAPI in a terminal.

mod args;
mod check;
mod connect;
mod duration;
mod get;
mod ids;
mod ledger;
mod log;
mod lua;
mod manual;
mod mock;
mod outcome;
mod print;
mod progress;
mod record;
mod redact;
mod report;
mod signals;
mod wait;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::print::Closed;

fn main() -> ExitCode {
    let cli = Cli::parse();
    log::start(cli.global.verbose);
    // One thread beside this one, which a write to a full pipe may block.
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print::err(format_args!("error: no runtime can be started: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let status = runtime.block_on(async {
        // A script is interrupted by an error that it can catch, not by its end.
        if !matches!(cli.command, Command::Lua(_)) {
            tokio::spawn(signals::insist());
        }
        match cli.command {
            Command::Get(options) => get::run(&cli.global, options).await,
            Command::Wait(options) => wait::run(&cli.global, options).await,
            Command::Watch(options) => wait::watch(&cli.global, options).await,
            Command::Lua(options) => Ok(lua::run(&cli.global, &options).await),
            Command::Mock(options) => mock::run(&options).await,
            Command::Check => check::run(&cli.global).await,
            Command::Completions { shell } => manual::completions(shell),
            Command::Man { folder } => Ok(manual::pages(&folder)),
        }
    });
    // A read of standard input may still hold a thread; nobody waits for it.
    runtime.shutdown_background();
    match status {
        Ok(status) => ExitCode::from(status),
        Err(Closed::ByReader) => ExitCode::SUCCESS,
        Err(Closed::ByFailure) => ExitCode::FAILURE,
    }
}
