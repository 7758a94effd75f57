//! What a Rust host sees of its scripts: whose client they have, when they ask, and what ends them.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use midapi::{Client, RawResponse, Transport, TransportFuture};
use midapi_mock::{MockServer, generating, success};
use mlua::{Lua, Value};

const KEY: &str = "made-up-key-5f2c";

fn lua(client: Client) -> Lua {
    let lua = Lua::new();
    lua.globals().set("midapi", midapi_lua::table_with(&lua, client).unwrap()).unwrap();
    lua
}

fn client(server: &MockServer) -> Client {
    Client::builder().api_key(KEY).base_url(server.base_url()).build().unwrap()
}

fn text(lua: &Lua, script: &str) -> Result<String, String> {
    lua.load(script).eval::<Value>().and_then(|value| value.to_string()).map_err(|error| error.to_string())
}

#[test]
fn a_script_asks_with_its_hosts_client_and_does_not_see_the_key() {
    let server = MockServer::builder().api_key(KEY).task("cat", success()).start().unwrap();
    let lua = lua(client(&server));
    assert_eq!(text(&lua, "return midapi.client():get('cat').status").as_deref(), Ok("success"));
    assert_eq!(text(&lua, "return midapi.client({ timeout = 5 }):get('cat').status").as_deref(), Ok("success"));
    let own = "local _, err = midapi.client({ api_key = 'another-key' }):get('cat') return err.kind";
    assert_eq!(text(&lua, own).as_deref(), Ok("auth"), "a key of the script's own asks where its host asks");
    let everything = "local client, seen, all = midapi.client(), {}, {}
        local function walk(value)
            if seen[value] then return end
            all[#all + 1] = tostring(value)
            if type(value) == 'table' then
                seen[value] = true
                for k, v in next, value do walk(k) walk(v) end
            end
            local meta = debug.getmetatable(value)
            if meta then walk(meta) end
            if type(value) == 'function' then
                seen[value] = true
                for n = 1, 20 do
                    local name, up = debug.getupvalue(value, n)
                    if name then walk(up) end
                end
            end
            if type(value) == 'userdata' and debug.getuservalue then walk(debug.getuservalue(value)) end
        end
        walk(client) walk(midapi) walk(debug.getregistry and debug.getregistry() or {})
        return table.concat(all, ' ')";
    // Without the debug library nothing of this can be reached; with it, the key still cannot.
    #[allow(unsafe_code, reason = "the debug library is what the test is about")]
    let open = unsafe { Lua::unsafe_new() };
    open.globals().set("midapi", midapi_lua::table_with(&open, client(&server)).unwrap()).unwrap();
    let shown = open.load(everything).eval::<mlua::LuaString>().unwrap().to_string_lossy();
    assert!(shown.contains("midapi client of") && !shown.contains(KEY), "{shown}");
}

#[test]
fn it_asks_only_while_the_script_is_in_the_iterator_and_leaving_the_loop_ends_the_traffic() {
    let server = MockServer::builder().task("cat", success()).task("dog", generating()).start().unwrap();
    let lua = lua(client(&server));
    lua.load("client = midapi.client() next_one = client:wait_all({ 'dog', 'cat' }, { interval = 0.001 })")
        .exec()
        .unwrap();
    assert!(server.requests().is_empty(), "nothing is asked before the first call");
    assert_eq!(text(&lua, "return (next_one())").as_deref(), Ok("cat"));
    let quiet = |why: &str| {
        // One look may have been on its way; the next would come a tenth of a second later.
        std::thread::sleep(Duration::from_millis(100));
        let before = server.requests().len();
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(server.requests().len(), before, "{why}");
    };
    quiet("the script is not in the iterator");
    let left = "for id in client:wait_all({ 'dog', 'cat' }, { interval = 0.001 }) do break end";
    lua.load(left).exec().unwrap();
    quiet("the loop was left");
    let raised = "pcall(client.wait, client, 'dog', { interval = 0.001, on_update = function() error('enough') end })";
    lua.load(raised).exec().unwrap();
    quiet("the callback has raised");
}

#[test]
fn a_loop_that_is_left_lets_go_of_what_was_under_way() {
    /// Counts the look-ups that are under way; none of them ends.
    #[derive(Debug, Clone, Default)]
    struct Endless(Arc<AtomicUsize>);

    struct UnderWay(Arc<AtomicUsize>);

    impl Drop for UnderWay {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }

    impl Transport for Endless {
        fn look_up(&self, id: &str, _limit: Duration) -> TransportFuture {
            self.0.fetch_add(1, Ordering::SeqCst);
            let under_way = UnderWay(Arc::clone(&self.0));
            let answers = id == "first";
            Box::pin(async move {
                if !answers {
                    std::future::pending::<()>().await;
                }
                drop(under_way);
                Ok(RawResponse::new(200, r#"{"code":200,"data":{"successFlag":1}}"#))
            })
        }
    }

    let transport = Endless::default();
    let count = Arc::clone(&transport.0);
    let lua = lua(Client::builder().api_key(KEY).transport(transport).build().unwrap());
    let script = "for id in midapi.client():get_all({ 'a', 'b', 'first' }) do break end";
    lua.load(script).exec().unwrap();
    // 5.4 closes what a loop leaves; the others when they collect it.
    if !cfg!(any(feature = "lua54", feature = "lua55")) {
        lua.gc_collect().unwrap();
        lua.gc_collect().unwrap();
    }
    // They are let go on the background thread.
    let start = std::time::Instant::now();
    while count.load(Ordering::SeqCst) > 0 {
        assert!(start.elapsed() < Duration::from_secs(10), "look-ups are still under way");
        std::thread::yield_now();
    }
}

#[test]
fn a_panic_inside_a_call_becomes_an_error_of_the_script() {
    #[derive(Debug)]
    struct Panics;

    impl Transport for Panics {
        fn look_up(&self, _id: &str, _limit: Duration) -> TransportFuture {
            panic!("the transport is broken")
        }
    }

    let lua = lua(Client::builder().api_key(KEY).transport(Panics).build().unwrap());
    let notify = lua.create_function(|_, _: Value| -> mlua::Result<()> { panic!("the callback is broken") }).unwrap();
    lua.globals().set("notify", notify).unwrap();
    let shown =
        "local fine, err = pcall(client.get, client, 'cat') return tostring(fine) .. ' ' .. type(err) .. ' ' .. err";
    lua.load("client = midapi.client()").exec().unwrap();
    let on_the_background_thread = text(&lua, shown).unwrap();
    assert!(on_the_background_thread.starts_with("false string "), "{on_the_background_thread}");
    assert!(on_the_background_thread.contains("the transport is broken"), "{on_the_background_thread}");

    let server = MockServer::builder().task("cat", success()).start().unwrap();
    lua.globals().set("midapi", midapi_lua::table_with(&lua, client(&server)).unwrap()).unwrap();
    let unprotected = "midapi.client():wait('cat', { on_update = notify })";
    let on_its_own = text(&lua, unprotected).unwrap_err();
    assert!(on_its_own.contains("the callback is broken"), "{on_its_own}");
    assert_eq!(text(&lua, "return midapi.client():get('cat').status").as_deref(), Ok("success"), "the host lives on");
}

#[test]
fn a_blocked_call_and_a_busy_loop_can_be_interrupted() {
    let table = [
        ("a wait", "midapi.client():wait('dog')"),
        ("a wait in a coroutine", "coroutine.wrap(function() midapi.client():wait('dog') end)()"),
        ("an iterator", "for _ in midapi.client():wait_all({ 'dog' }) do end"),
        #[cfg(not(feature = "luajit"))]
        ("a loop", "while true do end"),
        #[cfg(not(feature = "luajit"))]
        ("a loop in a coroutine", "coroutine.wrap(function() while true do end end)()"),
    ];
    let server = MockServer::builder().task("dog", generating()).start().unwrap();
    for (why, script) in table {
        let lua = lua(client(&server));
        let interrupt = midapi_lua::interruptible(&lua).unwrap();
        let raise = interrupt.clone();
        let raiser = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            raise.raise();
        });
        let error = text(&lua, script).unwrap_err();
        raiser.join().unwrap();
        assert!(error.contains("interrupted!"), "{why}: {error}");
        assert!(!interrupt.is_pending(), "{why}");
        assert_eq!(text(&lua, "return 'still here'").as_deref(), Ok("still here"), "{why}");
    }
}

#[test]
fn the_fields_of_a_task_and_an_error_are_those_of_the_json() {
    let server = common::server();
    let lua = lua(client(&server));
    let runtime = midapi::blocking::Client::from_client(client(&server)).unwrap();
    let names = |value: &serde_json::Value| {
        let names = value.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
        names.map(|(name, _)| name.clone()).collect::<std::collections::BTreeSet<_>>()
    };
    let keys = |script: &str| {
        let table: mlua::Table = lua.load(script).eval().unwrap();
        table.pairs::<String, Value>().map(|pair| pair.unwrap().0).collect::<std::collections::BTreeSet<_>>()
    };
    for id in ["done", "failed", "odd", "generating"] {
        let json = serde_json::to_value(runtime.get(id).send().unwrap()).unwrap();
        assert_eq!(keys(&format!("return midapi.client():get('{id}')")), names(&json), "{id}");
    }
    let error = serde_json::to_value(runtime.wait("failed").send().unwrap_err()).unwrap();
    let mut expected = names(&error["error"]);
    expected.extend(["id".to_owned(), "task".to_owned()]);
    assert_eq!(keys("return select(2, midapi.client():wait('failed'))"), expected);
}
