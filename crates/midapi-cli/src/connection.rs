//! The client of a command.

use std::path::PathBuf;

use midapi::{Client, ClientBuilder, Error};
use midapi_mock::MockServer;

use crate::args::GlobalArgs;
use crate::output::terminal::print_stderr;
use crate::output::{ErrorContext, shell_word};

/// The exit status of invalid settings.
const INVALID: u8 = 2;

/// A client, and the mock server if the command runs one.
pub(crate) struct Connection {
    /// The client, or the error of its settings.
    pub(crate) client: Result<Client, Error>,
    /// The context of error messages.
    pub(crate) context: ErrorContext,
    /// The mock server, which runs until it is dropped.
    _server: Option<MockServer>,
}

/// Builds the client from the options and the environment.
///
/// # Errors
/// The exit status, after printing the error, if the options contradict each other, or the mock server cannot start.
pub(crate) fn build_client(global: &GlobalArgs) -> Result<Connection, u8> {
    check_options(global)?;
    let mut server = None;
    let mut builder = ClientBuilder::from_env();
    if global.mock {
        let started = MockServer::start().map_err(|error| {
            print_stderr(format_args!("error: cannot start the mock server: {error}"));
            1
        })?;
        builder = Client::builder().api_key("example-key").base_url(started.base_url());
        server = Some(started);
    }
    if let Some(url) = &global.base_url {
        builder = builder.base_url(url);
    }
    if let Some(file) = &global.api_key_file {
        builder = builder.api_key_file(file);
    }
    if let Some(file) = &global.ca_file {
        builder = builder.root_certificates_file(file);
    }
    if let Some(url) = &global.proxy {
        builder = builder.proxy(url);
    }
    let client = builder.user_agent(concat!("midapi-cli/", env!("CARGO_PKG_VERSION"))).build();
    let context = ErrorContext {
        base_url: client.as_ref().ok().map(|client| client.base_url().to_owned()),
        command: command_prefix(global),
        is_verbose: global.verbose > 0,
        has_summary: false,
    };
    Ok(Connection { client, context, _server: server })
}

fn check_options(global: &GlobalArgs) -> Result<(), u8> {
    // clap detects the conflict only if both options are before the command, or both after it.
    if global.mock
        && let Some((name, _)) = connection_options(global).next()
    {
        print_stderr(format_args!("error: --mock cannot be used with {name}: the mock server has its own URL and key"));
        return Err(INVALID);
    }
    if global.proxy.as_ref().is_some_and(|url| url.contains('@')) {
        print_stderr(
            "error: --proxy with a user name or password is visible in the process list; set the proxy in HTTPS_PROXY instead",
        );
        return Err(INVALID);
    }
    Ok(())
}

/// Returns the start of a command line that the user can complete and run: `midapi`, and the option `--mock` or the
/// connection options of this command.
fn command_prefix(global: &GlobalArgs) -> String {
    let mut words = vec!["midapi".to_owned()];
    if global.mock {
        words.push("--mock".into());
    }
    words.extend(connection_options(global).flat_map(|(name, value)| [name.into(), shell_word(&value)]));
    words.join(" ")
}

/// The connection options that are set.
fn connection_options(global: &GlobalArgs) -> impl Iterator<Item = (&'static str, String)> {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let all = [
        ("--base-url", global.base_url.clone()),
        ("--api-key-file", path(&global.api_key_file)),
        ("--ca-file", path(&global.ca_file)),
        ("--proxy", global.proxy.clone()),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?)))
}
