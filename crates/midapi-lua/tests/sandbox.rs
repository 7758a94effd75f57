//! Scripts that the host does not trust: each ends in a clear error within its limits, and the host continues.
#![cfg(any(feature = "lua54", feature = "lua55"))]

use std::time::{Duration, Instant};

use midapi_lua::{Sandbox, Sandboxed};
use midapi_mock::{MockServer, generating, success};

const KEY: &str = "test-key-5f2c";
/// The time limit of scripts that exceed it.
const SHORT_LIMIT: Duration = Duration::from_millis(200);
/// The time limit of all other scripts, long enough for a busy machine.
const LONG_LIMIT: Duration = Duration::from_mins(1);

fn sandbox(server: &MockServer) -> Sandbox {
    let client = midapi::Client::builder().api_key(KEY).base_url(server.base_url()).build().unwrap();
    Sandbox::new(client).time_limit(LONG_LIMIT).memory_limit(256 << 20)
}

fn server() -> MockServer {
    MockServer::builder().api_key(KEY).task("cat", success()).task("dog", generating()).start().unwrap()
}

fn eval(sandbox: &Sandboxed, script: &str) -> Result<String, String> {
    let values = sandbox.run("script", script).map_err(|error| error.to_string())?;
    let shown: Vec<_> = values.iter().map(|value| value.to_string().unwrap()).collect();
    Ok(shown.join(" "))
}

const TIME: &str = "script exceeded its time limit of";

