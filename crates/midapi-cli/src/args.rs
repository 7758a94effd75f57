//! The command line.

#![allow(clippy::doc_markdown, reason = "the help is plain text: what stands here is printed as it is")]

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::duration;

/// Printed below every command's help.
const EXIT_STATUS: &str = "\
Exit status:
  0   done (for get also when the task itself has failed; see --exit-status)
  1   anything not below
  2   a bad id, option, key or base URL; nothing was sent
  3   the task failed
  4   the key was refused
  5   no such task
  6   too few credits
  7   no connection, too many requests, or the server is down
  8   the time ran out; the task may still finish
  9   an answer that cannot be read or that nobody has documented
  10  the server refused the request
  130 interrupted (143: told to end)
With several ids it is that of the first failure, in the order of the ids.";

const ABOUT_IDS: &str = "\
The id of a task; \"-\" reads ids from standard input, one a line.";

const MAIN_EXAMPLES: &str = "\
Examples:
  midapi --mock wait demo              try it without a key
  midapi get 0f1e2d3c4b5a69788796a5b4c3d2e1f0
  midapi check                         is the key accepted?

The key is read from MIDAPI_API_KEY or from --api-key-file, never from an argument.
This is an unofficial client.";

const GET_EXAMPLES: &str = "\
Examples:
  midapi --mock get demo-failed
  midapi get 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --json
  midapi get 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --urls | xargs -n 1 curl -O
  midapi get - --json < ids.txt
";

const WAIT_EXAMPLES: &str = "\
Examples:
  midapi --mock wait demo
  midapi wait 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --timeout 30m
  midapi wait A B C --urls | xargs -n 1 curl -O
  midapi wait - --rate 20 --pending-to pending.txt < ids.txt
";

const WATCH_EXAMPLES: &str = "\
Examples:
  midapi --mock watch demo demo-failed
  midapi watch 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --json
";

const LUA_EXAMPLES: &str = "\
Examples:
  midapi --mock lua examples/lua/look_up.lua demo-failed
  midapi --mock lua -e 'print(midapi.client():get(\"demo-failed\"))'
  echo 'print(midapi.version)' | midapi lua -
  midapi --mock lua                    try things out line by line
  midapi lua --sandbox --time-limit 5 downloaded.lua

Exit status: 0 done, 1 the script raised an error or was ended, 2 it cannot be read, 130 interrupted.";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  midapi completions bash > ~/.local/share/bash-completion/completions/midapi
  midapi completions zsh > ~/.zfunc/_midapi
";

const MOCK_EXAMPLES: &str = "\
Examples:
  midapi mock --list
  midapi mock --listen 127.0.0.1:8437
  midapi mock --replay recorded/

Then, in another terminal:
  MIDAPI_API_KEY=made-up MIDAPI_BASE_URL=http://127.0.0.1:8437 midapi get demo
";

const CHECK_EXAMPLES: &str = "\
Examples:
  midapi check
  midapi --base-url https://api.kie.ai check
";

/// Look up, wait for and collect Midjourney tasks of MidAPI.
#[derive(Debug, Parser)]
#[command(name = "midapi", version, after_help = MAIN_EXAMPLES, after_long_help = [MAIN_EXAMPLES, "\n\n", EXIT_STATUS].concat())]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Ask a made-up API inside this command instead of the real one; no key needed.
    #[arg(long, global = true, conflicts_with_all = ["base_url", "api_key_file", "ca_file", "proxy"])]
    pub(crate) mock: bool,
    /// Where the API is [default: MIDAPI_BASE_URL or https://api.midapi.ai].
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// A file that holds the key and nothing else, instead of MIDAPI_API_KEY.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// CA certificates (PEM) to trust besides the system's, and besides those of MIDAPI_CA_FILE.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// The proxy to ask through [default: HTTPS_PROXY]. One with a password belongs in HTTPS_PROXY.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// Say what happens: -v retries, -vv each look-up, -vvv everything. The key is never shown.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look tasks up.
    #[command(after_help = [GET_EXAMPLES, "\n", EXIT_STATUS].concat())]
    Get(Get),
    /// Wait until tasks are done.
    ///
    /// Looks at once, then after 5 s, and ever more seldom up to every 30 s. A look-up that
    /// fails in a way worth retrying does not end a wait.
    #[command(after_help = [WAIT_EXAMPLES, "\n", EXIT_STATUS].concat())]
    Wait(Wait),
    /// Print every change of state until tasks are done.
    #[command(after_help = [WATCH_EXAMPLES, "\n", EXIT_STATUS].concat())]
    Watch(Watch),
    /// Run a Lua 5.4 script that has the table `midapi`, or try things out line by line.
    ///
    /// midapi.client() asks what this command would ask, with its key. The script's arguments are in the table `arg`.
    /// Ctrl-C raises "interrupted!" in the script; a second one, before it has noticed, ends it.
    #[command(after_help = LUA_EXAMPLES)]
    Lua(Lua),
    /// Serve a made-up API on this machine.
    #[command(after_help = [MOCK_EXAMPLES, "\n", EXIT_STATUS].concat())]
    Mock(Mock),
    /// Try the key and the base URL with one harmless look-up.
    #[command(after_help = [CHECK_EXAMPLES, "\n", EXIT_STATUS].concat())]
    Check,
    /// Print a script that completes this command in a shell.
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual: a page for each command, into a folder.
    Man {
        /// The folder, which has to be there.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// How results are printed.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Format {
    /// One compact JSON object a line, for each id; failures too.
    #[arg(long, conflicts_with = "urls")]
    pub(crate) json: bool,
    /// Only the URLs of the results, one a line.
    #[arg(long)]
    pub(crate) urls: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Get {
    #[arg(required = true, value_name = "ID", help = ABOUT_IDS)]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) format: Format,
    /// The time for all attempts at one id: seconds, or 90s, 15m, 2h.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration::parse)]
    pub(crate) timeout: Duration,
    /// How often a failed attempt is made again.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) retries: u32,
    /// Exit with 3 if a task has failed.
    #[arg(long)]
    pub(crate) exit_status: bool,
    /// Write the body of each answer to a folder, for `midapi mock --replay` and for holding against the spec; without the key and
    /// callback URLs.
    #[arg(long, value_name = "DIR")]
    pub(crate) record: Option<PathBuf>,
    /// Leave prompts out of what is recorded too.
    #[arg(long, requires = "record")]
    pub(crate) redact_prompt: bool,
    #[command(flatten)]
    pub(crate) pace: Pace,
}

/// How fast many ids are asked for.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Pace {
    /// Look-ups under way at once, at the most.
    #[arg(long, value_name = "N", default_value_t = NonZero::new(32).unwrap_or(NonZero::<usize>::MIN))]
    pub(crate) max_in_flight: NonZero<usize>,
    /// Look-ups a second, at the most.
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(crate) rate: Option<f64>,
}

