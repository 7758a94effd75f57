//! The command line.

#![allow(clippy::doc_markdown, reason = "these comments are the help, which is printed as plain text")]

mod download;
pub(crate) mod help;
mod lua;
mod restate;
mod tasks;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueHint};

pub(crate) use download::{DownloadCommand, GalleryCommand, VerifyCommand};
pub(crate) use lua::LuaCommand;
pub(crate) use restate::RestateCommand;
#[cfg(feature = "restate")]
pub(crate) use restate::action::{
    AccountArgs, DurableWaitArgs, IngressArgs, RegisterArgs, RestateAction, ServeArgs, SubmitArgs,
};
pub(crate) use tasks::{ConcurrencyArgs, GetCommand, OutputArgs, RecordArgs, WaitArgs, WaitCommand, WatchCommand};

/// Check, wait for and download Midjourney tasks on MidAPI.
#[derive(Debug, Parser)]
#[command(name = "midapi", version)]
pub(crate) struct Cli {
    #[command(flatten, next_help_heading = "Global options")]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// The command with its help texts.
    pub(crate) fn full_command() -> clap::Command {
        // `download` shares its options with `wait`, but requests each task once unless --wait is given.
        let timeout = "Time limit for each id, excluding file downloads [default: 1m, or 15m with --wait]";
        let command = Self::command()
            .mut_subcommand("download", |download| download.mut_arg("timeout", |option| option.help(timeout)));
        help::add_sections(command)
    }

    /// Parses the arguments of this process.
    ///
    /// # Errors
    /// For invalid arguments, `--help` and `--version`. The error has the text to print and the exit status.
    pub(crate) fn try_parse_arguments() -> Result<Self, clap::Error> {
        let matches = Self::full_command().try_get_matches().map_err(help::remove_far_suggestion)?;
        Self::from_arg_matches(&matches)
    }
}

/// Options that every command accepts.
#[derive(Debug, Args)]
pub(crate) struct GlobalArgs {
    /// Use a local mock server instead of the API; needs no API key.
    #[arg(long, global = true, conflicts_with_all = ["base_url", "api_key_file", "ca_file", "proxy"])]
    pub(crate) mock: bool,
    /// Base URL of the API [default: MIDAPI_BASE_URL or https://api.midapi.ai].
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) base_url: Option<String>,
    /// File with the API key for requests to the API, instead of MIDAPI_API_KEY.
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) api_key_file: Option<PathBuf>,
    /// File with CA certificates (PEM) to trust in addition to those of the system and of MIDAPI_CA_FILE.
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) ca_file: Option<PathBuf>,
    /// URL of the proxy [default: value of HTTPS_PROXY]. If the URL contains a password, set HTTPS_PROXY instead:
    /// other users can read command-line arguments.
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) proxy: Option<String>,
    /// Increase log verbosity (-v: retries, -vv: every request, -vvv: trace). The API key is never logged.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the current status of tasks.
    ///
    /// Does not wait for unfinished tasks. Retries transient failures. Prints each task with its settings, times and
    /// result URLs, in the order of the ids.
    Get(GetCommand),
    /// Wait for tasks, and print each one as soon as it has succeeded or failed.
    ///
    /// Polls immediately, then at intervals that grow from 5 s to 30 s. A transient failure of one poll does not end
    /// the wait. Prints the tasks in the order of completion.
    Wait(WaitCommand),
    /// Download the results of finished tasks.
    ///
    /// Checks that each file is a whole picture or video, saves the file under a safe name, and writes a record of it.
    /// A later run sends no requests for saved files that still exist. An interrupted download leaves no incomplete
    /// file under its final name.
    Download(DownloadCommand),
    /// Check that downloaded files are present and unchanged.
    ///
    /// Hashes every recorded file, and compares the hash with the record of the download. Sends no requests and changes
    /// no files. Exits with status 1 if a file is missing or has changed.
    Verify(VerifyCommand),
    /// Write an HTML page that shows the downloaded files.
    ///
    /// Writes index.html to the directory. The page shows all pictures with their prompts and settings, newest first,
    /// and has a filter. It works without a web server and loads nothing from other hosts.
    Gallery(GalleryCommand),
    /// Print each status change of tasks until they have succeeded or failed.
    ///
    /// Polls immediately, then at intervals that grow from 5 s to 30 s, as `midapi wait` does.
    Watch(WatchCommand),
    /// Run a Lua 5.4 script, or start an interactive prompt.
    ///
    /// The script can use the table `midapi`. midapi.client() uses the API key and the base URL of this command. The
    /// arguments of the script are in the table `arg`. Ctrl-C raises the error "interrupted!" in the script. While a
    /// library function such as string.find is running, the error is delayed until the function returns. A second
    /// Ctrl-C before the error is raised ends the command.
    Lua(LuaCommand),
    /// Run a mock server of the API on this machine.
    Mock(MockCommand),
    /// Wait for tasks with a Restate server; the waits survive restarts.
    ///
    /// Restate (https://restate.dev) is a server for durable execution. Workers on many machines share the waits and
    /// one rate limit, and any machine can read the outcomes. Requires midapi to be built with the feature restate.
    Restate(RestateCommand),
    /// Check the API key and the base URL with one request.
    Check(CheckCommand),
    /// Print a completion script for a shell.
    Completions {
        /// Shell to generate the script for.
        shell: clap_complete::Shell,
    },
    /// Write the manual pages, one for each command, to a directory.
    Man {
        /// Directory for the pages; it must exist.
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: PathBuf,
    },
}

impl Command {
    /// Whether the command runs a Restate worker.
    #[cfg_attr(not(feature = "restate"), allow(clippy::unused_self, reason = "workers need the feature"))]
    pub(crate) const fn is_worker(&self) -> bool {
        #[cfg(feature = "restate")]
        let is_worker = matches!(self, Self::Restate(RestateCommand { action: RestateAction::Serve(_) }));
        #[cfg(not(feature = "restate"))]
        let is_worker = false;
        is_worker
    }
}

#[derive(Debug, Args)]
pub(crate) struct CheckCommand {
    /// Send at most ten read-only requests instead of one, and save the responses to a directory. The API key, cookies
    /// and callback URLs are removed; prompts are not.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) probe: Option<PathBuf>,
    /// Ids of your own tasks, at most 4. Only with --probe, which then requests each id and saves the response.
    #[arg(value_name = "ID", requires = "probe", num_args = 0..=4, value_hint = ValueHint::Other)]
    pub(crate) ids: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MockCommand {
    /// Loopback address and port to listen on; port 0 chooses a free port.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8437", value_hint = ValueHint::Other)]
    pub(crate) listen: SocketAddr,
    /// List the demo ids with a description of each.
    #[arg(long)]
    pub(crate) list: bool,
    /// Serve the recorded responses in a directory (*.json). A request for an id returns the response that contains the
    /// id.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) replay: Option<PathBuf>,
    /// Serve the scenarios in a JSON file; the documentation of midapi-mock describes the format.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) scenarios: Option<PathBuf>,
}