/// Scripts: the name, the code, and a text of the expected error.
const HOSTILE: &[(&str, &str, &str)] = &[
    ("an endless loop", "while true do end", TIME),
    ("in a coroutine", "coroutine.wrap(function() while true do end end)()", TIME),
    ("pcall in a loop", "while true do pcall(function() while true do end end) end", TIME),
    ("pcall in a loop in a coroutine", "coroutine.wrap(function() while true do pcall(error) end end)()", TIME),
    (
        "a coroutine for each error",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        TIME,
    ),
    (
        "a tree of coroutines",
        "local function f() for i = 1, 2 do coroutine.resume(coroutine.create(f)) end end f()",
        TIME,
    ),
    (
        "one of wrapped coroutines",
        "local function f() for i = 1, 2 do coroutine.wrap(f)() end end while true do pcall(f) end",
        TIME,
    ),
    ("deep protection", "local function f() pcall(f) while true do end end f()", TIME),
    (
        "a message handler that never returns",
        "xpcall(function() while true do end end, function() while true do end end)",
        TIME,
    ),
    (
        "a variable that closes for ever",
        "local x <close> = setmetatable({}, { __close = function() while true do end end }) error('x')",
        TIME,
    ),
    (
        "a variable that closes for ever as its time ends",
        "local x <close> = setmetatable({}, { __close = function() while true do end end }) while true do end",
        TIME,
    ),
    (
        "and that of a loop",
        "local x = setmetatable({}, { __close = function() while true do end end })
            for _ in function() return 1 end, nil, nil, x do end",
        TIME,
    ),
    (
        "a coroutine that closes for ever as its time ends",
        "coroutine.wrap(function()
                local x <close> = setmetatable({}, { __close = function() while true do end end })
                while true do end
            end)()",
        TIME,
    ),
    (
        "and one that is closed later",
        "local co = coroutine.create(function()
                local x <close> = setmetatable({}, { __close = function() while true do end end })
                while true do end
            end)
            coroutine.resume(co)
            coroutine.close(co)
            while true do end",
        TIME,
    ),
    (
        "an error that shows itself for ever",
        "error(setmetatable({}, { __tostring = function() while true do end end }))",
        "",
    ),
    ("a wait", "midapi.client():wait('dog', { interval = 0.01 })", TIME),
    (
        "a wait under pcall",
        "while true do pcall(midapi.client().wait, midapi.client(), 'dog', { interval = 0.01 }) end",
        TIME,
    ),
    ("an endless string", "local s = 'x' while true do s = s .. s end", "not enough memory"),
    ("an endless table", "local t = {} while true do t[#t + 1] = ('x'):rep(1000000) .. #t end", "not enough memory"),
    (
        "one long id many times",
        "local ids, id = {}, ('x'):rep(1000000) for i = 1, 20000 do ids[i] = id end midapi.client():get_all(ids)",
        "not enough memory",
    ),
    (
        "ids that are kept",
        "local ids, kept = {}, {}
            for i = 1, 10000 do ids[i] = 'cat' end
            while true do kept[#kept + 1] = midapi.client():wait_all(ids) end",
        "not enough memory",
    ),
    ("the name of an option, without end", "midapi.client({ [('xyz'):rep(10000000)] = 1 })", "unknown option 'xyzxyz"),
    (
        "long ids that are kept, one by one",
        "local id, kept = ('x'):rep(65000), {} while true do kept[#kept + 1] = midapi.client():get_all({ id }) end",
        "not enough memory",
    ),
    ("a long key", "midapi.client({ api_key = ('k'):rep(20000000) })", "at most 8192 bytes expected, got 20000000"),
    (
        "clients that their calls keep",
        "local kept = {} while true do kept[#kept + 1] = midapi.client({ api_key = 'k' }):get_all({ 'cat' }) end",
        "more than 64 clients in a sandbox",
    ),
    (
        "clients that are kept",
        "local kept = {} while true do kept[#kept + 1] = midapi.client({ api_key = 'k' }) end",
        "more than 64 clients in a sandbox",
    ),
    ("a long repetition", "return ('x'):rep(1 << 40)", ""),
    ("deep recursion", "local function f() return 1 + f() end f()", "stack overflow"),
    ("recursion through callbacks", "local function f() ('x'):gsub('x', f) end f()", "stack overflow"),
    (
        "recursion through the client",
        "local function f() midapi.client():wait('cat', { on_update = f }) end f()",
        "more than 16 nested callbacks",
    ),
    ("leaving", "os.exit(0)", "attempt to call a nil value (field 'exit')"),
    ("commands", "os.execute('true')", "attempt to call a nil value (field 'execute')"),
    ("the environment", "return os.getenv('HOME')", "attempt to call a nil value (field 'getenv')"),
    ("files", "return io.open('/etc/passwd')", "attempt to index a nil value (global 'io')"),
    ("modules", "return require('os')", "attempt to call a nil value (global 'require')"),
    ("the debug library", "return debug.getregistry()", "attempt to index a nil value (global 'debug')"),
    ("making bytecode", "return string.dump(function() end)", "attempt to call a nil value (field 'dump')"),
    ("loading bytecode", "return assert(load('\\27Lua', 'x', 'b'))", "attempt to load a binary chunk"),
    ("a finalizer", "setmetatable({}, { __gc = function() while true do end end })", "__gc is not allowed"),
    ("the collector", "collectgarbage('stop')", "only 'count' is allowed"),
    ("a client's metatable", "return getmetatable(midapi.client()).__index", ""),
    ("the metatable of strings", "getmetatable('').__tostring = error", "attempt to index a boolean value"),
    (
        "a coroutine that closes itself",
        "coroutine.wrap(function() coroutine.close(coroutine.running()) end)()",
        "a coroutine cannot close itself",
    ),
    ("a forged method", "return midapi.client().get({}, 'cat')", "call it with a colon"),
    (
        "elsewhere, with the host's key",
        "return midapi.client({ base_url = 'https://a.example' })",
        "URL not allowed in a sandbox",
    ),
    (
        "elsewhere, with its own key",
        "return midapi.client({ base_url = 'https://a.example', api_key = 'k' })",
        "URL not allowed in a sandbox",
    ),
];

#[test]
fn hostile_scripts_end_in_errors() {
    let server = server();
    for &(why, script, expected) in HOSTILE {
        // Deep recursion needs more memory than an endless text.
        let memory = if expected == "not enough memory" { 8 << 20 } else { 256 << 20 };
        let time = if [TIME, ""].contains(&expected) { SHORT_LIMIT } else { LONG_LIMIT };
        let sandbox = sandbox(&server).memory_limit(memory).time_limit(time).build().unwrap();
        let start = Instant::now();
        let error = eval(&sandbox, script).expect_err(why);
        assert!(start.elapsed() < LONG_LIMIT, "{why} took {:?}", start.elapsed());
        assert!(error.contains(expected), "{why}: {error}");
        assert!(!error.contains(KEY), "{why}: {error}");
        assert_eq!(
            eval(&sandbox, "return 'alive', midapi.client():get('cat').status").as_deref(),
            Ok("alive success"),
            "{why}"
        );
    }
}

