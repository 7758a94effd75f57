//! The clients of the fault matrix: the SDK, its blocking form, the command and Lua.

use std::time::Duration;

use futures_util::StreamExt;
use midapi::clock::ManualClock;
use midapi::{Client, Error, ResultStream, Task, blocking};
use midapi_mock::MockServer;

use crate::support::{Finished, KEY, midapi_with};

/// The maximum number of retries of a `get`.
pub(crate) const RETRIES: u32 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Wait,
    GetAll,
    WaitAll,
}

impl Verb {
    pub(crate) const ALL: [Self; 4] = [Self::Get, Self::Wait, Self::GetAll, Self::WaitAll];

    pub(crate) const fn waits(self) -> bool {
        matches!(self, Self::Wait | Self::WaitAll)
    }

    const fn lua_name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Wait => "wait",
            Self::GetAll => "get_all",
            Self::WaitAll => "wait_all",
        }
    }

    pub(crate) const fn takes_many(self) -> bool {
        matches!(self, Self::GetAll | Self::WaitAll)
    }
}

/// How often a fault occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occurs {
    Once,
    Always,
}

/// The times of a wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WaitTimes {
    pub(crate) timeout: Duration,
    pub(crate) interval: Duration,
}

/// One case of the matrix.
pub(crate) struct Request<'a> {
    pub(crate) verb: Verb,
    pub(crate) occurs: Occurs,
    pub(crate) ids: &'a [String],
    pub(crate) is_silent: bool,
}

/// The outcome of a case.
pub(crate) struct Observed {
    /// The ids, each with "task" or the kind of its error.
    pub(crate) outcomes: Vec<(String, String)>,
    /// The time on the injected clock, if there is one.
    pub(crate) clock: Option<Duration>,
}

/// A client of the API. Each one added here is tried with every fault and every verb.
pub(crate) trait MatrixClient: Sync {
    fn name(&self) -> &'static str;

    /// Whether each case starts a process.
    fn is_command(&self) -> bool {
        false
    }

    fn wait_times(&self, _occurs: Occurs) -> WaitTimes {
        INJECTED
    }

    fn request(&self, server: &MockServer, request: &Request<'_>) -> Observed;
}

pub(crate) const CLIENTS: &[&dyn MatrixClient] = &[&Async, &Blocking, &Cli, &Lua];

/// Times on an injected clock. A test does not wait for them.
const INJECTED: WaitTimes = WaitTimes { timeout: Duration::from_secs(30), interval: Duration::from_secs(10) };

fn build_client(server: &MockServer, clock: &ManualClock, is_silent: bool) -> Client {
    // The network uses real time. Without a silent fault, the limit only ends a test that hangs.
    let limit = if is_silent { Duration::from_millis(800) } else { Duration::from_secs(30) };
    let builder = Client::builder().api_key(KEY).base_url(server.base_url()).max_retries(RETRIES);
    let builder = builder.attempt_timeout(limit).timeout(Duration::from_mins(5));
    builder.clock(clock.clone()).rng(|| 0.5).build().expect("the settings are valid")
}

fn start_batch(client: &Client, verb: Verb, ids: &[String]) -> ResultStream {
    match verb {
        Verb::GetAll => client.get_all(ids.to_vec()).stream(),
        _ => client.wait_all(ids.to_vec()).timeout(INJECTED.timeout).interval(INJECTED.interval).stream(),
    }
}

fn describe(id: &str, result: &Result<Task, Error>) -> (String, String) {
    let outcome = match result {
        Ok(_) => "task",
        Err(error) => error.kind().as_str(),
    };
    (id.to_owned(), outcome.to_owned())
}

struct Async;

impl MatrixClient for Async {
    fn name(&self) -> &'static str {
        "async"
    }

    fn request(&self, server: &MockServer, request: &Request<'_>) -> Observed {
        let (clock, ids) = (ManualClock::new(), request.ids);
        let client = build_client(server, &clock, request.is_silent);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcomes = runtime.block_on(async {
            let one = match request.verb {
                Verb::Get => client.get(&ids[0]).await,
                Verb::Wait => client.wait(&ids[0]).timeout(INJECTED.timeout).interval(INJECTED.interval).await,
                Verb::GetAll | Verb::WaitAll => {
                    let results = start_batch(&client, request.verb, ids);
                    return results.map(|(id, result)| describe(&id, &result)).collect().await;
                }
            };
            vec![describe(&ids[0], &one)]
        });
        Observed { outcomes, clock: Some(clock.elapsed()) }
    }
}

