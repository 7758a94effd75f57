//! The ways into the SDK, each behind the same call.

use std::time::Duration;

use futures_util::StreamExt;
use midapi::clock::ManualClock;
use midapi::{Client, Error, ResultStream, Task, blocking};
use midapi_mock::MockServer;

use crate::support::{KEY, Ran, asking};

/// How often a failed look-up is made again.
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

    const fn in_lua(self) -> &'static str {
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

/// How long a wait goes on, and how often it looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) timeout: Duration,
    pub(crate) interval: Duration,
}

/// What a call came to.
pub(crate) struct Told {
    /// Each id that was answered, with "task" or the kind of its error.
    pub(crate) answers: Vec<(String, String)>,
    /// The time that has passed on the injected clock, where there is one.
    pub(crate) clock: Option<Duration>,
}

/// A way into the SDK.
pub(crate) trait Way: Sync {
    fn name(&self) -> &'static str;

    fn patience(&self) -> Patience;

    /// Whether it can be told to give up on an attempt that is not answered, within the time that a test may take.
    fn gives_up_on_silence(&self) -> bool;

    /// Asks for one id, or for many at once.
    fn ask(&self, server: &MockServer, verb: Verb, ids: &[String]) -> Told;
}

/// All of them. What is added here is tried with every fault and every verb.
pub(crate) const WAYS: &[&dyn Way] = &[&Async, &Blocking, &Cli, &Lua];

/// Time that a test does not wait for.
const INJECTED: Patience = Patience { timeout: Duration::from_secs(30), interval: Duration::from_secs(10) };

fn client(server: &MockServer, clock: &ManualClock) -> Client {
    let builder = Client::builder().api_key(KEY).base_url(server.base_url()).max_retries(RETRIES);
    // Real time, since the network's is real; long enough for a slow machine to answer in.
    let builder = builder.attempt_timeout(Duration::from_millis(400));
    builder.clock(clock.clone()).rng(|| 0.5).build().expect("the settings are fine")
}

fn many(client: &Client, verb: Verb, ids: &[String]) -> ResultStream {
    match verb {
        Verb::GetAll => client.get_all(ids.to_vec()).stream(),
        _ => client.wait_all(ids.to_vec()).timeout(INJECTED.timeout).interval(INJECTED.interval).stream(),
    }
}

fn told(id: &str, outcome: &Result<Task, Error>) -> (String, String) {
    let word = match outcome {
        Ok(_) => "task",
        Err(error) => error.kind().as_str(),
    };
    (id.to_owned(), word.to_owned())
}

struct Async;

impl Way for Async {
    fn name(&self) -> &'static str {
        "async"
    }

    fn patience(&self) -> Patience {
        INJECTED
    }

    fn gives_up_on_silence(&self) -> bool {
        true
    }

    fn ask(&self, server: &MockServer, verb: Verb, ids: &[String]) -> Told {
        let clock = ManualClock::new();
        let client = client(server, &clock);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answers = runtime.block_on(async {
            let one = match verb {
                Verb::Get => client.get(&ids[0]).await,
                Verb::Wait => client.wait(&ids[0]).timeout(INJECTED.timeout).interval(INJECTED.interval).await,
                Verb::GetAll | Verb::WaitAll => {
                    let answers = many(&client, verb, ids);
                    return answers.map(|(id, outcome)| told(&id, &outcome)).collect().await;
                }
            };
            vec![told(&ids[0], &one)]
        });
        Told { answers, clock: Some(clock.elapsed()) }
    }
}

struct Blocking;

impl Way for Blocking {
    fn name(&self) -> &'static str {
        "blocking"
    }

    fn patience(&self) -> Patience {
        INJECTED
    }

    fn gives_up_on_silence(&self) -> bool {
        true
    }

    fn ask(&self, server: &MockServer, verb: Verb, ids: &[String]) -> Told {
        let clock = ManualClock::new();
        let client = blocking::Client::from_client(client(server, &clock)).unwrap();
        let one = match verb {
            Verb::Get => Some(client.get(&ids[0]).send()),
            Verb::Wait => Some(client.wait(&ids[0]).timeout(INJECTED.timeout).interval(INJECTED.interval).send()),
            Verb::GetAll | Verb::WaitAll => None,
        };
        let answers = match one {
            Some(one) => vec![told(&ids[0], &one)],
            None => client.items(many(client.get_ref(), verb, ids)).map(|(id, outcome)| told(&id, &outcome)).collect(),
        };
        Told { answers, clock: Some(clock.elapsed()) }
    }
}

/// The command, in real time.
struct Cli;

impl Way for Cli {
    fn name(&self) -> &'static str {
        "command"
    }

    fn patience(&self) -> Patience {
        Patience { timeout: Duration::from_millis(400), interval: Duration::from_millis(100) }
    }

    fn gives_up_on_silence(&self) -> bool {
        false
    }

    fn ask(&self, server: &MockServer, verb: Verb, ids: &[String]) -> Told {
        let mut command = if verb.waits() {
            asking(server, &["wait", "--json", "--timeout", "0.4", "--interval", "0.1"])
        } else {
            asking(server, &["get", "--json", "--retries", &RETRIES.to_string()])
        };
        let ran = Ran::of(command.args(ids));
        let answers = ran.lines().into_iter().map(|line| {
            let word = line["error"]["kind"].as_str().unwrap_or("task").to_owned();
            (line["id"].as_str().expect("every line has its id").to_owned(), word)
        });
        Told { answers: answers.collect(), clock: None }
    }
}

/// A script of a Rust host.
struct Lua;

/// Takes the verb, whether it takes many, its options and the ids.
const SCRIPT: &str = r#"
local verb, takes_many, options, ids = ...
local client, answers = midapi.client(), {}
local ask = client[verb]

local function answered(id, task, err)
  assert((task or err).id == id, "the answer is about this id")
  answers[#answers + 1] = { id, task and "task" or err.kind }
end

if takes_many then
  for id, task, err in ask(client, ids, options) do
    answered(id, task, err)
  end
else
  answered(ids[1], ask(client, ids[1], options))
end
return answers
"#;

impl Way for Lua {
    fn name(&self) -> &'static str {
        "Lua"
    }

    fn patience(&self) -> Patience {
        INJECTED
    }

    fn gives_up_on_silence(&self) -> bool {
        true
    }

    fn ask(&self, server: &MockServer, verb: Verb, ids: &[String]) -> Told {
        let clock = ManualClock::new();
        let lua = mlua::Lua::new();
        let table = midapi_lua::table_with(&lua, client(server, &clock)).unwrap();
        lua.globals().set("midapi", table).unwrap();
        let options = lua.create_table().unwrap();
        if verb.waits() {
            options.set("timeout", INJECTED.timeout.as_secs_f64()).unwrap();
            options.set("interval", INJECTED.interval.as_secs_f64()).unwrap();
        }
        let arguments = (verb.in_lua(), verb.takes_many(), options, ids.to_vec());
        let answers: Vec<[String; 2]> = lua.load(SCRIPT).call(arguments).unwrap();
        Told { answers: answers.into_iter().map(Into::into).collect(), clock: Some(clock.elapsed()) }
    }
}
