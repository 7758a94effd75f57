//! Tables of options that Lua scripts pass to a call.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use midapi::RawResponse;
use midapi::clock::ManualClock;
use mlua::{Lua, Table, Value};

use crate::simulated::client_builder;

const CALLS: [&str; 5] = ["client", "get", "wait", "get_all", "wait_all"];
const IDS: [&str; 3] = ["one", "two", "three"];
const NAMES: [&str; 10] = [
    "api_key",
    "base_url",
    "timeout",
    "max_retries",
    "interval",
    "first_delay",
    "on_update",
    "max_in_flight",
    "rate",
    "fail_fast",
];

/// Makes the call. Returns, for each result, the id and the status of the task or the kind of the error.
const SCRIPT: &str = r#"
local call, ids, options = ...
local client, err = midapi.client(call == "client" and options or nil)
local results = {}
local function add(id, task, err)
  results[#results + 1] = { id, task and task.status or err.kind }
end

if not client then
  add("client", nil, err)
elseif call == "client" then
  -- A client with its own key or base URL would use the network.
  if not (options.api_key or options.base_url) then
    add(ids[1], client:get(ids[1]))
  end
elseif call == "get" or call == "wait" then
  add(ids[1], client[call](client, ids[1], options))
else
  for id, task, err in client[call](client, ids, options) do
    add(id, task, err)
  end
end
return results
"#;

/// Checks a call with a table of options. The first byte selects the call, the second the responses of the server, and
/// the rest the entries of the table.
///
/// # Panics
/// If the call takes 20 s, accepts an unknown option, fails without naming a wrong option, or loses an id.
pub fn check_lua_options(bytes: &[u8]) {
    let mut input = Input(bytes);
    let (call, server) = (CALLS[usize::from(input.byte()) % CALLS.len()], input.byte());
    let lua = Lua::new();
    let client = client_builder(responses(server)).clock(ManualClock::new()).rng(|| 0.5).build();
    let table = midapi_lua::table_with(&lua, client.expect("the settings are valid")).expect("the API table");
    lua.globals().set("midapi", table).expect("a global variable");
    let options = options_table(&lua, &mut input).expect("a table of options");
    let names: Vec<_> = options.pairs::<Value, Value>().map(|pair| name(&pair.expect("an entry").0)).collect();

    let start = Instant::now();
    let outcome: mlua::Result<Vec<[String; 2]>> = lua.load(SCRIPT).call((call, IDS.to_vec(), &options));
    assert!(start.elapsed() < Duration::from_secs(20), "{call} {names:?}: {:?}", start.elapsed());
    match outcome {
        Ok(results) => {
            for name in &names {
                let known = name.as_deref().is_some_and(|name| NAMES.contains(&name));
                assert!(known, "{call} accepts an option {name:?}");
            }
            let fail_fast = options.get("fail_fast").unwrap_or(false);
            let mut expected = if call.ends_with("_all") { IDS.to_vec() } else { IDS[..1].to_vec() };
            expected.sort_unstable();
            let mut ids: Vec<_> = results.iter().map(|[id, _]| id.as_str()).collect();
            ids.sort_unstable();
            assert!(call == "client" || fail_fast || ids == expected, "{call}: {results:?}");
        }
        Err(error) => {
            let message = error.to_string();
            let function = format!("to '{call}'");
            assert!(message.contains(&function), "{message}");
            let is_named = |name: &Option<String>| match name {
                Some(name) => {
                    NAMES.contains(&&**name) && message.contains(name) || message.contains(&unknown_option(name))
                }
                None => message.contains("option name must be a string"),
            };
            assert!(names.iter().any(is_named), "{names:?}: {message}");
        }
    }
}

/// The start of the message for an unknown option. The message shortens long names.
fn unknown_option(name: &str) -> String {
    format!("unknown option '{}", name.escape_debug()).chars().take(30).collect()
}

fn name(key: &Value) -> Option<String> {
    key.as_string().map(|name| name.to_string_lossy().clone())
}

fn options_table(lua: &Lua, input: &mut Input<'_>) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    while !input.0.is_empty() {
        let key = match input.byte() % 16 {
            known @ 0..10 => Value::String(lua.create_string(NAMES[usize::from(known)])?),
            10..14 => Value::String(lua.create_string(input.text())?),
            14 => Value::Number(f64::from_bits(input.bits())),
            _ => Value::Boolean(true),
        };
        let value = match input.byte() % 8 {
            0 => Value::Number(f64::from_bits(input.bits())),
            1 => Value::Integer(input.bits().cast_signed()),
            2 => Value::String(lua.create_string(input.text())?),
            3 => Value::Boolean(input.byte() % 2 == 1),
            4 => Value::Table(lua.create_table()?),
            5 => Value::Function(lua.create_function(|_, ()| Ok(()))?),
            6 => Value::Integer(input.byte().into()),
            _ => Value::Number(f64::from(input.byte()) / 10.0),
        };
        // Fails for the key NaN, which Lua does not allow.
        drop(table.raw_set(key, value));
    }
    Ok(table)
}

/// The remaining bytes of the input; zeros after its end.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
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

/// The responses for each id: a fault zero to three times, then a success. `choice` selects the fault and the number.
fn responses(choice: u8) -> impl Fn(&str) -> RawResponse + Send + Sync + 'static {
    let fault = match choice / 4 % 6 {
        0 => task(0),
        1 => task(2),
        2 => RawResponse::new(200, r#"{"code":422,"msg":"The record does not exist","data":null}"#),
        3 => RawResponse::new(429, "").with_header(
            "retry-after".parse().expect("a valid header name"),
            "3600".parse().expect("a valid header value"),
        ),
        4 => RawResponse::new(500, "<html>"),
        _ => RawResponse::new(401, ""),
    };
    let faults = choice % 4;
    let requests = Mutex::new(HashMap::<String, u8>::new());
    move |id| {
        let mut requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
        let count = requests.entry(id.to_owned()).or_default();
        *count = count.saturating_add(1);
        if *count <= faults { fault.clone() } else { task(1) }
    }
}

fn task(flag: u8) -> RawResponse {
    RawResponse::new(200, format!(r#"{{"code":200,"msg":"success","data":{{"successFlag":{flag}}}}}"#))
}
