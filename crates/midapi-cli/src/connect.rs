//! The client that a command asks with.

use midapi::{Client, ClientBuilder, Error};
use midapi_mock::MockServer;

use crate::args::Global;
use crate::ledger::shell_word;
use crate::print::err;

/// A client, and the server inside this command if it asks one.
pub(crate) struct Connection {
    pub(crate) client: Result<Client, Error>,
    /// How a command begins that asks in the same way: `midapi` and its global options.
    pub(crate) command: String,
    /// Serves as long as it lives.
    _server: Option<MockServer>,
}

impl Connection {
    /// Where the client asks, if there is one.
    pub(crate) fn base_url(&self) -> Option<&str> {
        self.client.as_ref().ok().map(Client::base_url)
    }
}

/// The client that the options and the environment describe; the error of its settings if they cannot be used. Fails with an
/// exit status, having said why, if the local server cannot start.
pub(crate) fn connect(global: &Global) -> Result<Connection, u8> {
    // clap sees the conflict only where both stand on the same side of the command.
    if global.mock && (global.base_url.is_some() || global.api_key_file.is_some()) {
        err("error: --mock cannot be used with --base-url or --api-key-file: it has both of its own");
        return Err(2);
    }
    let mut server = None;
    let mut builder = ClientBuilder::from_env();
    if global.mock {
        let started = MockServer::start().map_err(|error| {
            err(format_args!("error: no local server: {error}"));
            1
        })?;
        builder = Client::builder().api_key("made-up-key").base_url(started.base_url());
        server = Some(started);
    }
    if let Some(url) = &global.base_url {
        builder = builder.base_url(url);
    }
    if let Some(file) = &global.api_key_file {
        builder = builder.api_key_file(file);
    }
    let client = builder.user_agent(concat!("midapi-cli/", env!("CARGO_PKG_VERSION"))).build();
    Ok(Connection { client, command: command(global), _server: server })
}

fn command(global: &Global) -> String {
    let mut words = vec!["midapi".to_owned()];
    if global.mock {
        words.push("--mock".into());
    }
    if let Some(url) = &global.base_url {
        words.extend(["--base-url".into(), shell_word(url)]);
    }
    if let Some(file) = &global.api_key_file {
        words.extend(["--api-key-file".into(), shell_word(&file.display().to_string())]);
    }
    words.join(" ")
}
