//! Downloads of a Rust host: how they stop, and what a sandbox allows.
#![cfg(feature = "download")]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use midapi::Client;
use midapi_mock::{FileKind, MockServer, file, generating, success};
use mlua::{Lua, Table, Value};

const KEY: &str = "test-key-5f2c";

/// A server whose task `slow` has files that never end within a test.
fn server() -> MockServer {
    let endless = file(FileKind::Jpeg, 100_000).byte_interval(Duration::from_millis(5));
    let builder = MockServer::builder().task("cat", success()).task("slow", success()).task("dog", generating());
    (0..4).fold(builder, |builder, n| builder.file(format!("/m/slow_0_{n}.jpeg"), endless.clone())).start().unwrap()
}

fn client(server: &MockServer) -> Client {
    Client::builder().api_key(KEY).base_url(server.base_url()).build().unwrap()
}

fn lua(server: &MockServer, to: &Path) -> Lua {
    let lua = Lua::new();
    let table = midapi_lua::table_with(&lua, client(server)).unwrap();
    lua.globals().set("client", table.get::<mlua::Function>("client").unwrap().call::<Value>(()).unwrap()).unwrap();
    lua.globals().set("to", to.to_str().unwrap()).unwrap();
    lua
}

/// The names of the files in a directory and its folders, but for locks.
fn files(directory: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names.extend(files(&path));
        } else if path.extension().is_none_or(|extension| extension != "lock") {
            names.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    names
}

/// Waits until a directory has files, or none.
fn wait_for_files(directory: &Path, present: bool) {
    let start = Instant::now();
    while files(directory).is_empty() == present {
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", files(directory));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn fields_match_json_and_definitions() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let lua = lua(&server, directory.path());
    let file: Table = lua.load("return client:download('cat', { to = to })[1]").eval().unwrap();
    let keys: BTreeSet<_> = file.pairs::<String, Value>().map(|pair| pair.unwrap().0).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let recorded = midapi_download::Downloader::new(&client(&server), directory.path());
    let outcome = runtime.block_on(recorded.recorded("cat")).unwrap().unwrap();
    let json = serde_json::to_value(&outcome.files[0]).unwrap();
    let members: BTreeSet<_> = json.as_object().unwrap().keys().cloned().collect();
    let present = members.iter().filter(|name| !json[name.as_str()].is_null()).cloned().collect();
    assert_eq!(keys, present);
    let definitions = include_str!("../library/midapi.lua");
    let class = definitions.split("---@class midapi.File\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let fields = class.lines().filter_map(|line| line.strip_prefix("---@field ")?.split([' ', '?']).next());
    assert_eq!(fields.map(str::to_owned).collect::<BTreeSet<_>>(), members);
}

#[test]
fn leaving_the_loop_removes_unfinished_files() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let lua = lua(&server, directory.path());
    midapi_lua::interruptible(&lua).unwrap();
    let code = "for id in client:download_all({ 'slow', 'cat' }, { to = to }) do
            if id == 'cat' then break end
        end";
    lua.load(code).exec().unwrap();
    // 5.4 closes a loop that is left, earlier versions when they collect it.
    if !cfg!(any(feature = "lua54", feature = "lua55")) {
        lua.gc_collect().unwrap();
        lua.gc_collect().unwrap();
    }
    let start = Instant::now();
    while files(directory.path()).iter().any(|name| name.contains(".part")) {
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", files(directory.path()));
        std::thread::sleep(Duration::from_millis(5));
    }
    // The files of the other task, and its record.
    assert_eq!(files(directory.path()).len(), 5, "{:?}", files(directory.path()));
    let requests = server.requests().len();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(server.requests().len(), requests, "the loop was left");
}

#[test]
fn interrupt_ends_transfers() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let lua = lua(&server, directory.path());
    let interrupt = midapi_lua::interruptible(&lua).unwrap();
    let path = directory.path().to_owned();
    let raiser = std::thread::spawn(move || {
        wait_for_files(&path, true);
        interrupt.raise();
    });
    let error = lua.load("client:download('slow', { to = to })").exec().unwrap_err().to_string();
    raiser.join().unwrap();
    assert!(error.contains("interrupted!"), "{error}");
    wait_for_files(directory.path(), false);
}

