//! The examples for Lua run against the local server and print the expected output.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use midapi_mock::{MockServer, failed, generating, success};

struct Example {
    file: &'static str,
    ids: &'static [&'static str],
    input: &'static str,
    prints: &'static [&'static str],
}

/// An argument that is replaced by the path of an empty directory.
const DIRECTORY: &str = "DIRECTORY";

const EXAMPLES: &[Example] = &[
    Example {
        file: "get.lua",
        ids: &["cat", "missing"],
        input: "",
        prints: &["cat\tsuccess\t", "missing\tnot_found\t"],
    },
    Example {
        file: "wait_all.lua",
        ids: &["cat", "sad"],
        input: "",
        prints: &["cat\tdone\t4 files", "sad\ttask_failed\t"],
    },
    Example {
        file: "report.lua",
        ids: &[],
        input: "cat\r\n\nsad\nmissing\n",
        prints: &[
            "id,status,created,seconds,files,prompt\ncat,success,",
            ",4,\"A lighthouse",
            "\nsad,failed,",
            "\nmissing,not_found,",
        ],
    },
    Example {
        file: "download.lua",
        ids: &[DIRECTORY, "cat", "sad", "missing"],
        input: "",
        prints: &["cat\tsaved\t", "-4.jpeg", "sad\ttask_failed\t", "missing\tnot_found\t"],
    },
    Example {
        file: "event_loop.lua",
        ids: &["slow", "sad", "missing"],
        input: "",
        prints: &["slow\tsuccess", "sad\tfailed", "missing\tnot_found"],
    },
];

fn server() -> MockServer {
    let slow = generating().times(2).then(success());
    MockServer::builder().task("cat", success()).task("sad", failed()).task("slow", slow).start().unwrap()
}

#[test]
fn examples_print_expected_output() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/lua");
    let count = std::fs::read_dir(folder).unwrap().count();
    assert_eq!(count, EXAMPLES.len(), "example without a row in this test");
    for example in EXAMPLES {
        let server = server();
        let interpreters = [("", ""), ("lua5.4", "5.4"), ("lua5.1", "5.1"), ("luajit", "luajit")];
        for (interpreter, module) in interpreters {
            // Stock interpreters as in stock_interpreters.rs.
            if interpreter.is_empty() || std::env::var_os("MIDAPI_STOCK_LUA").is_some() {
                let output = run(&server, interpreter, module, &format!("{folder}/{}", example.file), example);
                for expected in example.prints {
                    assert!(
                        output.contains(expected),
                        "{} in {interpreter:?}: no {expected:?} in {output}",
                        example.file
                    );
                }
            }
        }
    }
}

/// Runs an example in a stock interpreter, or in this process.
fn run(server: &MockServer, interpreter: &str, module: &str, file: &str, example: &Example) -> String {
    if interpreter.is_empty() {
        return run_embedded(server, file, example);
    }
    let directory = tempfile::tempdir().unwrap();
    let module = format!("{}/../../target/lua/{module}/?.so", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(interpreter);
    command.arg(file).args(arguments(example, directory.path())).env("LUA_CPATH", module).env_remove("LUA_INIT");
    command.env("MIDAPI_API_KEY", "test-key").env("MIDAPI_BASE_URL", server.base_url());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(example.input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{file} in {interpreter}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn arguments(example: &Example, directory: &Path) -> Vec<String> {
    let replace = |id: &&str| if *id == DIRECTORY { directory.display().to_string() } else { (*id).to_owned() };
    example.ids.iter().map(replace).collect()
}

fn run_embedded(server: &MockServer, file: &str, example: &Example) -> String {
    let client = midapi::Client::builder().api_key("test-key").base_url(server.base_url());
    // Sleeps take no time.
    let client = client.clock(midapi::clock::ManualClock::new()).build().unwrap();
    let lua = mlua::Lua::new();
    let loaded: mlua::Table = lua.globals().get::<mlua::Table>("package").unwrap().get("loaded").unwrap();
    loaded.set("midapi", midapi_lua::table_with(&lua, client).unwrap()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    lua.globals().set("arg", arguments(example, directory.path())).unwrap();
    lua.globals().set("input", example.input).unwrap();
    let capture = "output = ''
        function print(...)
            local cells = {}
            for n = 1, select('#', ...) do cells[n] = tostring((select(n, ...))) end
            output = output .. table.concat(cells, '\\t') .. '\\n'
        end
        io.lines = function() return input:gmatch('([^\\n]*)\\n') end";
    lua.load(capture).exec().unwrap();
    lua.load(Path::new(file)).exec().unwrap_or_else(|error| panic!("{file}: {error}"));
    lua.globals().get("output").unwrap()
}
