//! A Rust host and its scripts: their client, their requests, and how they end.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use midapi::http::{HeaderName, HeaderValue, Request};
use midapi::{Client, RawResponse, Transport, TransportFuture};
use midapi_mock::{MockServer, generating, success};
use mlua::{Lua, Value};

const KEY: &str = "test-key-5f2c";

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
fn scripts_cannot_read_host_key() {
    let server = MockServer::builder().api_key(KEY).task("cat", success()).start().unwrap();
    let lua = lua(client(&server));
    assert_eq!(text(&lua, "return midapi.client():get('cat').status").as_deref(), Ok("success"));
    assert_eq!(text(&lua, "return midapi.client({ timeout = 5 }):get('cat').status").as_deref(), Ok("success"));
    let own = "local _, err = midapi.client({ api_key = 'another-key' }):get('cat') return err.kind";
    assert_eq!(text(&lua, own).as_deref(), Ok("auth"), "a key of the script is sent to the base URL of the host");
    let everything = "local client, visited, all = midapi.client(), {}, {}
        local function walk(value)
            if visited[value] then return end
            all[#all + 1] = tostring(value)
            if type(value) == 'table' then
                visited[value] = true
                for k, v in next, value do walk(k) walk(v) end
            end
            local meta = debug.getmetatable(value)
            if meta then walk(meta) end
            if type(value) == 'function' then
                visited[value] = true
                for n = 1, 20 do
                    local name, up = debug.getupvalue(value, n)
                    if name then walk(up) end
                end
            end
            if type(value) == 'userdata' and debug.getuservalue then walk(debug.getuservalue(value)) end
        end
        walk(client) walk(midapi) walk(debug.getregistry and debug.getregistry() or {})
        return table.concat(all, ' ')";
    // Even the debug library does not reach the key.
    #[allow(unsafe_code, reason = "the debug library is what the test is about")]
    let unsafe_lua = unsafe { Lua::unsafe_new() };
    unsafe_lua.globals().set("midapi", midapi_lua::table_with(&unsafe_lua, client(&server)).unwrap()).unwrap();
    let shown = unsafe_lua.load(everything).eval::<mlua::LuaString>().unwrap().to_string_lossy();
    assert!(shown.contains("midapi client (") && !shown.contains(KEY), "{shown}");
}

#[test]
fn requests_stop_outside_the_iterator() {
    let server = MockServer::builder().task("cat", success()).task("dog", generating()).start().unwrap();
    let lua = lua(client(&server));
    lua.load("client = midapi.client() iterator = client:wait_all({ 'dog', 'cat' }, { interval = 0.001 })")
        .exec()
        .unwrap();
    assert!(server.requests().is_empty(), "no request before the first call");
    assert_eq!(text(&lua, "return (iterator())").as_deref(), Ok("cat"));
    let assert_no_requests = |why: &str| {
        // One request may be in flight; the next would follow a tenth of a second later.
        std::thread::sleep(Duration::from_millis(100));
        let before = server.requests().len();
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(server.requests().len(), before, "{why}");
    };
    assert_no_requests("the script is outside the iterator");
    let left = "for id in client:wait_all({ 'dog', 'cat' }, { interval = 0.001 }) do break end";
    lua.load(left).exec().unwrap();
    assert_no_requests("the loop was left");
    let raised = "pcall(client.wait, client, 'dog', { interval = 0.001, on_update = function() error('stop') end })";
    lua.load(raised).exec().unwrap();
    assert_no_requests("the callback raised");
}

#[test]
fn leaving_a_loop_drops_requests() {
    /// Counts the requests in flight. Only that of `first` ends.
    #[derive(Debug, Clone, Default)]
    struct PendingTransport(Arc<AtomicUsize>);

    struct InFlight(Arc<AtomicUsize>);

    impl Drop for InFlight {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }

    impl Transport for PendingTransport {
        fn execute(&self, request: Request<Bytes>) -> TransportFuture {
            self.0.fetch_add(1, Ordering::SeqCst);
            let in_flight = InFlight(Arc::clone(&self.0));
            let responds = request.uri().query().is_some_and(|query| query.ends_with("=first"));
            Box::pin(async move {
                if !responds {
                    std::future::pending::<()>().await;
                }
                drop(in_flight);
                Ok(RawResponse::new(200, r#"{"code":200,"data":{"successFlag":1}}"#))
            })
        }
    }

    let transport = PendingTransport::default();
    let count = Arc::clone(&transport.0);
    let lua = lua(Client::builder().api_key(KEY).transport(transport).build().unwrap());
    let script = "for id in midapi.client():get_all({ 'a', 'b', 'first' }) do break end";
    lua.load(script).exec().unwrap();
    // 5.4 closes a loop that is left, earlier versions when they collect it.
    if !cfg!(any(feature = "lua54", feature = "lua55")) {
        lua.gc_collect().unwrap();
        lua.gc_collect().unwrap();
    }
    // The background thread drops them.
    let start = std::time::Instant::now();
    while count.load(Ordering::SeqCst) > 0 {
        assert!(start.elapsed() < Duration::from_secs(10), "requests are still in flight");
        std::thread::yield_now();
    }
}

#[test]
fn panic_becomes_script_error() {
    #[derive(Debug)]
    struct Panics;

    impl Transport for Panics {
        fn execute(&self, _: Request<Bytes>) -> TransportFuture {
            panic!("the transport is broken")
        }
    }

    let lua = lua(Client::builder().api_key(KEY).transport(Panics).build().unwrap());
    let notify = lua.create_function(|_, _: Value| -> mlua::Result<()> { panic!("the callback is broken") }).unwrap();
    lua.globals().set("notify", notify).unwrap();
    let code = "local succeeded, err = pcall(client.get, client, 'cat') return tostring(succeeded) .. ' ' .. type(err) .. ' ' .. err";
    lua.load("client = midapi.client()").exec().unwrap();
    let background_error = text(&lua, code).unwrap();
    assert!(background_error.starts_with("false string "), "{background_error}");
    assert!(background_error.contains("the transport is broken"), "{background_error}");

    let server = MockServer::builder().task("cat", success()).start().unwrap();
    lua.globals().set("midapi", midapi_lua::table_with(&lua, client(&server)).unwrap()).unwrap();
    let unprotected = "midapi.client():wait('cat', { on_update = notify })";
    let callback_error = text(&lua, unprotected).unwrap_err();
    assert!(callback_error.contains("the callback is broken"), "{callback_error}");
    assert_eq!(text(&lua, "return midapi.client():get('cat').status").as_deref(), Ok("success"), "the host continues");
}

#[test]
fn interrupt_ends_calls_and_loops() {
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

#[cfg(not(feature = "luajit"))]
#[test]
fn interrupt_error_is_a_string() {
    let server = MockServer::builder().start().unwrap();
    let lua = lua(client(&server));
    midapi_lua::interruptible(&lua).unwrap().raise();
    let code = "local _, err = pcall(function() while true do end end) return type(err) .. ' ' .. err";
    assert_eq!(text(&lua, code).as_deref(), Ok("string interrupted!"));
}

#[test]
fn script_client_inherits_proxy() {
    let server = MockServer::builder().task("cat", success()).start().unwrap();
    // Nothing listens on the proxy's port, so a request through it fails.
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let host = Client::builder().api_key(KEY).base_url(server.base_url()).proxy(format!("http://{unused}"));
    let lua = lua(host.build().unwrap());
    for options in
        ["", "{ api_key = 'own-key' }", &format!("{{ api_key = 'own-key', base_url = '{}' }}", server.base_url())]
    {
        let code = format!(
            "local _, err = midapi.client({options}):get('cat', {{ max_retries = 0 }}) return err and err.kind"
        );
        assert_eq!(text(&lua, &code).as_deref(), Ok("transport"), "{options}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn script_client_inherits_transport() {
    #[derive(Debug)]
    struct Rejecting;

    impl Transport for Rejecting {
        fn execute(&self, _: Request<Bytes>) -> TransportFuture {
            Box::pin(std::future::ready(Ok(RawResponse::new(402, r#"{"code":402,"msg":"no credits"}"#))))
        }
    }
    let own = "local _, err = midapi.client({ api_key = 'own-key', base_url = 'https://other.example' }):get('cat') return err.kind";
    let lua = lua(Client::builder().api_key(KEY).transport(Rejecting).build().unwrap());
    assert_eq!(text(&lua, own).as_deref(), Ok("credits"));
}

#[test]
fn script_client_inherits_http_client() {
    let server = MockServer::builder().task("cat", success()).start().unwrap();
    // Nothing listens on the proxy's port, so a request through it fails.
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = midapi::reqwest::Proxy::all(format!("http://{unused}")).unwrap();
    let http_client = midapi::reqwest::Client::builder().proxy(proxy).build().unwrap();
    let host = Client::builder().api_key(KEY).base_url(server.base_url()).http_client(http_client);
    let lua = lua(host.build().unwrap());
    for base_url in [server.base_url(), server.base_url().replace("127.0.0.1", "localhost")] {
        let code = format!(
            "local _, err = midapi.client({{ api_key = 'own-key', base_url = '{base_url}' }}):get('cat', {{ max_retries = 0 }})
            return err and err.kind"
        );
        assert_eq!(text(&lua, &code).as_deref(), Ok("transport"), "{base_url}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn host_headers_stay_with_host_url() {
    /// Records the host of each request, and whether it has the header of the host's client.
    #[derive(Debug, Clone, Default)]
    struct Recording(Arc<Mutex<Vec<(String, bool)>>>);

    impl Transport for Recording {
        fn execute(&self, request: Request<Bytes>) -> TransportFuture {
            let host = request.uri().host().unwrap_or_default().to_owned();
            self.0.lock().unwrap().push((host, request.headers().contains_key("x-tenant")));
            Box::pin(std::future::ready(Ok(RawResponse::new(200, r#"{"code":200,"data":{"successFlag":1}}"#))))
        }
    }

    let recording = Recording::default();
    let host = Client::builder().api_key(KEY).base_url("https://host.example").transport(recording.clone());
    let header = (HeaderName::from_static("x-tenant"), HeaderValue::from_static("secret"));
    let lua = lua(host.header(header.0, header.1).build().unwrap());
    let table = [
        ("", "host.example", true),
        ("{ api_key = 'k' }", "host.example", true),
        ("{ api_key = 'k', base_url = 'https://host.example/' }", "host.example", true),
        ("{ api_key = 'k', base_url = 'https://other.example' }", "other.example", false),
    ];
    for (options, host, has_header) in table {
        lua.load(format!("assert(midapi.client({options}):get('cat'))")).exec().unwrap();
        let last = recording.0.lock().unwrap().pop();
        assert_eq!(last, Some((host.to_owned(), has_header)), "{options}");
    }
}

#[test]
fn lua_fields_match_json() {
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