struct Blocking;

impl MatrixClient for Blocking {
    fn name(&self) -> &'static str {
        "blocking"
    }

    fn request(&self, server: &MockServer, request: &Request<'_>) -> Observed {
        let (clock, ids) = (ManualClock::new(), request.ids);
        let client = blocking::Client::from_client(build_client(server, &clock, request.is_silent)).unwrap();
        let one = match request.verb {
            Verb::Get => Some(client.get(&ids[0]).send()),
            Verb::Wait => Some(client.wait(&ids[0]).timeout(INJECTED.timeout).interval(INJECTED.interval).send()),
            Verb::GetAll | Verb::WaitAll => None,
        };
        let outcomes = if let Some(one) = one {
            vec![describe(&ids[0], &one)]
        } else {
            let ids = ids.to_vec();
            let results = match request.verb {
                Verb::GetAll => client.get_all(ids).into_iter(),
                _ => client.wait_all(ids).timeout(INJECTED.timeout).interval(INJECTED.interval).into_iter(),
            };
            results.map(|(id, result)| describe(&id, &result)).collect()
        };
        Observed { outcomes, clock: Some(clock.elapsed()) }
    }
}

/// The command, in real time.
struct Cli;

impl MatrixClient for Cli {
    fn name(&self) -> &'static str {
        "command"
    }

    fn is_command(&self) -> bool {
        true
    }

    fn wait_times(&self, occurs: Occurs) -> WaitTimes {
        // A wait that succeeds must not depend on the speed of the machine.
        let timeout = if occurs == Occurs::Once { Duration::from_mins(1) } else { Duration::from_secs(2) };
        WaitTimes { timeout, interval: Duration::from_millis(500) }
    }

    fn request(&self, server: &MockServer, request: &Request<'_>) -> Observed {
        let times = self.wait_times(request.occurs);
        let mut command = if request.verb.waits() {
            let mut command = midapi_with(server, &["wait", "--json"]);
            command.args(["--timeout", &times.timeout.as_secs_f64().to_string()]);
            command.args(["--interval", &times.interval.as_secs_f64().to_string()]);
            command
        } else {
            midapi_with(server, &["get", "--json", "--retries", &RETRIES.to_string()])
        };
        let finished = Finished::run(command.args(request.ids));
        let outcomes = finished.lines().into_iter().map(|line| {
            let outcome = line["error"]["kind"].as_str().unwrap_or("task").to_owned();
            (line["id"].as_str().expect("every line has its id").to_owned(), outcome)
        });
        Observed { outcomes: outcomes.collect(), clock: None }
    }
}

/// A script in a Rust host.
struct Lua;

/// The arguments of the script: the verb, whether the verb takes many ids, its options, and the ids.
const SCRIPT: &str = r#"
local verb, takes_many, options, ids = ...
local client, outcomes = midapi.client(), {}
local call = client[verb]

local function add(id, task, err)
  assert((task or err).id == id, "the result is about this id")
  outcomes[#outcomes + 1] = { id, task and "task" or err.kind }
end

if takes_many then
  for id, task, err in call(client, ids, options) do
    add(id, task, err)
  end
else
  add(ids[1], call(client, ids[1], options))
end
return outcomes
"#;

impl MatrixClient for Lua {
    fn name(&self) -> &'static str {
        "Lua"
    }

    fn request(&self, server: &MockServer, request: &Request<'_>) -> Observed {
        let clock = ManualClock::new();
        let lua = mlua::Lua::new();
        let table = midapi_lua::table_with(&lua, build_client(server, &clock, request.is_silent)).unwrap();
        lua.globals().set("midapi", table).unwrap();
        let options = lua.create_table().unwrap();
        if request.verb.waits() {
            options.set("timeout", INJECTED.timeout.as_secs_f64()).unwrap();
            options.set("interval", INJECTED.interval.as_secs_f64()).unwrap();
        }
        let verb = request.verb;
        let arguments = (verb.lua_name(), verb.takes_many(), options, request.ids.to_vec());
        let outcomes: Vec<[String; 2]> = lua.load(SCRIPT).call(arguments).unwrap();
        Observed { outcomes: outcomes.into_iter().map(Into::into).collect(), clock: Some(clock.elapsed()) }
    }
}
