//! The configuration of a server.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use crate::scenario::Scenario;
use crate::scenario::by_id::ScenarioTable;
use crate::scenario::constructors::not_found;
use crate::scenario::demo::demos;
use crate::scenario::file::read_scenario_file;
use crate::scenario::recordings::read_recordings;
use crate::server::MockServer;
use crate::server::routes::Route;
use crate::server::service::ServiceConfig;

impl MockServer {
    /// Starts a server with the defaults of [`MockBuilder`].
    ///
    /// # Errors
    /// An I/O error if the system provides no port or thread.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// Creates a builder.
    pub fn builder() -> MockBuilder {
        MockBuilder {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            prefix: String::new(),
            api_key: None,
            gzip: true,
            log: true,
            demos: true,
            tasks: HashMap::new(),
            fallback: not_found().into(),
            routes: Vec::new(),
            file_size: 0,
        }
    }
}

/// A builder for [`MockServer`].
///
/// If two scenarios are set for an id, the later call wins. A scenario that is set for a demo id replaces the built-in
/// scenario.
///
/// ```
/// use midapi_mock::{MockServer, generating, success};
///
/// let server = MockServer::builder()
///     .prefix("/gateway/v2")
///     .api_key("the-only-key")
///     .task("cat", generating().then(success()))
///     .fallback(success())
///     .start()?;
/// assert!(server.base_url().ends_with("/gateway/v2"));
///
/// let error = MockServer::builder().listen(([10, 0, 0, 1], 80)).start();
/// assert!(error.is_err(), "only loopback addresses are accepted");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct MockBuilder {
    listen: SocketAddr,
    prefix: String,
    api_key: Option<String>,
    gzip: bool,
    log: bool,
    demos: bool,
    tasks: HashMap<String, Scenario>,
    fallback: Scenario,
    routes: Vec<Route>,
    file_size: usize,
}

impl MockBuilder {
    /// Sets the address, which must be on the loopback interface. Defaults to 127.0.0.1 with a port chosen by the
    /// system (0).
    pub fn listen(mut self, addr: impl Into<SocketAddr>) -> Self {
        self.listen = addr.into();
        self
    }

    /// Sets the path prefix of all operations, such as `/gateway/v2`. Defaults to none.
    pub fn prefix(mut self, path: impl Into<String>) -> Self {
        self.prefix = path.into();
        self
    }

    /// Sets the only accepted API key. Defaults to accepting every key that is not empty.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Compresses responses for clients that accept gzip, as the real API does. Defaults to on.
    pub fn gzip(mut self, on: bool) -> Self {
        self.gzip = on;
        self
    }

    /// Keeps every request for [`MockServer::requests`]. Defaults to on. Disable it for a server that runs for a long
    /// time or under load.
    pub fn log(mut self, on: bool) -> Self {
        self.log = on;
        self
    }

    /// Serves the [demo ids](fn@crate::demos). Defaults to on.
    pub fn demos(mut self, on: bool) -> Self {
        self.demos = on;
        self
    }

    /// Sets the scenario of an id.
    pub fn task(mut self, id: impl Into<String>, scenario: impl Into<Scenario>) -> Self {
        self.tasks.insert(id.into(), scenario.into());
        self
    }

    /// Sets the scenario of all unknown ids. Each id starts with the first step. Defaults to
    /// [`not_found`](crate::not_found).
    ///
    /// The server stores the progress of each unknown id, unless the scenario has a single step whose response does not
    /// contain the id.
    pub fn fallback(mut self, scenario: impl Into<Scenario>) -> Self {
        self.fallback = scenario.into();
        self
    }

    /// Adds another operation with a method, a path relative to the prefix (such as `/api/v1/chat/credit`) and a
    /// scenario.
    ///
    /// The key and the content type are checked in the same way as for the lookup. If a route is added twice, the later
    /// call wins. [`Request::body`](crate::Request::body) holds the request body.
    pub fn route(mut self, method: impl Into<String>, path: impl Into<String>, scenario: impl Into<Scenario>) -> Self {
        let method = Some(method.into());
        self.routes.push(Route { method, path: path.into(), scenario: scenario.into() });
        self
    }

