//! `midapi restate serve`

use midapi::{Error, ErrorKind};
use midapi_restate::Worker;
use tokio::net::TcpListener;

use crate::args::{GlobalArgs, ServeArgs};
use crate::connection::build_client;
use crate::output::format_error;
use crate::output::terminal::{OutputError, print, print_stderr};
use crate::signals::shutdown_signal;

/// Runs a worker until a signal arrives and the requests in progress have ended. A second signal ends it immediately.
pub(super) async fn run(global: &GlobalArgs, args: ServeArgs) -> Result<u8, OutputError> {
    let connection = match build_client(global) {
        Ok(connection) => connection,
        Err(status) => return Ok(status),
    };
    let fail = |error: Error| {
        print_stderr(format_error(&error, &connection.context));
        Ok(error.kind().exit_code())
    };
    let client = match &connection.client {
        Ok(client) => client.clone(),
        Err(error) => return fail(error.clone()),
    };
    if !args.listen.ip().is_loopback() && args.identity_key.is_empty() && !args.insecure_listen {
        let message = format!(
            "{} can be reached from other machines: set --identity-key KEY, or allow it with --insecure-listen",
            args.listen
        );
        return fail(Error::new(ErrorKind::Usage, message));
    }
    let listener = match TcpListener::bind(args.listen).await {
        Ok(listener) => listener,
        Err(error) => return fail(Error::new(ErrorKind::Io, format!("cannot listen on {}: {error}", args.listen))),
    };
    let worker = args.downloads.into_iter().fold(Worker::new(client), Worker::downloads);
    let mut status = 0;
    let url = listener.local_addr().map_or_else(|_| args.listen.to_string(), |addr| addr.to_string());
    print(format_args!("http://{url}"))?;
    let signal = async {
        status = shutdown_signal().await;
        tokio::spawn(async { std::process::exit(shutdown_signal().await.into()) });
    };
    match worker.serve(listener, &args.identity_key, signal).await {
        Ok(()) => Ok(status),
        Err(error) => fail(error),
    }
}
