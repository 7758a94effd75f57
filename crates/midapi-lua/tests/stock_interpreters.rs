//! Runs the suite of scripts with the module in stock interpreters, and tests Ctrl-C.
//!
//! Needs lua5.4, lua5.1 and luajit, and the modules of `cargo xtask lua-module`. Runs if `MIDAPI_STOCK_LUA` is set, as in `.ci/run`.
#![cfg(unix)]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use midapi_mock::MockServer;

/// The commands, and the folders of their modules.
const INTERPRETERS: [(&str, &str); 3] = [("lua5.4", "5.4"), ("lua5.1", "5.1"), ("luajit", "luajit")];

/// Returns the commands of the interpreters with the module in their path. Empty unless `MIDAPI_STOCK_LUA` is set.
fn interpreters() -> impl Iterator<Item = (&'static str, Command)> {
    let is_enabled = std::env::var_os("MIDAPI_STOCK_LUA").is_some();
    if !is_enabled {
        eprintln!("not run: MIDAPI_STOCK_LUA is not set");
    }
    INTERPRETERS.into_iter().filter(move |_| is_enabled).map(|(name, folder)| {
        let module = format!("{}/../../target/lua/{folder}/midapi.so", env!("CARGO_MANIFEST_DIR"));
        assert!(std::fs::exists(&module).unwrap(), "build it with: cargo xtask lua-module --lua {folder}");
        let mut command = Command::new(name);
        command.env("LUA_CPATH", module.replace("midapi.so", "?.so")).env_remove("LUA_INIT").stdin(Stdio::null());
        (name, command)
    })
}

#[test]
fn suite_passes_in_stock_interpreters() {
    for (name, mut interpreter) in interpreters() {
        let server = common::server();
        let directory = tempfile::tempdir().unwrap();
        interpreter.arg(common::suite().join("run.lua")).arg(server.base_url()).arg(directory.path());
        let output = interpreter.output().expect(name);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // An interpreter that unloads the module while its thread runs would be killed by a signal.
        assert!(output.status.success(), "{name}: {}\n{out}{err}", output.status);
        assert!(out.ends_with(" passed, 0 failed\n"), "{name}: {out}");
    }
}

#[test]
fn ctrl_c_ends_blocked_call() {
    let table = [
        ("a wait", "client:wait('generating')"),
        ("a loop over waits", "for _ in client:wait_all({ 'generating' }) do end"),
        (
            "a wait in a coroutine",
            "assert(coroutine.resume(coroutine.create(function() client:wait('generating') end)))",
        ),
        ("a wait in a wrapped coroutine", "coroutine.wrap(function() client:wait('generating') end)()"),
    ];
    for (why, code) in table {
        for (name, mut interpreter) in interpreters() {
            let server = common::server();
            let output = run_interrupted(&mut interpreter, &server, &format!("{code} print('continued')"));
            assert!(output.contains("interrupted!") && !output.contains("continued"), "{name}, {why}: {output}");
        }
    }
}

#[test]
fn script_can_catch_ctrl_c() {
    for (name, mut interpreter) in interpreters() {
        let server = common::server();
        let code = "print(pcall(client.wait, client, 'generating')) print(client:get('done').status)";
        let output = run_interrupted(&mut interpreter, &server, code);
        assert!(output.contains("interrupted!") && output.ends_with("success\n[0]"), "{name}: {output}");
    }
}

/// Compiles a module that forks when it is loaded. Its submodule `reap` waits for the child.
fn compile_fork_module(folder: &Path) {
    let source = folder.join("forker.c");
    let code = "#include <sys/wait.h>
        #include <unistd.h>
        typedef struct lua_State lua_State;
        void lua_pushinteger(lua_State *, long long);
        int luaopen_forker(lua_State *state) { lua_pushinteger(state, fork()); return 1; }
        int luaopen_forker_reap(lua_State *state) { lua_pushinteger(state, waitpid(-1, 0, 0)); return 1; }";
    std::fs::write(&source, code).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(folder.join("forker.so")).arg(source);
    assert!(compiler.status().unwrap().success());
}

#[test]
fn forked_process_reconnects() {
    let code = "assert(client:get('done'))
        local child = require 'forker'
        local task, err = client:get('done', { timeout = 20 })
        local name = child == 0 and 'child' or 'parent'
        -- One string, so that the lines of both processes stay whole.
        io.write(name .. '\\t' .. (task and task.status or err.kind) .. '\\n')
        local files, failed = client:download('picture-1', { to = arg[1] .. '/' .. name })
        io.write(name .. '\\t' .. (files and #files or failed.kind) .. '\\n')
        if child ~= 0 then require 'forker.reap' end";
    for (name, mut interpreter) in interpreters() {
        let server = common::server();
        let folder = tempfile::tempdir().unwrap();
        compile_fork_module(folder.path());
        let client = format!("midapi.client {{ api_key = 'test-key', base_url = '{}' }}", server.base_url());
        let script = folder.path().join("fork.lua");
        std::fs::write(&script, format!("io.stdout:setvbuf('no') midapi = require 'midapi' client = {client} {code}"))
            .unwrap();
        let path = interpreter.get_envs().find_map(|(key, value)| (key == "LUA_CPATH").then_some(value)).flatten();
        let path = format!("{};{}/?.so", path.unwrap().to_str().unwrap(), folder.path().display());
        let start = std::time::Instant::now();
        let output = interpreter.env("LUA_CPATH", path).arg(&script).arg(folder.path()).output().expect(name);
        let printed = String::from_utf8_lossy(&output.stdout);
        for line in ["child\tsuccess\n", "parent\tsuccess\n", "child\t4\n", "parent\t4\n"] {
            assert!(printed.contains(line), "{name}: {line:?}: {printed}{}", String::from_utf8_lossy(&output.stderr));
        }
        assert!(start.elapsed() < std::time::Duration::from_secs(10), "{name}: {:?}", start.elapsed());
    }
}

/// Sends SIGINT to a script once it waits. Returns its output and exit status.
fn run_interrupted(interpreter: &mut Command, server: &MockServer, code: &str) -> String {
    let client = format!("midapi.client {{ api_key = 'test-key', base_url = '{}' }}", server.base_url());
    let script = format!("io.stdout:setvbuf('no') midapi = require 'midapi' client = {client} print('begun') {code}");
    let mut child =
        interpreter.args(["-e", &script]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut printed = String::new();
    out.read_line(&mut printed).unwrap();
    // The call sets its handler after 50 ms.
    while server.request_count("generating") == 0 {
        std::thread::yield_now();
    }
    std::thread::sleep(std::time::Duration::from_millis(120));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    out.read_to_string(&mut printed).unwrap();
    let ended = child.wait_with_output().unwrap();
    let status = ended.status.code().expect("not killed by a signal");
    format!("{printed}{}[{status}]", String::from_utf8_lossy(&ended.stderr))
}
