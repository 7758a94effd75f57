//! The client that a command asks with.

use std::path::PathBuf;

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
    if global.mock
        && let Some((name, _)) = options(global).next()
    {
        err(format_args!("error: --mock cannot be used with {name}: it has a server and a key of its own"));
        return Err(2);
    }
    if global.proxy.as_ref().is_some_and(|url| url.contains('@')) {
        err("error: a user or password in --proxy would show in the list of processes; HTTPS_PROXY may have one");
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
    if let Some(file) = &global.ca_file {
        builder = builder.root_certificates_file(file);
    }
    if let Some(url) = &global.proxy {
        builder = builder.proxy(url);
    }
    let client = builder.user_agent(concat!("midapi-cli/", env!("CARGO_PKG_VERSION"))).build();
    Ok(Connection { client, command: command(global), _server: server })
}

fn command(global: &Global) -> String {
    let mut words = vec!["midapi".to_owned()];
    if global.mock {
        words.push("--mock".into());
    }
    words.extend(options(global).flat_map(|(name, value)| [name.into(), shell_word(&value)]));
    words.join(" ")
}

/// The options that say where and how to ask, as far as they are given.
fn options(global: &Global) -> impl Iterator<Item = (&'static str, String)> {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let all = [
        ("--base-url", global.base_url.clone()),
        ("--api-key-file", path(&global.api_key_file)),
        ("--ca-file", path(&global.ca_file)),
        ("--proxy", global.proxy.clone()),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?)))
}
