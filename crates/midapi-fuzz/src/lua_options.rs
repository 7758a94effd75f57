//! Tables of options that Lua scripts give to a call.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use midapi::clock::ManualClock;
use midapi::{Client, RawResponse, Transport, TransportFuture};
use mlua::{Lua, Table, Value};

use crate::asked::KEY;

const VERBS: [&str; 5] = ["client", "get", "wait", "get_all", "wait_all"];
const IDS: [&str; 3] = ["one", "two", "three"];
const NAMES: [&str; 10] = [
    "api_key",
    "base_url",
    "timeout",
    "retries",
    "interval",
    "first_delay",
    "on_update",
    "max_in_flight",
    "rate",
    "fail_fast",
];

/// Makes the call, and gives back the id and the kind of each answer.
const SCRIPT: &str = r#"
local verb, ids, options = ...
local client, err = midapi.client(verb == "client" and options or nil)
local answers = {}
local function answered(id, task, err)
  answers[#answers + 1] = { id, task and task.status or err.kind }
end

if not client then
  answered("client", nil, err)
elseif verb == "client" then
  -- Another client than the host's would ask the network.
  if not (options.api_key or options.base_url) then
    answered(ids[1], client:get(ids[1]))
  end
elseif verb == "get" or verb == "wait" then
  answered(ids[1], client[verb](client, ids[1], options))
else
  for id, task, err in client[verb](client, ids, options) do
    answered(id, task, err)
  end
end
return answers
"#;

/// Takes a byte for the call, one for the answers of the server, and the entries of the table.
///
/// # Panics
/// If the call takes long, says something else of the table than what is wrong with it, or loses an id.
pub fn lua_options(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let (verb, answers) = (VERBS[usize::from(bytes.byte()) % VERBS.len()], bytes.byte());
    let lua = Lua::new();
    let client = Client::builder().api_key(KEY).transport(ResultStream::new(answers)).clock(ManualClock::new());
    let client = client.rng(|| 0.5).build().expect("the settings are fine");
    lua.globals().set("midapi", midapi_lua::table_with(&lua, client).expect("a table")).expect("a global");
    let options = table(&lua, &mut bytes).expect("a table of options");
    let names: Vec<_> = options.pairs::<Value, Value>().map(|pair| name(&pair.expect("an entry").0)).collect();

    let begin = Instant::now();
    let outcome: mlua::Result<Vec<[String; 2]>> = lua.load(SCRIPT).call((verb, IDS.to_vec(), &options));
    assert!(begin.elapsed() < Duration::from_secs(20), "{verb} {names:?}: {:?}", begin.elapsed());
    match outcome {
        Ok(answers) => {
            for name in &names {
                let known = name.as_deref().is_some_and(|name| NAMES.contains(&name));
                assert!(known, "{verb} takes an option {name:?}");
            }
            let fails_fast = options.get("fail_fast").unwrap_or(false);
            let all = if verb.ends_with("_all") { &IDS[..] } else { &IDS[..1] };
            let mut ids: Vec<_> = answers.iter().map(|[id, _]| id.as_str()).collect();
            ids.sort_unstable();
            let mut whole = all.to_vec();
            whole.sort_unstable();
            assert!(verb == "client" || fails_fast || ids == whole, "{verb}: {answers:?}");
        }
        Err(error) => {
            let said = error.to_string();
            let call = if verb == "client" { "midapi.client: ".to_owned() } else { format!("client:{verb}: ") };
            assert!(said.contains(&call), "{said}");
            let names_it = |name: &Option<String>| match name {
                Some(name) => NAMES.contains(&&**name) && said.contains(name) || said.contains(&shown(name)),
                None => said.contains("an option's name has to be a string"),
            };
            assert!(names.iter().any(names_it), "{names:?}: {said}");
        }
    }
}

/// The beginning of what a message shows of it.
fn shown(name: &str) -> String {
    format!("no option {name:?}").chars().take(30).collect()
}

fn name(key: &Value) -> Option<String> {
    key.as_string().map(|name| name.to_string_lossy().clone())
}

fn table(lua: &Lua, bytes: &mut Bytes<'_>) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    while !bytes.0.is_empty() {
        let key = match bytes.byte() % 16 {
            known @ 0..10 => Value::String(lua.create_string(NAMES[usize::from(known)])?),
            10..14 => Value::String(lua.create_string(bytes.text())?),
            14 => Value::Number(f64::from_bits(bytes.bits())),
            _ => Value::Boolean(true),
        };
        let value = match bytes.byte() % 8 {
            0 => Value::Number(f64::from_bits(bytes.bits())),
            1 => Value::Integer(bytes.bits().cast_signed()),
            2 => Value::String(lua.create_string(bytes.text())?),
            3 => Value::Boolean(bytes.byte() % 2 == 1),
            4 => Value::Table(lua.create_table()?),
            5 => Value::Function(lua.create_function(|_, ()| Ok(()))?),
            6 => Value::Integer(bytes.byte().into()),
            _ => Value::Number(f64::from(bytes.byte()) / 10.0),
        };
        // Not a number is no key.
        drop(table.raw_set(key, value));
    }
    Ok(table)
}

/// What is left of them; zeros beyond the end.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    fn bits(&mut self) -> u64 {
        let taken = self.take(8);
        let mut all = [0; 8];
        all[..taken.len()].copy_from_slice(taken);
        u64::from_le_bytes(all)
    }

    fn text(&mut self) -> &'a [u8] {
        let count = self.byte();
        self.take(count.into())
    }
}

/// Some faults at each id, then a success.
#[derive(Debug)]
struct ResultStream {
    faults: u8,
    fault: RawResponse,
    looks: Mutex<HashMap<String, u8>>,
}

impl ResultStream {
    fn new(choice: u8) -> Self {
        let fault = match choice / 4 % 6 {
            0 => task(0),
            1 => task(2),
            2 => RawResponse::new(200, r#"{"code":422,"msg":"The record does not exist","data":null}"#),
            3 => RawResponse::new(429, "").with_header(
                "retry-after".parse().expect("a header's name"),
                "3600".parse().expect("a header's value"),
            ),
            4 => RawResponse::new(500, "<html>"),
            _ => RawResponse::new(401, ""),
        };
        Self { faults: choice % 4, fault, looks: Mutex::default() }
    }
}

fn task(flag: u8) -> RawResponse {
    RawResponse::new(200, format!(r#"{{"code":200,"msg":"success","data":{{"successFlag":{flag}}}}}"#))
}

impl Transport for ResultStream {
    fn look_up(&self, id: &str, _limit: Duration) -> TransportFuture {
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        let look = looks.entry(id.to_owned()).or_default();
        *look = look.saturating_add(1);
        let answer = if *look <= self.faults { self.fault.clone() } else { task(1) };
        Box::pin(std::future::ready(Ok(answer)))
    }
}
