//! Look-ups a second from scripts, 64 in flight, against the Rust SDK in the same run.
//!
//! `cargo bench -p midapi-lua --features lua54,vendored --bench look_ups`. The server is a process of its own. Measured beside the SDK:
//! `midapi lua` if it was built (`cargo build --release -p midapi-cli`), stock interpreters if their modules were (`cargo xtask
//! lua-module --lua 5.4`), and luasocket with lua-cjson where they are installed, one look-up after the other. Rounds alternate;
//! the ratio of a round to the SDK's in the same turn is what counts.
//!
//! `-- --memory` instead passes 1,000,000 tasks through one Lua state and prints what it holds after each tenth.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench, not an API")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use futures_util::StreamExt;
use midapi_mock::{MockServer, success};

const LOOKS: usize = 10_000;
const ROUNDS: usize = 9;
const IN_FLIGHT: usize = 64;

fn main() {
    let wants = |flag: &str| std::env::args().any(|argument| argument == flag);
    if wants("--serve") {
        let server = MockServer::builder().fallback(success()).log(false).gzip(false).start().unwrap();
        println!("{}", server.base_url());
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
        return;
    }
    let mut server = Asked::start(Command::new(std::env::current_exe().unwrap()).arg("--serve"));
    let base_url = server.line();
    if wants("--memory") { memory(&base_url) } else { compare(&base_url) }
}

fn compare(base_url: &str) {
    let rust = Rust::new(base_url);
    let mut peers = peers(base_url);
    let mut figures: Vec<Vec<(f64, f64)>> = vec![Vec::new(); peers.len()];
    for round in 0..=ROUNDS {
        for ((_, looks, peer), figures) in peers.iter_mut().zip(&mut figures) {
            let sdk = rust.rate();
            let rate = peer.rate(*looks);
            // The first round warms up.
            if round > 0 {
                figures.push((rate, rate / sdk));
            }
        }
    }
    println!("{:<22} look-ups/s  to the SDK: median (lowest to highest of {ROUNDS})", "");
    for ((name, ..), mut figures) in peers.iter().zip(figures) {
        figures.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (rate, ratio) = figures[ROUNDS / 2];
        println!("{name:<22} {rate:>10.0}  {ratio:.3} ({:.3} to {:.3})", figures[0].1, figures[ROUNDS - 1].1);
    }
}

/// What can be measured here: a name, look-ups a round, and the process.
fn peers(base_url: &str) -> Vec<(String, usize, Asked)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/look_ups.lua");
    let mut peers = Vec::new();
    let mut add = |name: String, looks: usize, mut command: Command| {
        let mut peer = Asked::start(command.stderr(Stdio::inherit()));
        assert_eq!(peer.line(), "ready", "{name}");
        peers.push((name, looks, peer));
    };
    let midapi = format!("{root}/target/release/midapi");
    if std::fs::exists(&midapi).unwrap() {
        let mut command = Command::new(midapi);
        command.args(["lua", script, base_url, &LOOKS.to_string()]);
        add("midapi lua".into(), LOOKS, command);
    }
    for (interpreter, folder) in [("lua5.4", "5.4"), ("lua5.1", "5.1"), ("luajit", "luajit")] {
        let module = format!("{root}/target/lua/{folder}/?.so");
        if std::fs::exists(module.replace('?', "midapi")).unwrap() && runs(interpreter, "") {
            let mut command = Command::new(interpreter);
            command.env("LUA_CPATH", module).args([script, base_url, &LOOKS.to_string()]);
            add(format!("module in {interpreter}"), LOOKS, command);
        }
    }
    if runs("lua5.1", "require 'socket.http' require 'cjson'") {
        let looks = LOOKS / 10;
        let mut command = Command::new("lua5.1");
        command.args([concat!(env!("CARGO_MANIFEST_DIR"), "/benches/luasocket.lua"), base_url, &looks.to_string()]);
        add("luasocket, one by one".into(), looks, command);
    }
    peers
}

fn runs(interpreter: &str, code: &str) -> bool {
    let status = Command::new(interpreter).args(["-e", code]).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// The SDK, as a Rust program would use it.
struct Rust {
    runtime: tokio::runtime::Runtime,
    client: midapi::Client,
    ids: Vec<String>,
}

impl Rust {
    fn new(base_url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = midapi::Client::builder().api_key("made-up").base_url(base_url).build().unwrap();
        Self { runtime, client, ids: (1..=LOOKS).map(|number| format!("task-{number}")).collect() }
    }

    fn rate(&self) -> f64 {
        let start = Instant::now();
        let urls = self.runtime.block_on(async {
            let mut answers = self.client.get_all(self.ids.clone()).max_in_flight(IN_FLIGHT).stream();
            let mut urls = 0;
            while let Some((_, task)) = answers.next().await {
                urls += task.unwrap().result_urls().len();
            }
            urls
        });
        assert_eq!(urls, 4 * LOOKS);
        per_second(LOOKS, start)
    }
}

#[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
fn per_second(looks: usize, start: Instant) -> f64 {
    looks as f64 / start.elapsed().as_secs_f64()
}

/// A process that answers a line with a line.
struct Asked(Child, ChildStdin, BufReader<ChildStdout>);

impl Asked {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self(child, input, output)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.2.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn rate(&mut self, looks: usize) -> f64 {
        let start = Instant::now();
        self.1.write_all(b"go\n").unwrap();
        assert_eq!(self.line(), "done");
        per_second(looks, start)
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn memory(base_url: &str) {
    let lua = mlua::Lua::new();
    lua.globals().set("midapi", midapi_lua::table(&lua).unwrap()).unwrap();
    lua.globals().set("base_url", base_url).unwrap();
    let pass = "client = client or midapi.client { api_key = 'made-up', base_url = base_url }
        ids = ids or {}
        for n = 1, 10000 do ids[n] = 'task-' .. n end
        for _ = 1, 10 do
            for _, task in client:get_all(ids, { max_in_flight = 64 }) do assert(task.params.prompt) end
        end
        collectgarbage()
        return collectgarbage('count')";
    println!("tasks passed  Lua holds (KiB)  the process holds (KiB)");
    for tenth in 1..=10 {
        let held: f64 = lua.load(pass).eval().unwrap();
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("?").trim();
        println!("{:>12}  {held:>15.0}  {resident:>23}", tenth * 100_000);
    }
}
