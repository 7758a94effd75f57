//! `midapi restate`

#[cfg(feature = "restate")]
mod client;
#[cfg(feature = "restate")]
mod serve;

use crate::args::{GlobalArgs, RestateCommand};
use crate::output::terminal::OutputError;

/// Runs a subcommand of `midapi restate`.
#[cfg(feature = "restate")]
pub(crate) async fn run(global: &GlobalArgs, command: RestateCommand) -> Result<u8, OutputError> {
    use crate::args::RestateAction;
    use crate::signals::shutdown_signal;

    let client = async move {
        match command.action {
            // A worker handles signals itself: it finishes its requests in progress before it ends.
            RestateAction::Serve(args) => Err(args),
            RestateAction::Register(args) => Ok(client::register(&args).await),
            RestateAction::Submit(args) => Ok(client::submit(args).await),
            RestateAction::Wait(args) => Ok(client::wait(args).await),
            RestateAction::Account(args) => Ok(client::account(&args).await),
        }
    };
    tokio::select! {
        result = client => match result {
            Ok(result) => result,
            Err(args) => serve::run(global, args).await,
        },
        status = shutdown_signal() => Ok(status),
    }
}

/// Prints how to install the command with the feature `restate`.
#[cfg(not(feature = "restate"))]
#[allow(clippy::unused_async, reason = "must have the signature of the function above")]
pub(crate) async fn run(_: &GlobalArgs, command: RestateCommand) -> Result<u8, OutputError> {
    drop(command.arguments);
    crate::output::terminal::print_stderr(
        "error: this build has no support for Restate\n  hint: cargo install midapi-cli --features restate",
    );
    Ok(2)
}