#[test]
fn requests_need_the_iterator() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let lua = lua(&server, directory.path());
    let begin = "iterator = client:download_all({ 'dog', 'cat' }, { to = to, wait = true, interval = 0.001 })";
    lua.load(begin).exec().unwrap();
    assert!(server.requests().is_empty(), "no request before the first call");
    assert_eq!(lua.load("return (iterator())").eval::<String>().unwrap(), "cat");
    // One request may be in flight; the next would follow a tenth of a second later.
    std::thread::sleep(Duration::from_millis(100));
    let before = server.requests().len();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.requests().len(), before, "the script is outside the iterator");
}

#[cfg(feature = "async")]
#[tokio::test]
async fn async_downloads_match_blocking_downloads() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let lua = Lua::new();
    let table = midapi_lua::async_table_with(&lua, client(&server)).unwrap();
    lua.globals().set("client", table.get::<mlua::Function>("client").unwrap().call::<Value>(()).unwrap()).unwrap();
    lua.globals().set("to", directory.path().to_str().unwrap()).unwrap();
    let table = [
        ("local files = client:download('cat', { to = to }) return #files .. files[1].outcome", "4saved"),
        ("local files = client:download(client:get('cat'), { to = to }) return #files .. files[1].outcome", "4exists"),
        (
            "local files, err = client:download('dog', { to = to }) return tostring(files) .. err.kind",
            "nilnot_finished",
        ),
        (
            "local seen = {} for id, files, err in client:download_all({ 'cat', 'dog', '' }, { to = to }) do seen[#seen + 1] = id .. (files and files[1].outcome or err.kind) end return table.concat(seen, ' ')",
            "catexists usage dognot_finished",
        ),
        ("return select(2, pcall(client.download, client, 7)):match('id or task expected')", "id or task expected"),
    ];
    for (script, expected) in table {
        let shown = lua.load(script).eval_async::<String>().await.map_err(|error| error.to_string());
        assert_eq!(shown.as_deref(), Ok(expected), "{script}");
    }
    let slow = lua.load("return client:download('slow', { to = to .. '/slow' })").eval_async::<Value>();
    assert!(tokio::time::timeout(Duration::from_millis(300), slow).await.is_err());
    lua.gc_collect().unwrap();
    let path = directory.path().join("slow");
    tokio::task::spawn_blocking(move || wait_for_files(&path, false)).await.unwrap();
}

#[cfg(any(feature = "lua54", feature = "lua55"))]
mod sandbox {
    use midapi_lua::{Sandbox, Sandboxed};

    use super::*;

    fn sandbox(server: &MockServer) -> Sandbox {
        Sandbox::new(client(server)).time_limit(Duration::from_mins(1))
    }

    fn eval(sandbox: &Sandboxed, script: &str) -> Result<String, String> {
        let values = sandbox.run("script", script).map_err(|error| error.to_string())?;
        let shown: Vec<_> = values.iter().map(|value| value.to_string().unwrap()).collect();
        Ok(shown.join(" "))
    }