#[test]
fn full_memory_does_not_prevent_the_end() {
    let server = server();
    let sandbox = sandbox(&server).time_limit(SHORT_LIMIT).memory_limit(8 << 20).build().unwrap();
    let full = "local kept
        pcall(function() while true do kept = { kept } end end)
        while true do pcall(function() while true do end end) end";
    let start = Instant::now();
    // The error depends on the memory that is left for the traceback.
    let error = eval(&sandbox, full).unwrap_err();
    assert!(error.contains("not enough memory") || error.contains("time limit"), "{error}");
    assert!(start.elapsed() < LONG_LIMIT, "{:?}", start.elapsed());
    assert_eq!(eval(&sandbox, "return 'alive'").as_deref(), Ok("alive"));
}

#[test]
fn full_stack_does_not_prevent_the_end() {
    let server = server();
    let sandbox = sandbox(&server).build().unwrap();
    let interrupt = sandbox.interrupt();
    // Interrupted there, because the time until there is unknown.
    let reached = sandbox.lua().create_function(move |_, ()| {
        interrupt.raise();
        Ok(())
    });
    sandbox.globals().set("reached", reached.unwrap()).unwrap();
    // At the deepest level with room for a function of 190 variables, a hook has no room.
    let full = "local names = {} for i = 1, 190 do names[i] = 'l' .. i end
        local list = table.concat(names, ',')
        local spin = load('local ' .. list .. ' if ... then while true do end end')
        local function room() assert(pcall(spin)) end
        local wide = load('local wide, depth, f = ... local ' .. list
            .. ' if depth == 0 then return f() end return (wide(wide, depth - 1, f))')
        local function narrow(depth, f) if depth == 0 then return f() end return (narrow(depth - 1, f)) end
        local function deepest(fits)
            local low, high = 0, 10000
            while high - low > 1 do
                local middle = (low + high) // 2
                if pcall(fits, middle) then low = middle else high = middle end
            end
            return low
        end
        local wides = deepest(function(n) wide(wide, n, room) end) - 1
        local narrows = deepest(function(n) wide(wide, wides, function() narrow(n, room) end) end)
        wide(wide, wides, function() narrow(narrows, function() reached() while true do pcall(spin, true) end end) end)";
    let error = eval(&sandbox, full).unwrap_err();
    assert!(error.contains("interrupted!"), "{error}");
}

#[test]
fn full_memory_allows_another_run() {
    let server = server();
    let sandbox = sandbox(&server).memory_limit(4 << 20).build().unwrap();
    let error = eval(&sandbox, "kept = {} while true do kept = { kept } end").unwrap_err();
    assert!(error.contains("not enough memory"), "{error}");
    let error = eval(&sandbox, "while true do kept = { kept } end").unwrap_err();
    assert!(error.contains("not enough memory"), "{error}");
    sandbox.globals().set("kept", mlua::Nil).unwrap();
    assert_eq!(eval(&sandbox, "return 'alive'").as_deref(), Ok("alive"));
}

#[test]
fn longest_time_limit_works() {
    let server = server();
    let sandbox = sandbox(&server).time_limit(Duration::MAX).build().unwrap();
    assert_eq!(eval(&sandbox, "return 1").as_deref(), Ok("1"));
}

#[test]
fn short_library_calls_count_as_time() {
    let server = server();
    let sandbox = sandbox(&server).time_limit(SHORT_LIMIT).build().unwrap();
    let start = Instant::now();
    let error = eval(&sandbox, "local s = ('a'):rep(300) while true do s:find('.-.-b') end").unwrap_err();
    assert!(error.contains(TIME), "{error}");
    // Without a check at each call it takes 250 calls, of about 20 ms each.
    assert!(start.elapsed() < 5 * SHORT_LIMIT, "{:?}", start.elapsed());
}

