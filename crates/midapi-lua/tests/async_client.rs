//! Scripts of an async host: calls yield to its runtime, with the results of blocking calls.
#![cfg(feature = "async")]

use std::time::Duration;

use midapi::clock::ManualClock;
use midapi_mock::{MockServer, failed, generating, html, success};
use mlua::{Lua, Value};

fn server() -> MockServer {
    MockServer::builder()
        .task("cat", success())
        .task("slow", generating().times(2).then(success()))
        .task("slow-too", generating().times(2).then(success()))
        .task("dog", generating())
        .task("failed", failed())
        .task("broken", html(502))
        .start()
        .unwrap()
}

fn lua(server: &MockServer, clock: impl midapi::clock::Clock) -> Lua {
    let client =
        midapi::Client::builder().api_key("test-key").base_url(server.base_url()).clock(clock).build().unwrap();
    let lua = Lua::new();
    let table = midapi_lua::async_table_with(&lua, client).unwrap();
    lua.globals().set("client", table.get::<mlua::Function>("client").unwrap().call::<Value>(()).unwrap()).unwrap();
    lua
}

async fn eval(lua: &Lua, script: &str) -> Result<String, String> {
    let values = lua.load(script).eval_async::<mlua::MultiValue>().await.map_err(|error| error.to_string())?;
    let shown: Vec<_> = values.iter().map(|value| value.to_string().unwrap()).collect();
    Ok(shown.join(" "))
}

#[tokio::test]
async fn async_calls_match_blocking_calls() {
    let server = server();
    let lua = lua(&server, ManualClock::new());
    let table = [
        ("return client:get('cat').status", "success"),
        ("local _, err = client:get('broken', { max_retries = 1 }) return err.kind, err.attempts", "server 2"),
        ("local _, err = client:wait('failed') return err.kind, err.task.status", "task_failed failed"),
        ("local _, err = client:wait('dog', { timeout = 5 }) return err.kind", "deadline"),
        (
            "local seen = {} client:wait('slow', { on_update = function(t) seen[#seen + 1] = t.status .. client:get('cat').status end }) return table.concat(seen, ' ')",
            "generatingsuccess successsuccess",
        ),
        (
            "local seen = {} for id, task, err in client:get_all({ 'cat', 'missing', '' }) do seen[#seen + 1] = task and task.status or err.kind end table.sort(seen) return table.concat(seen, ' ')",
            "not_found success usage",
        ),
        (
            "local seen = {} for id in client:wait_all({ 'slow-too' }, { on_update = function(t) seen[#seen + 1] = t.status end }) do seen[#seen + 1] = id end return table.concat(seen, ' ')",
            "generating success slow-too",
        ),
        (
            "return select(2, pcall(client.get, client, 7)):match('string expected, got number')",
            "string expected, got number",
        ),
        (
            "return select(2, pcall(client.wait, client, 'dog', { on_update = function() error('stop', 0) end }))",
            "stop",
        ),
        (
            "local mine = {} return select(2, pcall(client.wait, client, 'dog', { on_update = function() error(mine) end })) == mine",
            "true",
        ),
        (
            "local n = client:wait_all({ 'dog' }, { on_update = function() error('stop') end }) return pcall(n), n()",
            "false nil",
        ),
        (
            "local n n = client:wait_all({ 'dog' }, { on_update = function() n() end }) return select(2, pcall(n)):match('while it is running')",
            "while it is running",
        ),
        ("local n = client:get_all({ 'cat' }) return n(), (n()), (n())", "cat nil nil"),
        ("return coroutine.wrap(function() return client:get('cat').status end)()", "success"),
        (
            "local seen = {} for status in coroutine.wrap(function() for _, id in ipairs({ 'cat', 'failed' }) do coroutine.yield(client:get(id).status) end end) do seen[#seen + 1] = status end return table.concat(seen, ' ')",
            "success failed",
        ),
        (
            "local co = coroutine.create(function() return coroutine.wrap(function() return client:get('cat').status end)() end) return coroutine.resume(co)",
            "true success",
        ),
        (
            "local next_status = coroutine.wrap(function(...) coroutine.yield(...) error({}) end) return next_status(nil, 2), type(select(2, pcall(next_status)))",
            "nil table",
        ),
        ("return tostring(client):match('^midapi client')", "midapi client"),
    ];
    for (script, expected) in table {
        assert_eq!(eval(&lua, script).await.as_deref(), Ok(expected), "{script}");
    }
}

#[tokio::test]
async fn scripts_run_concurrently_on_one_thread() {
    let server = MockServer::builder()
        .task("late", success().delay(Duration::from_millis(500)))
        .task("dog", generating())
        .start()
        .unwrap();
    let lua = lua(&server, midapi::clock::SystemClock);
    let start = std::time::Instant::now();
    let scripts = (0..10).map(|_| eval(&lua, "return client:get('late').status"));
    let all = futures_util::future::join_all(scripts).await;
    assert!(all.iter().all(|result| result.as_deref() == Ok("success")), "{all:?}");
    assert!(start.elapsed() < Duration::from_millis(4500), "sequential requests would take five seconds");
    let wait = eval(&lua, "return client:wait('dog', { interval = 0.001 })");
    assert!(tokio::time::timeout(Duration::from_millis(50), wait).await.is_err());
    lua.gc_collect().unwrap();
    // One request may be in flight; the next would follow a tenth of a second later.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let requests = server.request_count("dog");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.request_count("dog"), requests);
}
