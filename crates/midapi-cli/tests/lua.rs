//! `midapi lua`

mod support;
#[path = "../../midapi/tests/support/tls.rs"]
mod tls;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use midapi_mock::{MockServer, generating, success};
use support::{Finished, KEY, is_hangup_ignored, midapi, midapi_with, server};
use tls::{Ca, https, proxy};

#[test]
fn lua_suite_passes_in_command() {
    let suite = concat!(env!("CARGO_MANIFEST_DIR"), "/../midapi-lua/tests/suite");
    let server = MockServer::builder().scenario_file(format!("{suite}/scenarios.json")).unwrap().start().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (script, directory) = (format!("{suite}/run.lua"), directory.path().to_str().unwrap());
    let ran = Finished::run(&mut midapi_with(&server, &["lua", &script, &server.base_url(), directory]));
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.ends_with(" passed, 0 failed\n"), "{}", ran.out);
}

#[test]
fn code_comes_from_option_or_input() {
    let code = "print(midapi.client():get(arg[1]).status)";
    let table = [
        vec!["--mock", "lua", "-e", code, "demo-failed"],
        vec!["--mock", "lua", "-", "demo-failed"],
        // Without a terminal, standard input is the script.
        vec!["--mock", "lua"],
    ];
    for arguments in table {
        let input = if arguments.len() == 2 { code.replace("arg[1]", "'demo-failed'") } else { code.to_owned() };
        let ran = Finished::run_with_input(&mut midapi(&arguments), input.as_bytes());
        assert_eq!((ran.status, ran.out.as_str()), (0, "failed\n"), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn script_has_name_arguments_and_module() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.lua");
    let code = "\u{feff}#!/usr/bin/env midapi\nprint(arg[0] == ..., #arg, select(2, ...), require 'midapi' == midapi, debug ~= nil)";
    std::fs::write(&script, code).unwrap();
    let script = script.to_str().unwrap();
    let ran = Finished::run(&mut midapi(&["--mock", "lua", script, script, "--json"]));
    assert_eq!((ran.status, ran.out.as_str()), (0, "true\t2\t--json\ttrue\ttrue\n"), "{}", ran.err);
}

#[test]
fn finalizers_at_exit_do_not_panic() {
    let code = "local client = midapi.client()
        x = setmetatable({}, { __gc = function() print(pcall(client.get, client, 'demo')) end })
        y = setmetatable({}, { __gc = function() print(tostring(client), midapi.client()) end })
        z = setmetatable({}, { __gc = function() for _ in client:get_all({ 'demo' }) do end end })";
    let ran = Finished::run(&mut midapi(&["--mock", "lua", "-e", code]));
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(!ran.err.contains("panicked") && !ran.out.contains("internal error"), "{}{}", ran.out, ran.err);
}

#[cfg(target_os = "linux")]
#[test]
fn c_modules_load() {
    let folder = tempfile::tempdir().unwrap();
    let (source, module) = (folder.path().join("probe.c"), folder.path().join("probe.so"));
    let code = "typedef struct lua_State lua_State;
        void lua_pushinteger(lua_State *, long long);
        int luaopen_probe(lua_State *state) { lua_pushinteger(state, 42); return 1; }";
    std::fs::write(&source, code).unwrap();
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&module).arg(&source).status().unwrap();
    assert!(compiled.success());
    let mut command = midapi(&["--mock", "lua", "-e", "print((require 'probe'))"]);
    let ran = Finished::run(command.env("LUA_CPATH", folder.path().join("?.so")));
    assert_eq!((ran.status, ran.out.as_str()), (0, "42\n"), "{}", ran.err);
}

#[test]
fn sandboxed_print_is_escaped_and_limited() {
    let ran = Finished::run(&mut midapi(&["--mock", "lua", "--sandbox", "-e", "print('\\27[2J', nil, 1)"]));
    assert_eq!((ran.status, ran.out.as_str()), (0, "\\u{1B}[2J\tnil\t1\n"), "{}", ran.err);
    let endless = "while true do print(('x'):rep(1000)) end";
    let ran = Finished::run(&mut midapi(&["--mock", "lua", "--sandbox", "-e", endless]));
    assert!(ran.err.contains("output limit of 1048576 bytes"), "{}", ran.err);
    assert!(ran.out.len() <= 1 << 20, "{} bytes", ran.out.len());
    // Escaped text counts as it is written.
    let ran = Finished::run(&mut midapi(&["--mock", "lua", "--sandbox", "-e", "print(('\\27'):rep(1 << 19))"]));
    assert!(ran.err.contains("output limit") && ran.out.is_empty(), "{} bytes, {}", ran.out.len(), ran.err);
}

#[test]
fn finalized_clients_raise_strings() {
    let uses = ["tostring(C)", "C.get", "C:get('a')", "('%s'):format(C)", "C .. ''"];
    for code in uses {
        let script = format!(
            "local object = setmetatable({{}}, {{ __gc = function(object)
                C = object.client
                local fine, message = pcall(load \"return {code}\")
                print(fine, type(message), message)
            end }})
            object.client = midapi.client()"
        );
        let ran = Finished::run(&mut midapi(&["--mock", "lua", "-e", &script]));
        let expected = ran.out.starts_with("false\tstring") && ran.out.contains("destructed");
        assert!(ran.status == 0 && expected, "{code}: {} {}{}", ran.status, ran.out, ran.err);
    }
}