    /// Sets the scenario of the result file at a path. The path is relative to the prefix and has no query, such as
    /// `/m/cat_0_0.jpeg`.
    ///
    /// The file is served for GET and HEAD requests with any query, and requires no key. It replaces the default file
    /// of this path. If a file is added twice, the later call wins.
    pub fn file(mut self, path: impl Into<String>, scenario: impl Into<Scenario>) -> Self {
        self.routes.push(Route { method: None, path: path.into(), scenario: scenario.into() });
        self
    }

    /// Sets the size of the default result files in bytes (see [`FileKind::bytes`](crate::FileKind::bytes)). Defaults
    /// to small files of less than 1 KB.
    pub fn file_size(mut self, bytes: usize) -> Self {
        self.file_size = bytes;
        self
    }

    /// Replays recorded bodies: serves every `*.json` file of a folder, byte for byte with HTTP 200, for the `taskId`
    /// in its `data`.
    ///
    /// Several files of one id form a sequence: first the files with a `successFlag` of 0, then the other files. Both
    /// groups are sorted by file name. Each file is served once, and the last file repeats. Files without `data` form
    /// the sequence that is served for unknown ids.
    ///
    /// # Errors
    /// - The error of the file system if the folder or a file cannot be read.
    /// - `NotFound` if the folder holds no `*.json` files.
    /// - `InvalidData`, with the file name, if a file is not JSON or its `data` has no `taskId`.
    pub fn replay(mut self, dir: impl AsRef<Path>) -> io::Result<Self> {
        let recordings = read_recordings(dir.as_ref())?;
        self.tasks.extend(recordings.tasks);
        self.fallback = recordings.fallback.unwrap_or(self.fallback);
        Ok(self)
    }

    /// Adds the scenarios of a file. The [crate's documentation](crate#scenario-files) describes the format.
    ///
    /// # Errors
    /// - The error of the file system if the file cannot be read.
    /// - `InvalidData`, with the file name, id and step, if the content is invalid.
    pub fn scenario_file(mut self, path: impl AsRef<Path>) -> io::Result<Self> {
        let file = read_scenario_file(path.as_ref())?;
        self.tasks.extend(file.tasks);
        self.fallback = file.fallback.unwrap_or(self.fallback);
        self.file_size = file.file_size.unwrap_or(self.file_size);
        Ok(file.files.into_iter().fold(self, |builder, (path, scenario)| builder.file(path, scenario)))
    }

    /// Starts the server and returns once it accepts connections.
    ///
    /// # Errors
    /// - `InvalidInput` if the address is not on the loopback interface, the prefix is not a path or a step is invalid.
    /// - The error of the system if it provides no port or thread.
    pub fn start(mut self) -> io::Result<MockServer> {
        let invalid_input = |message| io::Error::new(io::ErrorKind::InvalidInput, message);
        if !self.listen.ip().to_canonical().is_loopback() {
            return Err(invalid_input(format!(
                "cannot listen on {}: only loopback addresses are supported, such as 127.0.0.1 or [::1]",
                self.listen
            )));
        }
        let prefix = normalize_prefix(&self.prefix)
            .ok_or_else(|| invalid_input(format!("the prefix {:?} is not a URL path", self.prefix)))?;
        for (id, scenario) in &self.tasks {
            scenario.validate().map_err(|error| invalid_input(format!("task {id:?}: {error}")))?;
        }
        self.fallback.validate().map_err(|error| invalid_input(format!("fallback: {error}")))?;
        for route in &self.routes {
            let invalid_route = |error| invalid_input(format!("route {:?}: {error}", route.path));
            route.scenario.validate().map_err(invalid_route)?;
        }
        if self.demos {
            for demo in demos() {
                self.tasks.entry(demo.id.to_owned()).or_insert_with(|| demo.scenario());
            }
        }
        let config = ServiceConfig {
            prefix,
            api_key: self.api_key,
            gzip: self.gzip,
            log: self.log,
            scenarios: ScenarioTable::new(self.tasks, self.fallback, self.log),
            routes: self.routes,
            file_size: self.file_size,
        };
        MockServer::spawn(self.listen, config)
    }
}

/// Adds a leading slash and removes trailing ones. Returns `None` if the prefix is not a valid URL path.
fn normalize_prefix(prefix: &str) -> Option<String> {
    let path = prefix.trim_matches('/');
    let is_valid = |c: char| c.is_ascii_graphic() && !"?#\"<>\\^`{|}".contains(c);
    match path {
        "" => Some(String::new()),
        path => path.chars().all(is_valid).then(|| format!("/{path}")),
    }
}