/// How long is waited, and how often looked.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Patience {
    /// How long to wait for each id: seconds, or 90s, 15m, 2h.
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration::parse)]
    pub(crate) timeout: Duration,
    /// A constant time between looks, instead of 5 s growing to 30 s.
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub(crate) interval: Option<Duration>,
    /// The time before the first look.
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration::parse)]
    pub(crate) first_delay: Duration,
    /// End at the first failure.
    #[arg(long)]
    pub(crate) fail_fast: bool,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate >= 0.001);
    rate.ok_or_else(|| "a rate is a number of look-ups a second, 0.001 at the least".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct Wait {
    #[arg(required = true, value_name = "ID", help = ABOUT_IDS)]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) patience: Patience,
    #[command(flatten)]
    pub(crate) pace: Pace,
    /// Write the ids that may still finish to a file at the end, one a line, whatever ended the command.
    #[arg(long, value_name = "FILE")]
    pub(crate) pending_to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[arg(required = true, value_name = "ID", help = ABOUT_IDS)]
    pub(crate) ids: Vec<String>,
    /// One compact JSON object a line for each change; failures too.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) patience: Patience,
    #[command(flatten)]
    pub(crate) pace: Pace,
}

#[derive(Debug, Args)]
pub(crate) struct Lua {
    /// Run this code instead of a file.
    #[arg(short, value_name = "CODE")]
    pub(crate) execute: Option<String>,
    /// Run a script that is not trusted: in a process of its own that is killed at the limit, without files, commands,
    /// environment and bytecode. It cannot read the key.
    #[arg(long)]
    pub(crate) sandbox: bool,
    #[command(flatten)]
    pub(crate) limits: Limits,
    /// The script's file ("-": standard input), and its arguments. Without it, lines are read from the terminal.
    #[arg(value_name = "SCRIPT", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) script: Vec<String>,
}

/// What a script in a sandbox may use.
#[derive(Debug, Clone, Copy, Args)]
#[allow(clippy::struct_field_names, reason = "the names of the options")]
pub(crate) struct Limits {
    /// How long it may run, waits included: seconds, or 90s, 15m, 2h.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration::parse, requires = "sandbox")]
    pub(crate) time_limit: Duration,
    /// How much memory Lua may take, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 64, requires = "sandbox")]
    pub(crate) memory_limit: u32,
    /// How many requests it may send.
    #[arg(long, value_name = "N", default_value_t = 1000, requires = "sandbox")]
    pub(crate) request_limit: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Mock {
    /// The loopback address and port to listen on; port 0 is any that is free.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8437")]
    pub(crate) listen: SocketAddr,
    /// List the ids that it knows, and what they do.
    #[arg(long)]
    pub(crate) list: bool,
    /// Serve the recorded bodies of a folder: *.json, known by their task's id.
    #[arg(long, value_name = "DIR")]
    pub(crate) replay: Option<PathBuf>,
    /// Serve the scenarios of a JSON file: see the docs of midapi-mock for its form.
    #[arg(long, value_name = "FILE")]
    pub(crate) scenarios: Option<PathBuf>,
}
