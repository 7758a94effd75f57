//! `midapi`: check, wait for and download Midjourney tasks on MidAPI in a terminal.

mod args;
mod commands;
mod connection;
mod id_stream;
mod id_tracker;
mod log;
mod output;
mod pending_file;
mod progress;
mod record;
mod signals;

use std::process::ExitCode;

use crate::args::{Cli, Command};
use crate::output::terminal::{OutputError, print, print_stderr};

fn main() -> ExitCode {
    let cli = match Cli::try_parse_arguments() {
        Ok(cli) => cli,
        Err(error) => return print_usage(&error),
    };
    // A worker logs each outcome even without -v, unless RUST_LOG is set.
    let verbose = cli.global.verbose.max(u8::from(cli.command.is_worker() && std::env::var_os("RUST_LOG").is_none()));
    log::start(verbose);
    // One worker in addition to this thread, which may be blocked by a write to a full pipe.
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print_stderr(format_args!("error: cannot start the runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let status = runtime.block_on(run(cli));
    // Does not wait for threads: one may be blocked by a read of standard input.
    runtime.shutdown_background();
    exit_code(status)
}

async fn run(cli: Cli) -> Result<u8, OutputError> {
    let global = &cli.global;
    // The other commands handle signals themselves: those for tasks save pending ids first, a script may catch the
    // error that a signal raises, and a worker finishes its requests.
    if matches!(
        cli.command,
        Command::Mock(_)
            | Command::Check(_)
            | Command::Verify(_)
            | Command::Gallery(_)
            | Command::Completions { .. }
            | Command::Man { .. }
    ) {
        tokio::spawn(signals::force_exit(async || {}));
    }
    match cli.command {
        Command::Get(args) => commands::get::run(global, args).await,
        Command::Wait(args) => commands::wait::run(global, args).await,
        Command::Download(args) => commands::download::run(global, args).await,
        Command::Gallery(args) => commands::gallery::run(&args.dir, args.open),
        Command::Verify(args) => commands::verify::run(&args.dir),
        Command::Watch(args) => commands::watch::run(global, args).await,
        Command::Lua(args) => commands::lua::run(global, &args).await,
        Command::Mock(args) => commands::mock::run(&args).await,
        Command::Restate(args) => commands::restate::run(global, args).await,
        Command::Check(args) => commands::check::run(global, args).await,
        Command::Completions { shell } => commands::completions::run(shell),
        Command::Man { dir } => Ok(commands::man::run(&dir)),
    }
}

/// Prints the help, the version, or the error of the arguments.
fn print_usage(error: &clap::Error) -> ExitCode {
    let text = error.render();
    if error.use_stderr() {
        print_stderr(text.ansi().to_string().trim_end());
        return ExitCode::from(2);
    }
    exit_code(print(text.ansi().to_string().trim_end()).map(|()| 0))
}

fn exit_code(status: Result<u8, OutputError>) -> ExitCode {
    match status {
        Ok(status) => ExitCode::from(status),
        Err(OutputError::BrokenPipe) => ExitCode::SUCCESS,
        Err(OutputError::Failed) => ExitCode::FAILURE,
    }
}
