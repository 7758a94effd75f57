//! Helpers that run the command in a separate process.

#![allow(dead_code, reason = "each test file uses a part of the helpers")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use midapi_mock::{MockServer, Scenario};
use serde_json::Value;

pub(crate) const KEY: &str = "example-key-5f2c";

/// The command without the variables of this machine's environment that change its behavior.
pub(crate) fn midapi(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_midapi"));
    for name in [
        "MIDAPI_API_KEY",
        "MIDAPI_BASE_URL",
        "MIDAPI_CA_FILE",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "RUST_LOG",
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "CLICOLOR",
    ] {
        command.env_remove(name);
    }
    command.env("TZ", "UTC");
    command.args(arguments).stdin(Stdio::null());
    command
}

/// The command with a key, connected to the server.
pub(crate) fn midapi_with(server: &MockServer, arguments: &[&str]) -> Command {
    let mut command = midapi(arguments);
    command.env("MIDAPI_API_KEY", KEY).env("MIDAPI_BASE_URL", server.base_url());
    command
}

pub(crate) fn server<const N: usize>(tasks: [(&str, Scenario); N]) -> MockServer {
    let builder = tasks.into_iter().fold(MockServer::builder(), |builder, (id, scenario)| builder.task(id, scenario));
    builder.start().expect("the mock server starts")
}

/// Whether this process ignores hang-ups, as under `nohup`. Commands inherit this setting and do not change it.
pub(crate) fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

/// The output of a finished command.
pub(crate) struct Finished {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Finished {
    pub(crate) fn run(command: &mut Command) -> Self {
        Self::from_output(command.output().expect("the command runs"))
    }

    pub(crate) fn run_with_input(command: &mut Command, input: &[u8]) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Self::from_output(child.wait_with_output().unwrap())
    }

    fn from_output(output: Output) -> Self {
        Self {
            status: output.status.code().expect("the command exits by itself"),
            out: String::from_utf8(output.stdout).expect("output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("output is UTF-8"),
        }
    }

    /// Standard output as JSON lines.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }
}