    #[test]
    fn downloads_need_a_directory() {
        let server = server();
        let sandbox = sandbox(&server).build().unwrap();
        for (script, function) in [
            ("midapi.client():download('cat', { to = 'cats' })", "download"),
            ("midapi.client():download_all({ 'cat' })", "download_all"),
            ("midapi.client({ api_key = 'k' }):download('cat')", "download"),
        ] {
            let error = eval(&sandbox, script).unwrap_err();
            assert!(error.contains(&format!("'{function}' is not allowed in a sandbox")), "{error}");
        }
        assert!(server.requests().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn files_stay_in_the_directory() {
        let (server, outer) = (server(), tempfile::tempdir().unwrap());
        let directory = outer.path().join("allowed");
        let sandbox = sandbox(&server).download_directory(&directory).build().unwrap();
        let save = "return #assert(midapi.client():download('cat'))";
        assert_eq!(eval(&sandbox, save).as_deref(), Ok("4"));
        let save = "for _, files in midapi.client():download_all({ 'cat' }, { to = 'cats/big' }) do return files[1].outcome end";
        assert_eq!(eval(&sandbox, save).as_deref(), Ok("saved"));
        assert_eq!((files(&directory).len(), files(&directory.join("cats/big")).len()), (10, 5));
        std::os::unix::fs::symlink(outer.path(), directory.join("link")).unwrap();
        for to in ["..", "../out", "/out", "cats/../../out", ".midapi", "", "link/out"] {
            let error = eval(&sandbox, &format!("midapi.client():download('cat', {{ to = '{to}' }})")).unwrap_err();
            assert!(error.contains("bad argument #2 to 'download' (option 'to': "), "{to}: {error}");
        }
        let error = eval(&sandbox, "midapi.client():download('cat', { name = '../{n}' })").unwrap_err();
        assert!(error.contains("option 'name'"), "{error}");
        std::fs::remove_file(directory.join("link")).unwrap();
        let names: Vec<_> = std::fs::read_dir(outer.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["allowed"]);
        assert_eq!(files(&directory).len(), 10);
    }

    #[test]
    fn download_limit_holds_across_runs() {
        const SIZE: usize = 50_000;
        let builder =
            ["a", "b", "c", "d"].into_iter().fold(MockServer::builder(), |builder, id| builder.task(id, success()));
        let (server, directory) = (builder.file_size(SIZE).start().unwrap(), tempfile::tempdir().unwrap());
        let limit = 10 * SIZE as u64;
        let sandbox = sandbox(&server).download_directory(directory.path()).download_limit(limit).build().unwrap();
        let save = |id| eval(&sandbox, &format!("return #assert(midapi.client():download('{id}'))"));
        assert_eq!((save("a").as_deref(), save("b").as_deref()), (Ok("4"), Ok("4")));
        for script in ["midapi.client():download('c')", "for _ in midapi.client():download_all({ 'c', 'd' }) do end"] {
            let error = eval(&sandbox, script).unwrap_err();
            assert!(error.contains("script exceeded its download limit of 500000 bytes"), "{error}");
        }
        // Recorded files are not received again.
        assert_eq!(save("a").as_deref(), Ok("4"));
        assert_eq!(eval(&sandbox, "return midapi.client():get('c').status").as_deref(), Ok("success"));
    }

    #[test]
    fn time_limit_ends_transfers() {
        let (server, directory) = (server(), tempfile::tempdir().unwrap());
        let sandbox = sandbox(&server).time_limit(Duration::from_millis(300)).download_directory(directory.path());
        let error = eval(&sandbox.build().unwrap(), "midapi.client():download('slow')").unwrap_err();
        assert!(error.contains("script exceeded its time limit of"), "{error}");
        wait_for_files(directory.path(), false);
    }

    #[test]
    fn kept_downloads_count_as_memory() {
        let (server, directory) = (server(), tempfile::tempdir().unwrap());
        let sandbox = sandbox(&server).memory_limit(4 << 20).download_directory(directory.path()).build().unwrap();
        let kept = "local kept = {}
            while #kept < 100 do
                kept[#kept + 1] = midapi.client():download_all({ 'cat', 'dog' }, { to = 'd' .. #kept, wait = true })
                assert(kept[#kept]())
            end";
        let error = eval(&sandbox, kept).unwrap_err();
        assert!(error.contains("not enough memory"), "{error}");
    }
}