#[test]
fn run_past_its_time_fails() {
    let server = server();
    let sandbox = sandbox(&server).time_limit(Duration::from_millis(10)).build().unwrap();
    let error = eval(&sandbox, "local s = ('a'):rep(400) s:find('.-.-b') return 1").unwrap_err();
    assert!(error.contains(TIME), "{error}");
}

#[test]
fn clients_count_as_memory() {
    let server = server();
    let sandbox = sandbox(&server).memory_limit(8 << 20).build().unwrap();
    let code = "local kept, count = {}, 0
        local _, err = pcall(function() while true do kept[count + 1] = midapi.client({ timeout = 1 }) count = count + 1 end end)
        kept = nil
        return err, count < 8 * 2048";
    assert_eq!(eval(&sandbox, code).as_deref(), Ok("not enough memory true"));
}

#[test]
fn collected_iterators_raise_errors() {
    let server = server();
    let script = r#"
        local kept = setmetatable({}, { __mode = "k" })
        for _ = 1, 20 do local client = midapi.client() kept[client] = client:get_all { "cat" } end
        local before, messages = collectgarbage "count", 0
        while messages < 3 do
            local garbage = {}
            local now = collectgarbage "count"
            if now < before then
                for _, iterator in next, kept do
                    local fine, message = pcall(iterator)
                    if not fine then
                        assert(message:find("garbage collector", 1, true), message)
                        messages = messages + 1
                    end
                end
                if not next(kept) then messages = 3 end
            end
            before = now
        end
        return "done"
    "#;
    assert_eq!(eval(&sandbox(&server).build().unwrap(), script).unwrap(), "done");
}

#[test]
fn iterator_finalized_while_running_is_kept() {
    let server = server();
    // The iterator is reachable only as the value of a weak key. Its callback fills the memory until Lua finalizes it.
    let script = r#"
        local kept, alive = setmetatable({}, { __mode = "k" }), setmetatable({}, { __mode = "v" })
        do
            local client, many = midapi.client(), {}
            kept[client] = client:wait_all({ "cat" }, { on_update = function()
                for i = 1, 20000 do local text = ("A"):rep(100 + i % 50) end
            end })
            alive[1] = client
            for i = 1, 3000 do many[i] = midapi.client() end
        end
        while alive[1] do local garbage = {} end
        local _, iterator = next(kept)
        if not iterator then return "collected" end
        local fine, id = pcall(iterator)
        return fine and id or id:match "garbage collector" or id
    "#;
    let found = eval(&sandbox(&server).build().unwrap(), script).unwrap();
    assert!(["cat", "collected", "garbage collector"].contains(&&*found), "{found}");
}

#[test]
fn one_long_line_is_not_copied() {
    let server = server();
    let script = "local text = ('x'):rep(8 << 20) local texts = {} for i = 1, 200 do texts[i] = text end
        return select(2, pcall(print, table.unpack(texts)))";
    let found = eval(&sandbox(&server).build().unwrap(), script).unwrap();
    assert!(found.contains("output limit"), "{found}");
}

#[test]
fn bytecode_is_rejected() {
    let server = server();
    let error = sandbox(&server).build().unwrap().run("script", b"\x1bLua\x54").unwrap_err();
    assert!(error.to_string().contains("binary chunk"), "{error}");
}