#[test]
fn finalized_functions_raise_errors() {
    let table = [
        ("during the run", "object = nil collectgarbage()"),
        ("at the end of the state", "os.exit(7, true)"),
        ("at the end of the process", ""),
    ];
    for (why, end) in table {
        let script = format!(
            "local object = setmetatable({{}}, {{ __gc = function(object) print(pcall(object.next)) end }})
            object.next = midapi.client():get_all {{ 'a' }} {end}"
        );
        let ran = Finished::run(&mut midapi(&["--mock", "lua", "-e", &script]));
        assert!(ran.status == 0 || ran.status == 7, "{why}: {} {}", ran.status, ran.err);
        assert!(ran.out.starts_with("false\tmidapi: the function was called after"), "{why}: {}{}", ran.out, ran.err);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn sandboxed_process_ends_with_its_parent() {
    // The second script is busy inside a C function. The third never arrives.
    let busy = [["-e", "while true do end"].as_slice(), &["-e", "return (''):rep(1 << 60)"], &["-"]];
    let signals: &[&str] = if is_hangup_ignored() { &["-KILL"] } else { &["-KILL", "-HUP"] };
    for (signal, code) in signals.iter().flat_map(|signal| busy.map(|code| (*signal, code))) {
        let mut command = midapi(&["--mock", "lua", "--sandbox", "--time-limit", "300"]);
        let command = command.args(code).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut parent = command.spawn().unwrap();
        let _input = parent.stdin.take();
        let children = format!("/proc/{0}/task/{0}/children", parent.id());
        let started_at = Instant::now();
        let is_running = |child: &str| {
            let state = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            !state.is_empty() && !state.contains(") Z ")
        };
        let child = loop {
            assert!(started_at.elapsed() < Duration::from_secs(20), "the script did not start");
            let child = std::fs::read_to_string(&children).unwrap().trim().to_owned();
            // The child runs its script once it has used some processor time.
            let times = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            let ticks = times.split(' ').nth(13).and_then(|ticks| ticks.parse::<u64>().ok());
            // Without a child, the path is /proc//stat, which describes the whole system.
            if !child.is_empty() && (code == ["-"] || ticks.is_some_and(|ticks| ticks > 20)) {
                break child;
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        assert!(Command::new("kill").args([signal, &parent.id().to_string()]).status().unwrap().success());
        parent.wait().unwrap();
        let start = Instant::now();
        while is_running(&child) {
            assert!(start.elapsed() < Duration::from_secs(10), "{signal}: {code:?}: the child is running");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn failing_script_prints_an_error() {
    let ran = Finished::run(&mut midapi(&["--mock", "lua", "-e", "error('no\u{1b}[2J luck')"]));
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains("luck") && !ran.err.contains('\u{1b}'), "{:?}", ran.err);
    let ran = Finished::run(&mut midapi(&["--mock", "lua", "/no/such/script.lua"]));
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("/no/such/script.lua"), "{}", ran.err);
}

#[test]
fn client_without_key_is_nil() {
    let ran = Finished::run(&mut midapi(&["lua", "-e", "local client, err = midapi.client() print(client, err.kind)"]));
    assert_eq!((ran.status, ran.out.as_str()), (0, "nil\tconfig\n"), "{}", ran.err);
}

#[test]
fn sandbox_stops_harmful_scripts() {
    let server = server([("cat", success().into()), ("dog", generating().into())]);
    let slow_pattern = "local s = ('a'):rep(60) .. 'b' return s:find('.-.-.-.-.-.-.-.-.-.-.-.-c')";
    let closes_for_ever = "coroutine.wrap(function()
        local x <close> = setmetatable({}, { __close = function() while true do end end })
        while true do end
    end)()";
    let table = [
        ("a request", "print(midapi.client():get(arg[1]).status)", 0, "success\n", ""),
        ("an error", "error('enough')", 1, "", "enough"),
        ("an endless loop", "while true do end", 1, "", "script exceeded its time limit"),
        ("pcall in a loop", "while true do pcall(error) end", 1, "", "script exceeded its time limit"),
        ("a wait", "midapi.client():wait('dog')", 1, "", "script exceeded its time limit"),
        ("an endless string", "local s = 'x' while true do s = s .. s end", 1, "", "not enough memory"),
        ("deep recursion", "local function f() return 1 + f() end f()", 1, "", "stack overflow"),
        ("leaving", "os.exit(0)", 1, "", "field 'exit'"),
        ("a finalizer", "setmetatable({}, { __gc = error })", 1, "", "__gc is not allowed"),
        ("bytecode", "assert(load('\\27Lua'))", 1, "", "binary chunk"),
        ("the key", "print(os.getenv('MIDAPI_API_KEY'))", 1, "", "field 'getenv'"),
        (
            "too many requests",
            "for i = 1, 4 do assert(midapi.client():get('cat')) end",
            1,
            "",
            "the request limit is used up",
        ),
        // Lua runs no hook inside a library function, so the parent kills the first two of these.
        ("a slow pattern", slow_pattern, 1, "", "the script was killed after 300ms"),
        ("an endless repetition", "return (''):rep(1 << 60)", 1, "", "the script was killed after 300ms"),
        ("a coroutine that closes for ever", closes_for_ever, 1, "", "script exceeded its time limit"),
    ];
    for (why, code, status, out, err) in table {
        // Scripts that do not reach the limit end by themselves. The slowest is the deep recursion, which takes 0.3 to
        // 0.8 s.
        let time_limit = if err.contains("time limit") || err.contains("killed") { 0.3 } else { 5.0 };
        let options = [
            "lua",
            "--sandbox",
            "--time-limit",
            &time_limit.to_string(),
            "--request-limit",
            "3",
            "--memory-limit",
            "256",
            "-e",
            code,
            "cat",
        ];
        let start = Instant::now();
        let ran = Finished::run(&mut midapi_with(&server, &options));
        assert_eq!((ran.status, ran.out.as_str()), (status, out), "{why}: {}", ran.err);
        assert!(ran.err.contains(err) && !ran.err.contains(KEY), "{why}: {}", ran.err);
        // The parent kills a script two seconds after its limit. Two more are for the start and the end of the
        // processes.
        let longest = Duration::from_secs_f64(2.0 * time_limit + 4.0);
        assert!(start.elapsed() < longest, "{why} took {:?}", start.elapsed());
    }
}

#[test]
fn script_client_inherits_ca_and_proxy() {
    let (ca, server) = (Ca::new(), server([("cat", success().into())]));
    let (address, heard) = proxy(https(&ca, "api.example", &server));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, ca.pem()).unwrap();
    let proxy = format!("http://{address}");
    let host = ["--base-url", "https://api.example", "--ca-file", file.to_str().unwrap(), "--proxy", &proxy, "lua"];
    // The server is reached only through the proxy, and trusted only with the CA of the host.
    let code = "local own = { api_key = 'own-key' }
        local there = { api_key = 'own-key', base_url = 'https://api.example' }
        for _, options in ipairs { {}, own, there } do
            local task, err = midapi.client(options):get('cat', { max_retries = 0 })
            print(task and task.status or err)
        end";
    for sandbox in [&[][..], &["--sandbox"]] {
        let mut command = midapi(&[&host[..], sandbox, &["-e", code]].concat());
        let ran = Finished::run(command.env("MIDAPI_API_KEY", KEY));
        assert_eq!((ran.status, ran.out.as_str()), (0, "success\nsuccess\nsuccess\n"), "{sandbox:?}: {}", ran.err);
    }
    let heard = heard.text();
    assert_eq!(heard.matches("CONNECT api.example:443").count(), 6, "{heard}");
}

#[test]
fn sandbox_downloads_need_a_directory() {
    let server = server([("cat", success().into())]);
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().to_str().unwrap();
    let code = "print(#assert(midapi.client():download('cat', { to = arg[1] })))";
    let table: [(&[&str], &str, i32, &str, &str); 5] = [
        (&[], "cats", 1, "", "'download' is not allowed in a sandbox"),
        (&["--download-dir", to], "cats", 0, "4\n", ""),
        (
            &["--download-dir", to],
            "../cats",
            1,
            "",
            "option 'to': in a sandbox, only a relative path of plain names is allowed, such as 'cats/may'",
        ),
        (
            &["--download-dir", to],
            "/etc",
            1,
            "",
            "option 'to': in a sandbox, only a relative path of plain names is allowed, such as 'cats/may'",
        ),
        (
            &["--download-dir", to, "--download-limit", "0"],
            "dogs",
            1,
            "",
            "script exceeded its download limit of 0 bytes",
        ),
    ];
    for (options, to, status, out, err) in table {
        let arguments = [&["lua", "--sandbox"], options, &["-e", code, to]].concat();
        let ran = Finished::run(&mut midapi_with(&server, &arguments));
        assert_eq!((ran.status, ran.out.as_str()), (status, out), "{options:?}, {to}: {}", ran.err);
        assert!(ran.err.contains(err), "{options:?}, {to}: {}", ran.err);
    }
    let names: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.contains(&"cats".into()), "{names:?}");
    let ran = Finished::run(&mut midapi(&["lua", "--download-dir", to, "-e", ""]));
    assert_eq!(ran.status, 2, "the directory needs --sandbox");
}

#[test]
fn sandbox_rejects_bytecode() {
    let ran = Finished::run_with_input(&mut midapi(&["--mock", "lua", "--sandbox", "-"]), b"\x1bLua\x54\x00");
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains("binary chunk"), "{}", ran.err);
    let ran = Finished::run(&mut midapi(&["lua", "--time-limit", "5", "-e", ""]));
    assert_eq!(ran.status, 2, "limits need --sandbox");
}

/// Sends SIGINT to a script once it has printed a line.
#[cfg(unix)]
fn interrupted(code: &str) -> Finished {
    use std::io::{BufRead, BufReader, Read};

    let server = server([("dog", generating().into())]);
    let mut command = midapi_with(&server, &["lua", "-e", code]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut printed = String::new();
    out.read_line(&mut printed).unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    out.read_to_string(&mut printed).unwrap();
    let output = child.wait_with_output().unwrap();
    let status = output.status.code().expect("the command exits by itself");
    Finished { status, out: printed, err: String::from_utf8(output.stderr).unwrap() }
}

#[cfg(unix)]
#[test]
fn ctrl_c_raises_in_the_script() {
    let begin = "io.stdout:setvbuf('no') local client = midapi.client() print('begun') ";
    let table = [
        ("a wait", "client:wait('dog')", 130),
        ("a wait in a coroutine", "coroutine.wrap(function() client:wait('dog') end)()", 130),
        ("many waits", "for _ in client:wait_all({ 'dog' }) do end", 130),
        ("a loop", "while true do end", 130),
        ("caught", "print(pcall(client.wait, client, 'dog'))", 0),
    ];
    for (why, code, status) in table {
        let ran = interrupted(&format!("{begin}{code}"));
        assert_eq!(ran.status, status, "{why}: {}{}", ran.out, ran.err);
        let said = if status == 0 { &ran.out } else { &ran.err };
        assert!(said.contains("interrupted!"), "{why}: {said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn terminal_without_script_is_a_prompt() {
    let command = format!("{} --mock lua", env!("CARGO_BIN_EXE_midapi"));
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &command, "/dev/null"]);
    let lines =
        "1 + 1\nfor i = 1, 2 do\nx = i\nend\nx * 10\nmidapi.client():get('demo-failed')\nerror('oh')\n'on'\n\u{4}";
    let ran = Finished::run_with_input(&mut terminal, lines.as_bytes());
    for expected in ["> 2\r", "> 20\r", "task demo-failed: failed", "oh", "> on\r"] {
        assert!(ran.out.contains(expected), "{expected:?} is not in {:?}", ran.out);
    }
    assert_eq!(ran.status, 0);
}
