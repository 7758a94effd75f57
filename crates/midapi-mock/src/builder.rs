//! A server, described.

use crate::routes::Route;
use crate::server::Setting;
use crate::tasks::Tasks;
use crate::{MockServer, Scenario, answers, demos, replay, scenario_file};
use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

/// Describes a [`MockServer`], then starts it. Of two scenarios for one id, the later call wins; all win over the demo
/// ids.
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
/// let elsewhere = MockServer::builder().listen(([10, 0, 0, 1], 80)).start();
/// assert!(elsewhere.is_err(), "it serves this machine only");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct MockBuilder {
    listen: SocketAddr,
    prefix: String,
    key: Option<String>,
    gzip: bool,
    log: bool,
    demos: bool,
    tasks: HashMap<String, Scenario>,
    fallback: Scenario,
    routes: Vec<Route>,
}

impl MockBuilder {
    pub(crate) fn new() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            prefix: String::new(),
            key: None,
            gzip: true,
            log: true,
            demos: true,
            tasks: HashMap::new(),
            fallback: answers::not_found().into(),
            routes: Vec::new(),
        }
    }

    /// Listens here: an address of the loopback interface. Default: 127.0.0.1, with a port that the system chooses (0).
    pub fn listen(mut self, addr: impl Into<SocketAddr>) -> Self {
        self.listen = addr.into();
        self
    }

    /// Serves everything below this path (`/gateway/v2`). Default: none.
    pub fn prefix(mut self, path: impl Into<String>) -> Self {
        self.prefix = path.into();
        self
    }

    /// Accepts this key only. Default: any that is not empty.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Compresses answers for clients that accept gzip, as the real service does. Default: on.
    pub fn gzip(mut self, on: bool) -> Self {
        self.gzip = on;
        self
    }

    /// Keeps every request for [`MockServer::requests`]. Default: on. Off for a server that runs for long or under
    /// load.
    pub fn log(mut self, on: bool) -> Self {
        self.log = on;
        self
    }

    /// Knows the ids of [`demos`](fn@crate::demos). Default: on.
    pub fn demos(mut self, on: bool) -> Self {
        self.demos = on;
        self
    }

    /// Answers this id with this scenario.
    pub fn task(mut self, id: impl Into<String>, scenario: impl Into<Scenario>) -> Self {
        self.tasks.insert(id.into(), scenario.into());
        self
    }

    /// Answers every other id with this scenario, each from its first step. Default: [`not_found`](crate::not_found).
    ///
    /// The server remembers how far each id has come, unless the scenario is a single step that does not show the id.
    pub fn fallback(mut self, scenario: impl Into<Scenario>) -> Self {
        self.fallback = scenario.into();
        self
    }

    /// Answers another operation with this scenario: a method, and a path below the prefix (`/api/v1/chat/credit`).
    ///
    /// The key and the content type are asked for as at the look-up. Of two scenarios for one route, the later call wins.
    /// [`Request::body`](crate::Request::body) has what was sent.
    pub fn route(mut self, method: impl Into<String>, path: impl Into<String>, scenario: impl Into<Scenario>) -> Self {
        self.routes.push(Route { method: method.into(), path: path.into(), scenario: scenario.into() });
        self
    }

    /// Answers with recorded bodies: every `*.json` of a folder, byte for byte, HTTP 200, by the `taskId` in its
    /// `data`.
    ///
    /// Several of one id are a sequence: those with a `successFlag` of 0 first, then by file name; each is shown once,
    /// the last one stays. Bodies without `data` answer every other id, in the same way.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, when it holds no `*.json`, when a file is not JSON, or has `data`
    /// without a `taskId` (`InvalidData`, naming the file).
    pub fn replay(mut self, dir: impl AsRef<Path>) -> io::Result<Self> {
        let recorded = replay::read(dir.as_ref())?;
        self.tasks.extend(recorded.tasks);
        self.fallback = recorded.fallback.unwrap_or(self.fallback);
        Ok(self)
    }

    /// Adds the scenarios of a file; its format is told in the [crate's documentation](crate#scenario-files).
    ///
    /// # Errors
    /// When the file cannot be read, or says what is not in the format (`InvalidData`, naming the file, the id and the
    /// step).
    pub fn scenario_file(mut self, path: impl AsRef<Path>) -> io::Result<Self> {
        let file = scenario_file::read(path.as_ref())?;
        self.tasks.extend(file.tasks);
        self.fallback = file.fallback.unwrap_or(self.fallback);
        Ok(self)
    }

    /// Starts the server. It accepts connections when this returns.
    ///
    /// # Errors
    /// - `InvalidInput` for an address that is not on the loopback interface, a prefix that is no path, or a step that
    ///   cannot be sent.
    /// - whatever keeps the system from giving the port.
    pub fn start(mut self) -> io::Result<MockServer> {
        let invalid = |message| io::Error::new(io::ErrorKind::InvalidInput, message);
        if !self.listen.ip().to_canonical().is_loopback() {
            return Err(invalid(format!(
                "cannot listen on {}: midapi-mock has no protection and serves this machine only; use 127.0.0.1 or [::1]",
                self.listen
            )));
        }
        let prefix =
            tidy(&self.prefix).ok_or_else(|| invalid(format!("{:?} is no path to serve below", self.prefix)))?;
        for (id, scenario) in self
            .tasks
            .iter()
            .map(|(id, scenario)| (id.as_str(), scenario))
            .chain([("fallback", &self.fallback)])
            .chain(self.routes.iter().map(|route| (route.path.as_str(), &route.scenario)))
        {
            if let Some((n, problem)) =
                scenario.steps().iter().zip(1..).find_map(|(step, n)| Some((n, step.problem()?)))
            {
                return Err(invalid(format!("step {n} of {id:?} cannot be sent: {problem}")));
            }
        }
        if self.demos {
            for demo in demos() {
                self.tasks.entry(demo.id.to_owned()).or_insert_with(|| demo.scenario());
            }
        }
        let tasks = Tasks::new(self.tasks, self.fallback, self.log);
        MockServer::run(Setting {
            listen: self.listen,
            prefix,
            key: self.key,
            gzip: self.gzip,
            log: self.log,
            tasks,
            routes: self.routes,
        })
    }
}

/// A prefix with a slash in front and none behind. `None` if it cannot be the path of a URL as it stands.
fn tidy(prefix: &str) -> Option<String> {
    let path = prefix.trim_matches('/');
    let good = |c: char| c.is_ascii_graphic() && !"?#\"<>\\^`{|}".contains(c);
    match path {
        "" => Some(String::new()),
        path => path.chars().all(good).then(|| format!("/{path}")),
    }
}