#[test]
fn harmless_scripts_work() {
    let server = server();
    let sandbox = sandbox(&server).build().unwrap();
    let table = [
        ("return type(os.time()), type(os.clock()), os.date('!%Y', 0)", "number number 1970"),
        ("return xpcall(error, function(e) return 'handled ' .. e end, 'x')", "false handled x"),
        ("return xpcall(math.max, error, 1, 3)", "true 3"),
        ("return load('return 1 + 1')()", "2"),
        ("local env = { x = 5 } return load('return x', 'x', 't', env)(), select('#', load('return'))", "5 1"),
        ("return getmetatable(setmetatable({}, { __index = string })).__index.upper('a')", "A"),
        ("return type(collectgarbage('count'))", "number"),
        (
            "local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) error(b, 0) end)
            local _, one = coroutine.resume(co, 1)
            local fine, err = coroutine.resume(co, 'x')
            return one, fine, err, coroutine.status(co), coroutine.resume(co)",
            "2 false x dead false cannot resume dead coroutine",
        ),
        (
            "local co = coroutine.create(error) coroutine.resume(co, 'x')
            local fine, err = coroutine.close(co)
            return fine, err, coroutine.close(co)",
            "false x true",
        ),
        (
            "local sum = 0 for i in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) do sum = sum + i end
            return sum, pcall(coroutine.wrap(error), 'x')",
            "6 false x",
        ),
        ("return pcall(coroutine.create, 5)", "false bad argument #1 to 'create' (function expected, got number)"),
        (
            "return select(2, pcall(function() coroutine.resume(5) end))",
            "[string \"script\"]:1: bad argument #1 to 'resume' (thread expected, got number)",
        ),
        (
            "return select(2, pcall(function() setmetatable(1, {}) end))",
            "[string \"script\"]:1: bad argument #1 to 'setmetatable' (table expected, got number)",
        ),
        ("return xpcall(error, function(e) return 'handled ' .. e, 'more' end, 'x')", "false handled x"),
        ("return xpcall(error, function() error('worse', 0) end, 'x')", "false worse"),
        ("return load('x x')", "nil [string \"x x\"]:1: syntax error near 'x'"),
        (
            "local _, err = midapi.client():get('') err.message = setmetatable({}, { __tostring = error })
            return tostring(err)",
            "table",
        ),
        ("for i = 1, 200 do midapi.client({ api_key = 'k' }) end return 'garbage is not counted'", "garbage is not counted"),
        ("x = 7", ""),
        ("return x", "7"),
        ("local n = 0 for _ in midapi.client():get_all({ 'cat', 'cat' }) do n = n + 1 end return n", "2"),
    ];
    for (script, expected) in table {
        assert_eq!(eval(&sandbox, script).as_deref(), Ok(expected), "{script}");
    }
}

#[test]
fn request_limit_holds_across_runs() {
    let server = server();
    let sandbox = sandbox(&server).request_limit(3).allow_base_url(format!("{}/", server.base_url())).build().unwrap();
    let two = "local c = midapi.client() return c:get('cat').status, midapi.client():get('cat').status";
    assert_eq!(eval(&sandbox, two).as_deref(), Ok("success success"));
    let own = format!("midapi.client({{ api_key = '{KEY}', base_url = '{}' }})", server.base_url());
    let rest = format!(
        "local c = {own} local task = c:get('cat') local _, err = c:get('cat') return task.status, err.kind, err.message"
    );
    let shown = eval(&sandbox, &rest).unwrap();
    assert!(shown.starts_with("success usage the request limit is used up"), "{shown}");
    assert_eq!((server.requests().len(), sandbox.request_limit().unwrap().remaining()), (3, 0));
}

#[test]
fn coroutines_continue_in_later_runs() {
    let server = server();
    let sandbox = sandbox(&server).time_limit(SHORT_LIMIT).build().unwrap();
    let closes = "local x <close> = setmetatable({}, { __close = function() while true do end end }) while true do end";
    sandbox.interrupt().raise();
    let error = eval(&sandbox, closes).unwrap_err();
    assert!(error.contains("interrupted!"), "{error}");
    let kept = "kept = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) kept() while true do end";
    assert!(eval(&sandbox, kept).unwrap_err().contains("time limit"));
    assert_eq!(eval(&sandbox, "return kept(), kept()").as_deref(), Ok("2 3"));
}

#[test]
fn interrupt_from_another_thread() {
    let server = server();
    let sandbox = sandbox(&server).build().unwrap();
    let interrupt = sandbox.interrupt();
    let raiser = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        interrupt.raise();
    });
    let error = eval(&sandbox, "while true do pcall(function() while true do end end) end").unwrap_err();
    raiser.join().unwrap();
    assert!(error.contains("interrupted!"), "caught by the script: {error}");
    assert_eq!(eval(&sandbox, "return 'alive'").as_deref(), Ok("alive"));
}
